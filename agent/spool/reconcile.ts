/**
 * reconcile: the spool held against what the collector says it has (rule 7).
 *
 * Ranges never mark anything as acked. They do three things: an acked batch that is missing there is pending
 * again; one that is neither here nor there becomes a gap; a seq there that this spool never sealed means that
 * the spool was rolled back under us, and a new epoch begins at once.
 */
import { type Gap, type HelloAckEpoch, LIMITS, type SeqRange } from "../../protocol/index.ts";
import type { BatchInfo, SpoolFile } from "./spool-file.ts";

export interface Reconciled {
  /** Acked batches that are pending again. */
  readonly rewound: readonly BatchInfo[];
  /** Gap batches sealed for what nobody has. */
  readonly gaps: readonly BatchInfo[];
  /** Readings of acked batches that neither side has any more: 0 unless a collector was restored very late. */
  readonly rolledBack: boolean;
}

/** More missing seqs than this in one epoch are declared at the next hello. */
const MOST_GAPS = LIMITS.gapsPerBatch;

export function reconcile(spool: SpoolFile, theirs: readonly HelloAckEpoch[], now: number): Reconciled {
  return spool.transaction(() => {
    const current = spool.currentEpoch().epoch;
    const rewound: BatchInfo[] = [];
    const gaps: Gap[] = [];
    let rolledBack = false;
    for (const { epoch, sealed, origin } of spool.epochs()) {
      const ranges = theirs.find((entry) => entry.epoch === epoch)?.ranges;
      if (ranges === undefined) continue;
      if (epoch === current && (ranges.at(-1)?.[1] ?? 0) > sealed) rolledBack = true;
      for (const seq of holes(ranges, sealed)) {
        const info = spool.find({ epoch, seq });
        if (info === undefined) {
          if (gaps.length < MOST_GAPS) gaps.push({ epoch, seq, count: 0, reason: origin === "created" ? "evicted_after_ack" : "corrupt" });
          continue;
        }
        spool.markPending(info);
        rewound.push(info);
      }
    }
    if (rolledBack) spool.mintEpoch("rolled_back");
    return { rewound, gaps: spool.declare(gaps, now), rolledBack };
  });
}

/**
 * Seqs from 1 to `sealed` that are in no range. Where the list of ranges is as long as it may be, older ranges
 * were left out, and nothing before the first one is judged.
 */
function* holes(ranges: readonly SeqRange[], sealed: number): Generator<number> {
  const [first] = ranges;
  let next = ranges.length >= LIMITS.rangesPerEpoch && first !== undefined ? first[0] : 1;
  for (const [from, to] of [...ranges, [sealed + 1, sealed + 1] as SeqRange]) {
    for (; next < from && next <= sealed; next++) yield next;
    next = Math.max(next, to + 1);
  }
}
