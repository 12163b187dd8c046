/**
 * stamp: the instant a reading gets for good, from the monotonic one it was taken at.
 *
 *   at = slot + 10 x generation + repeat      (microseconds)
 *
 * - slot: the sensor's grid instant (`grid`), or the millisecond (`exact`), under the trusted offset.
 * - generation: 0 to 99, one more after each backward change of the offset and each boot that began
 *   without a trusted clock. So the same wall instant lived twice gives two keys.
 * - repeat: 1 to 9 for further readings of one slot; beyond that the next slot.
 *
 * Both parts stay below a millisecond, so the grid stays regular for the codec and readable for people.
 */
import { bug } from "../../protocol/index.ts";

export const GENERATIONS = 100;
const REPEATS = 10;
const MILLISECOND = 1_000;

/** How the instants of one sensor fall: multiples of `every` plus `phase`, or on any millisecond. */
export interface StampGrid {
  readonly sensor: string;
  /** Microseconds; undefined = `exact`. */
  readonly every: number | undefined;
  readonly phase: number;
  /** Channels whose readings leave as summaries: made at the seal from what was read without a trusted clock. */
  readonly windows?: readonly { readonly series: number; readonly every: number; readonly hold: number }[];
}

/**
 * Stamps readings in the order in which they were taken.
 * @param taken monotonic microseconds, not descending.
 * @param offset wall - monotonic, trusted.
 * @param last the sensor's last stamp in this generation, 0 where there is none; the new ones lie behind it.
 */
export function stampAll(taken: Float64Array, offset: number, generation: number, grid: StampGrid, last: number): Float64Array {
  if (generation < 0 || generation >= GENERATIONS) bug(`clock generation ${generation}`);
  let before = last;
  return taken.map((instant) => {
    before = nextStamp(slotOf(instant + offset, grid) + generation * REPEATS, before, grid.every ?? MILLISECOND);
    return before;
  });
}

function slotOf(wall: number, { every, phase }: StampGrid): number {
  if (every === undefined) return Math.floor(wall / MILLISECOND) * MILLISECOND;
  return Math.round((wall - phase) / every) * every + phase;
}

function nextStamp(wanted: number, last: number, step: number): number {
  if (last < wanted) return wanted;
  const into = (last - wanted) % step;
  return into < REPEATS - 1 ? last + 1 : last - into + step;
}
