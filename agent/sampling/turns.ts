/**
 * turns: when a polled sensor is read: on the grid of the wall clock (12:00:00, 12:00:01 ...) plus its phase.
 *
 * Turns are counted on the monotonic clock; the wall clock only says where the grid lies. While it is not
 * trusted the grid is that of the monotonic clock: regular too, and cheap to send.
 */
import { type EpochMicros, epochMicros, MICROS_PER_MS, type Micros, micros } from "../../protocol/index.ts";

export interface Grid {
  readonly every: Micros;
  readonly phase: Micros;
  /** Wall clock minus monotonic clock where that is trusted, else 0. */
  readonly offset: number;
}

/** The first turn after `instant`; both in monotonic microseconds. */
export function turnAfter(instant: Micros, grid: Grid): Micros {
  return micros(turnAtOrBefore(instant, grid) + grid.every);
}

/** The last turn that is not after `instant`. */
export function turnAtOrBefore(instant: Micros, { every, phase, offset }: Grid): Micros {
  return micros(Math.floor((instant + offset - phase) / every) * every + phase - offset);
}

/**
 * The slot of the wall clock that a reading belongs to: the nearest turn, or the millisecond where the instants are
 * exact (`every` undefined). The seal does the same, so a window holds what its samples would have shown, even while
 * a time server moves the offset by some microseconds between a turn and its reading.
 */
export function slotOf(wall: number, every: Micros | undefined, phase: Micros): EpochMicros {
  if (every === undefined) return epochMicros(Math.floor(wall / MICROS_PER_MS) * MICROS_PER_MS);
  return epochMicros(Math.round((wall - phase) / every) * every + phase);
}
