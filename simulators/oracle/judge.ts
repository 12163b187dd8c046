/**
 * judge: sent = stored once + declared, or what is wrong. Pure arithmetic on what was sent, what is stored and what
 * was declared; the collector's own verdict is repeated, never believed.
 */
import type { StatedAccount } from "./ask.ts";
import type { SeriesCount } from "./count.ts";
import type { DueAgent } from "./due.ts";

export interface AgentVerdict {
  readonly agent: string;
  readonly sent: number;
  readonly stored_once: number;
  readonly duplicated: number;
  /** Sent and not stored, declared or not. */
  readonly missing: number;
  /** Readings that the agent declared lost, by reason; `dropped_unsealed` were given up before they were sealed. */
  readonly declared: Readonly<Record<string, number>>;
  readonly quarantined: number;
  /** Stored, and nobody sent them. */
  readonly strange: number;
  /** What is wrong, a sentence each; none = it balances. */
  readonly problems: readonly string[];
}

export function judgeAgent(due: DueAgent, counts: readonly SeriesCount[], stated: StatedAccount | undefined): AgentVerdict {
  const sum = (pick: (count: SeriesCount) => number) => counts.reduce((total, count) => total + pick(count), 0);
  const [sent, stored, duplicated, strange] = [sum((c) => c.sent), sum((c) => c.stored), sum((c) => c.duplicated), sum((c) => c.strange)];
  const declared = declaredBy(stated);
  const verdict = {
    agent: due.agent,
    sent,
    stored_once: stored,
    duplicated,
    missing: sent - stored,
    declared,
    quarantined: stated?.quarantined ?? 0,
    strange,
  };
  const problems = problemsOf(due, verdict, stated);
  return { ...verdict, problems: problems.length === 0 ? [] : [...problems, ...counts.flatMap(details)] };
}

export function declaredBy(stated: StatedAccount | undefined): Record<string, number> {
  const dropped = stated?.dropped ?? 0;
  return { ...stated?.lost, ...(dropped > 0 && { dropped_unsealed: dropped }) };
}

export function totalOf(declared: Readonly<Record<string, number>>): number {
  return Object.values(declared).reduce((sum, count) => sum + count, 0);
}

function problemsOf(due: DueAgent, verdict: Omit<AgentVerdict, "problems">, stated: StatedAccount | undefined): string[] {
  if (stated === undefined) return ["the collector has never heard of it"];
  const { missing, duplicated, strange } = verdict;
  const declared = totalOf(verdict.declared);
  const checks: readonly [boolean, string][] = [
    [missing <= declared, `${missing} readings are missing, and only ${declared} are declared lost: the rest went silently`],
    [missing >= declared || !due.isAlone, `${declared} readings are declared lost, but only ${missing} are missing: a false declaration`],
    [duplicated === 0, `${duplicated} readings are stored more than once`],
    [strange === 0, `${strange} readings are stored that nobody sent`],
    [stated.missingBatches === 0, `the collector misses ${stated.missingBatches} batches that the agent no longer has`],
    [stated.pendingBatches === 0, `${stated.pendingBatches} batches are still at the agent`],
    [stated.waiting === 0, `${stated.waiting} readings are on their way into the store`],
    [stated.quarantined === 0 || !due.isAlone, `${stated.quarantined} readings are in quarantine`],
    [stated.conflict === 0 || !due.isAlone, `${stated.conflict} readings contradict others of their series and instant`],
    [stated.balanced, "the collector says that its own account of the agent does not balance"],
  ];
  return checks.filter(([holds]) => !holds).map(([, problem]) => problem);
}

/** Which numbers, where something is wrong with some. */
function details({ series, missing, named }: SeriesCount): string[] {
  return [...(missing.length > 0 ? [missingWords(series, missing)] : []), ...named.map((name) => `${series}: ${name}`)];
}

function missingWords(series: string, missing: SeriesCount["missing"]): string {
  const ranges = missing.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`));
  return `${series}: numbers that are not there, the first of them: ${ranges.join(", ")}`;
}
