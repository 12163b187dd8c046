/**
 * check: what a fleet sent against what its collector has: by the oracle, which looks at every stored reading, and by
 * the collector's own account, which has to say the same.
 */
import type { Account, CollectorAnswers } from "./collector-answers.ts";
import type { Fleet } from "./fleet.ts";
import { Oracle, type Verdict } from "./oracle.ts";

export interface FleetCheck extends Verdict {
  /** Of the collector's account, what came with this run; of agents of these names only. */
  readonly account: Omit<Account, "agent">;
  /** Nothing is missing, nothing is there twice, and the account says the same. */
  readonly balanced: boolean;
}

const COUNTS = ["received", "resent", "stored", "duplicate", "conflict", "quarantined", "waiting", "missingBatches"] as const;

/** @param before accounts as they were when the fleet began. @param channels of the profile, in its order. */
export async function checkFleet(
  fleet: Fleet,
  name: string,
  channels: readonly string[],
  collector: CollectorAnswers,
  before: ReadonlyMap<string, Account>,
  tell: (rows: number) => void,
): Promise<FleetCheck> {
  const account = sinceBefore(fleet, before, await collector.accounts());
  const oracle = new Oracle(fleet.agents, channels);
  let rows = 0;
  for await (const page of collector.samples(`${name}-*`, fleet.from, fleet.to)) {
    for (const row of page) oracle.see(row);
    rows += page.length;
    tell(rows);
  }
  const verdict = oracle.verdict();
  const isExact = verdict.stored === verdict.sent && verdict.duplicated + verdict.changed + verdict.foreign === 0;
  const { received, stored, duplicate, conflict, quarantined, waiting, missingBatches } = account;
  const isConfirmed = received === verdict.sent && stored === verdict.sent;
  const isClean = duplicate + conflict + quarantined + waiting + missingBatches === 0;
  return { ...verdict, account, balanced: isExact && isConfirmed && isClean };
}

function sinceBefore(fleet: Fleet, before: ReadonlyMap<string, Account>, after: ReadonlyMap<string, Account>): Omit<Account, "agent"> {
  const sum = (count: (typeof COUNTS)[number]) =>
    fleet.agents.reduce((total, { name }) => total + (after.get(name)?.[count] ?? 0) - (before.get(name)?.[count] ?? 0), 0);
  return Object.fromEntries(COUNTS.map((count) => [count, sum(count)])) as Omit<Account, "agent">;
}
