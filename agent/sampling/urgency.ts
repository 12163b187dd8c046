/**
 * urgency: says when something kept of a channel lies beyond the bounds of `urgent`.
 *
 * - A bad reading is no alarm: its value is not believed.
 * - What lasts, or flickers around a bound, is said again only after `repeat`, so a hot day is no flood of batches.
 */
import type { Micros } from "../../protocol/index.ts";
import type { UrgentConfig } from "../config/config.ts";

/** @returns whether values between `low` and `high`, seen at a monotonic instant, are to be sent at once. */
export type Urgency = (low: number, high: number, seenAt: Micros) => boolean;

export function urgencyOf({ above = Number.POSITIVE_INFINITY, below = Number.NEGATIVE_INFINITY, repeat }: UrgentConfig): Urgency {
  let saidAt: Micros | undefined;
  return (low, high, seenAt) => {
    if (low >= below && high <= above) return false;
    if (saidAt !== undefined && seenAt - saidAt < repeat) return false;
    saidAt = seenAt;
    return true;
  };
}
