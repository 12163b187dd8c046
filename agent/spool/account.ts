/**
 * account: the agent's whole account, from the sampler's tallies and what only the spool knows.
 */
import type { Totals } from "../../protocol/index.ts";
import type { SamplerState, SensorTally } from "./journal.ts";
import type { SpoolFile } from "./spool-file.ts";

export const NOTHING_AT_SEAL = { summarised: 0, derived: 0 };

/** @param open readings in the journal. @param sealed readings sealed since the spool was made. */
export function accountOf(spool: SpoolFile, state: Pick<SamplerState, "tallies"> | undefined, open: number, sealed: number): Totals {
  const atSeal = spool.meta.json("at_seal", NOTHING_AT_SEAL);
  const totals = { read: 0, filtered: 0, inWindow: 0, ...atSeal, open, sealed, dropped: spool.meta.number("lost") };
  for (const tally of Object.values<SensorTally>(state?.tallies ?? {})) {
    totals.read += tally.read;
    totals.derived += tally.derived;
    totals.inWindow += tally.inWindow;
    totals.summarised += tally.summarised;
    totals.filtered += sum(tally.filtered);
    totals.dropped += sum(tally.dropped);
  }
  return totals;
}

function sum(byReason: Readonly<Record<string, number>>): number {
  return Object.values(byReason).reduce((total, count) => total + count, 0);
}
