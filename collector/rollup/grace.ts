/**
 * grace: for how long after a bucket's end its readings are awaited.
 */
import { type EpochMicros, MICROS_PER_MINUTE } from "../../protocol/index.ts";

export const GRACE = 10 * MICROS_PER_MINUTE;

/** Before its end a bucket is open, until the grace is over provisional, then final: a later change is a revision. */
export type BucketState = "open" | "provisional" | "final";

/** State of something that ends at `end`. */
export function stateAt(end: EpochMicros, now: EpochMicros): BucketState {
  if (now < end) return "open";
  return now < end + GRACE ? "provisional" : "final";
}
