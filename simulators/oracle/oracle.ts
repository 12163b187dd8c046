/**
 * oracle: asks a collector what became of readings that have numbers: sent = stored once + declared, or exit 1.
 *
 * It knows what was sent, and of the collector only what anybody can ask. Nothing of the way of a reading (spool, wire,
 * journal, store) is used here, so a mistake there cannot hide itself.
 */
import { type Clock, isFault, MICROS_PER_SECOND, type Micros, micros } from "../../protocol/index.ts";
import { askAccounts, askSamples, type CollectorPlace, type StatedAccount } from "./ask.ts";
import { countSeries, type SeriesCount } from "./count.ts";
import { type DueAgent, sentOf } from "./due.ts";
import { type AgentVerdict, declaredBy, judgeAgent, totalOf } from "./judge.ts";

export interface Verdict {
  readonly agents: readonly AgentVerdict[];
  /** Over all agents. */
  readonly sent: number;
  readonly stored_once: number;
  readonly duplicated: number;
  readonly missing: number;
  readonly declared: number;
  readonly balanced: boolean;
}

export interface OracleParts {
  readonly collector: CollectorPlace;
  readonly due: readonly DueAgent[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long readings that are still under way are waited for. */
  readonly patience: Micros;
  /** How many of the sent are there or declared, while it waits; of whom it is reading, while it counts. */
  onProgress?(words: string): void;
}

const LOOK_AGAIN = micros(MICROS_PER_SECOND);

/** Waits until everything has ended somewhere, or its patience has, and judges. @throws Fault `no_answer`, `not_let_in`. */
export async function askOracle(parts: OracleParts): Promise<Verdict> {
  const { clock, patience, signal } = parts;
  const given = clock.monotonic() + patience;
  const patient = <T>(look: () => Promise<T>) => untilAnswered(look, given, parts);
  while (!(await patient(() => isSettled(parts))) && clock.monotonic() < given) await clock.sleep("readings under way", LOOK_AGAIN, signal);
  let verdict = await patient(() => judgeAll(parts));
  while (!verdict.balanced && clock.monotonic() < given) {
    await clock.sleep("readings under way", LOOK_AGAIN, signal);
    verdict = await patient(() => judgeAll(parts));
  }
  return verdict;
}

/** A collector that is starting again is no verdict: it is asked until the wait is over. */
async function untilAnswered<T>(look: () => Promise<T>, given: number, { clock, signal, onProgress }: OracleParts): Promise<T> {
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (!isFault(error, "no_answer") || clock.monotonic() >= given) throw error;
      onProgress?.("no collector answers yet");
    }
    await clock.sleep("an answer of the collector", LOOK_AGAIN, signal);
  }
}

/** By the collector's word alone: when it is time to count. */
async function isSettled({ collector, due, signal, onProgress }: OracleParts): Promise<boolean> {
  const stated = await accountsOf(collector, signal);
  const ended = due.map(({ agent }) => {
    const account = stated.get(agent);
    return account === undefined ? 0 : account.received - account.waiting + totalOf(declaredBy(account));
  });
  const sent = due.map(sentOf);
  onProgress?.(`${total(ended).toLocaleString("en")} of ${total(sent).toLocaleString("en")} readings are in`);
  return ended.every((count, index) => count >= (sent[index] ?? 0));
}

async function judgeAll({ collector, due, signal, onProgress }: OracleParts): Promise<Verdict> {
  const counts: SeriesCount[][] = [];
  for (const { agent, series } of due) {
    onProgress?.(`counting ${agent}`);
    const ofAgent: SeriesCount[] = [];
    for (const one of series) ofAgent.push(await countSeries(one, askSamples(collector, one.series, signal)));
    counts.push(ofAgent);
  }
  const stated = await accountsOf(collector, signal); // behind the count: what arrived meanwhile shows as a difference
  const agents = due.map((agent, index) => judgeAgent(agent, counts[index] ?? [], stated.get(agent.agent)));
  return {
    agents,
    sent: total(agents.map(({ sent }) => sent)),
    stored_once: total(agents.map(({ stored_once }) => stored_once)),
    duplicated: total(agents.map(({ duplicated }) => duplicated)),
    missing: total(agents.map(({ missing }) => missing)),
    declared: total(agents.map(({ declared }) => totalOf(declared))),
    balanced: agents.every(({ problems }) => problems.length === 0),
  };
}

async function accountsOf(collector: CollectorPlace, signal: AbortSignal): Promise<Map<string, StatedAccount>> {
  return new Map((await askAccounts(collector, signal)).map((account) => [account.agent, account]));
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
