/**
 * timeline: rows of files as if they came now: each when it is due, under the instant that it is given.
 *
 * - The first row stands at `from` (or where it was recorded), the others as far from it as they were recorded.
 * - A row is due as long after the first as it was recorded after it, divided by the speed. What was recorded out of
 *   order comes out of order.
 * - In a loop time goes on: the first row of the next turn comes behind the last one by their usual distance.
 */
import { type Clock, type EpochMicros, epochMicros, micros } from "../../protocol/index.ts";
import type { TableRow } from "./table.ts";

export interface Pace {
  /** Undefined = the rows keep their instants. */
  readonly from: EpochMicros | undefined;
  /** Recorded time a unit of real time; Infinity = as fast as they are taken. */
  readonly speed: number;
  readonly loop: boolean;
  /** Real time after which it ends; undefined = at its end. */
  readonly for: number | undefined;
}

const PIECE_ROWS = 1_000;

/** In pieces of up to a thousand rows that are due. @param read all rows, from the beginning, each time it is called. */
export async function* timeline(
  read: () => AsyncIterable<TableRow>,
  pace: Pace,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<readonly TableRow[]> {
  const began = clock.monotonic();
  const isPaced = pace.speed !== Number.POSITIVE_INFINITY;
  const end = pace.for === undefined ? Number.POSITIVE_INFINITY : began + pace.for;
  const place = new Placing();
  let piece: TableRow[] = [];
  do {
    let count = 0;
    for await (const row of read()) {
      count++;
      const at = place.next(row.at);
      const due = isPaced ? began + (at - place.first) / pace.speed : clock.monotonic();
      const isNow = due <= clock.monotonic();
      if (piece.length > 0 && (!isNow || piece.length >= PIECE_ROWS)) {
        yield piece;
        piece = [];
      }
      if (Math.max(due, clock.monotonic()) >= end) {
        if (piece.length > 0) yield piece;
        await clock.sleep("end of the replay", micros(Math.max(0, end - clock.monotonic())), signal);
        return;
      }
      if (!isNow) await clock.sleep("next row of the replay", micros(Math.ceil(due - clock.monotonic())), signal);
      piece.push({ ...row, at: epochMicros(pace.from === undefined ? at : at - place.first + pace.from) });
    }
    if (count === 0) break;
    place.turn();
  } while (pace.loop);
  if (piece.length > 0) yield piece;
}

/** Recorded instants on one line, turn after turn. */
class Placing {
  first = Number.NaN;
  #last = Number.NaN;
  #distance = 1_000_000;
  #shift = 0;

  next(recorded: EpochMicros): number {
    const at = recorded + this.#shift;
    if (Number.isNaN(this.first)) this.first = at;
    if (at > this.#last) this.#distance = at - this.#last;
    this.#last = Number.isNaN(this.#last) ? at : Math.max(this.#last, at);
    return at;
  }

  turn(): void {
    this.#shift = this.#last + this.#distance - this.first;
  }
}
