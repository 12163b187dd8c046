/**
 * patient: what the checks of the collector's doctor may look at.
 *
 * The running collector is asked once, for all of them. Where it does not answer they look at the files themselves, and
 * say so; none of them changes anything.
 */
import { answerOf, askControl, type Environment, type Fault, type Machine, micros, startCommand } from "../../protocol/index.ts";
import type { CollectorAbout } from "../about.ts";
import { dataFile } from "../collector.ts";
import type { CollectorConfig } from "../config/config.ts";
import type { AgentAccount } from "../ingest/account.ts";
import type { AgentInfo } from "../ingest/agents.ts";

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

export function admit(config: CollectorConfig, machine: Machine): Patient {
  const { control, file, data } = config;
  const start = startCommand(
    machine.root,
    "collector",
    `tributary-collector run ${file === undefined ? `--data ${data}` : `--config ${file}`}`,
  );
  return { ...machine, config, file: dataFile(config), running: answerOf(askCollector(control, machine.environment)), start };
}

async function askCollector(control: string, { clock }: Environment): Promise<Answers> {
  const giveUp = new AbortController();
  const timer = clock.after("ask the running collector", ANSWER_WITHIN, () => giveUp.abort());
  const ask = (what: string) => askControl(control, `/api/v1/${what}`, { signal: giveUp.signal });
  try {
    const [about, agents, accounts] = await Promise.all([ask("status"), ask("agents"), ask("accounting")]);
    return { about, agents, accounts } as Answers;
  } finally {
    timer.cancel();
  }
}
