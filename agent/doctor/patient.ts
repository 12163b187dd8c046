/**
 * patient: what the checks of the doctor may look at.
 *
 * The running agent is asked once, for all of them. Where it does not answer they look at the files themselves, and
 * say so; none of them changes anything.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Environment, Fault, isFault } from "../../protocol/index.ts";
import type { AgentStatus } from "../agent.ts";
import type { AgentConfig } from "../config/config.ts";
import { askAgent } from "./ask-agent.ts";

/** What can be examined without a config. */
export interface Machine {
  /** `/`, or the tree that the config names. */
  readonly root: string;
  readonly environment: Environment;
  readonly version: string;
}

export interface Patient extends Machine {
  readonly config: AgentConfig;
  /** Status of the running agent, or why there is none: `not_running`, `not_allowed`, `no_answer`. */
  readonly running: Promise<AgentStatus | Fault>;
  /** The command that starts the agent. */
  readonly start: string;
}

const UNIT = "tributary-agent.service";

export function admit(config: AgentConfig, environment: Environment, version: string): Patient {
  const { root, control } = config;
  return { root, environment, version, config, running: askRunning(control, environment), start: startCommand(root, config.file) };
}

export function startCommand(root: string, file: string): string {
  const folders = ["etc/systemd/system", "lib/systemd/system", "usr/lib/systemd/system"];
  const isInstalled = folders.some((folder) => existsSync(join(root, folder, UNIT)));
  return isInstalled ? "sudo systemctl start tributary-agent" : `tributary-agent run --config ${file}`;
}

async function askRunning(control: string, { clock }: Environment): Promise<AgentStatus | Fault> {
  try {
    return await askAgent(control, clock);
  } catch (error) {
    if (!isFault(error)) throw error;
    return error;
  }
}

/** What makes the agent answer: its start, or what stands in the way of asking it. */
export function remedyOf(fault: Fault, start: string): string | undefined {
  return isStopped(fault) ? start : fault.hint;
}

/** Is nobody at work, for certain? Another user's agent may be one that only does not answer us. */
export function isStopped(running: AgentStatus | Fault): boolean {
  return running instanceof Fault && running.code === "not_running";
}
