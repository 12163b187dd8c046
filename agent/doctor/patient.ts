/**
 * patient: what the checks of the doctor may look at.
 *
 * The running agent is asked once, for all of them. Where it does not answer they look at the files themselves, and
 * say so; none of them changes anything.
 */
import { answerOf, type Environment, type Fault, isStopped, type Machine, startCommand } from "../../protocol/index.ts";
import type { AgentStatus } from "../agent.ts";
import type { AgentConfig } from "../config/config.ts";
import { askAgent } from "./ask-agent.ts";

export interface Patient extends Machine {
  readonly config: AgentConfig;
  /** Status of the running agent, or why there is none: `not_running`, `not_allowed`, `no_answer`. */
  readonly running: Promise<AgentStatus | Fault>;
  /** The command that starts the agent. */
  readonly start: string;
}

export function admit(config: AgentConfig, environment: Environment, version: string): Patient {
  const { root, control, file } = config;
  const start = startCommand(root, "agent", `tributary-agent run --config ${file}`);
  return { root, environment, version, config, running: answerOf(askAgent(control, environment.clock)), start };
}

/** What makes the agent answer: its start, or what stands in the way of asking it. */
export function remedyOf(fault: Fault, start: string): string | undefined {
  return isStopped(fault) ? start : fault.hint;
}
