/**
 * tally: the counters of one sensor: a fresh one, one more of a reason, and what a restart finds again.
 */
import type { SensorTally } from "../spool/journal.ts";

function newTally(): SensorTally {
  return { read: 0, derived: 0, summarised: 0, inWindow: 0, filtered: {}, marked: {}, dropped: {}, skipped: 0, failed: {} };
}

/** A saved tally as one that can be counted on; keys that an older version did not know are 0. */
export function continueTally(saved: SensorTally | undefined): SensorTally {
  return { ...newTally(), ...structuredClone(saved) };
}

export function count(byReason: Record<string, number>, reason: string, amount = 1): void {
  if (amount > 0) byReason[reason] = (byReason[reason] ?? 0) + amount;
}
