/**
 * patient: what the checks of the collector's doctor may look at.
 *
 * The running collector is asked once, for all of them. Where it does not answer they look at the files themselves, and
 * say so; none of them changes anything.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { askControl, type Environment, Fault, isFault, micros } from "../../protocol/index.ts";
import type { CollectorAbout } from "../about.ts";
import { dataFile } from "../collector.ts";
import type { CollectorConfig } from "../config/config.ts";
import type { AgentAccount } from "../ingest/account.ts";
import type { AgentInfo } from "../ingest/agents.ts";

/** What can be examined without a config. */
export interface Machine {
  /** `/`, or another tree that looks like it. */
  readonly root: string;
  readonly environment: Environment;
  readonly version: string;
}

export interface Answers {
  readonly about: CollectorAbout;
  readonly agents: readonly AgentInfo[];
  readonly accounts: readonly AgentAccount[];
}

export interface Patient extends Machine {
  readonly config: CollectorConfig;
  /** Path of the data file. */
  readonly file: string;
  /** What the running collector says, or why none does: `not_running`, `not_allowed`, `no_answer`. */
  readonly running: Promise<Answers | Fault>;
  /** The command that starts the collector. */
  readonly start: string;
}

const ANSWER_WITHIN = micros(4_000_000);
const UNIT = "tributary-collector.service";

export function admit(config: CollectorConfig, machine: Machine): Patient {
  const running = askRunning(config.control, machine.environment);
  return { ...machine, config, file: dataFile(config), running, start: startCommand(machine.root, config) };
}

/** Is nobody at work, for certain? Another user's collector may be one that only does not answer us. */
export function isStopped(running: Answers | Fault): boolean {
  return running instanceof Fault && running.code === "not_running";
}

function startCommand(root: string, { file, data }: CollectorConfig): string {
  const folders = ["etc/systemd/system", "lib/systemd/system", "usr/lib/systemd/system"];
  if (folders.some((folder) => existsSync(join(root, folder, UNIT)))) return "sudo systemctl start tributary-collector";
  return `tributary-collector run ${file === undefined ? `--data ${data}` : `--config ${file}`}`;
}

async function askRunning(control: string, { clock }: Environment): Promise<Answers | Fault> {
  const giveUp = new AbortController();
  const timer = clock.after("ask the running collector", ANSWER_WITHIN, () => giveUp.abort());
  const ask = (what: string) => askControl(control, `/api/v1/${what}`, giveUp.signal);
  try {
    const [about, agents, accounts] = await Promise.all([ask("status"), ask("agents"), ask("accounting")]);
    return { about, agents, accounts } as Answers;
  } catch (error) {
    if (!isFault(error)) throw error;
    return error;
  } finally {
    timer.cancel();
  }
}
