/**
 * parts: cuts what came into parts that touch a bounded number of buckets each, in the order of series and hours.
 *
 * A reading touches as many buckets as its value is held for, a week of them at most, so a batch of some bytes can
 * touch a million. Parts are cut by what they may touch at most, which is known before any of it is looked up. Every
 * hour is in one part whole: verdicts are the same as without a cut.
 */
import { MICROS_PER_HOUR, QUARTER } from "../../protocol/index.ts";
import type { SeriesNumber } from "../stores/contract.ts";
import type { SeriesArrivals } from "./gather.ts";
import { maxHold } from "./series.ts";

/** An hour of a series, and everything before it in the order of series and hours. */
export interface Place {
  readonly series: SeriesNumber;
  readonly hour: number;
}

export interface Part {
  readonly arrivals: readonly SeriesArrivals[];
  /** Its last hour; undefined where nothing comes behind it. */
  readonly upTo: Place | undefined;
}

/** One hour of what came. */
interface Piece {
  readonly arrivals: SeriesArrivals;
  readonly hour: number;
  /** Buckets that it touches at most, those aside that a later hour of the series touches anyway. */
  readonly buckets: number;
}

const BUCKETS_PER_HOUR = MICROS_PER_HOUR / QUARTER;

/**
 * @param all ascending by number.
 * @param after what lies up to here is left out.
 * @returns at least one part, each with at least one hour where there is any.
 */
export function* cutIntoParts(all: readonly SeriesArrivals[], mostBuckets: number, after?: Place): Generator<Part> {
  let part: SeriesArrivals[] = [];
  let buckets = 0;
  let upTo: Place | undefined;
  for (const piece of piecesOf(all, after)) {
    if (buckets > 0 && buckets + piece.buckets > mostBuckets) {
      yield { arrivals: part, upTo };
      part = [];
      buckets = 0;
    }
    addTo(part, piece);
    buckets += piece.buckets;
    upTo = { series: piece.arrivals.number, hour: piece.hour };
  }
  yield { arrivals: part, upTo: undefined };
}

function* piecesOf(all: readonly SeriesArrivals[], after: Place | undefined): Generator<Piece> {
  for (const arrivals of all) {
    if (after !== undefined && arrivals.number < after.series) continue;
    const hold = maxHold(arrivals.spec);
    const hours = [...arrivals.hours.keys()].sort((a, b) => a - b);
    for (const [index, hour] of hours.entries()) {
      if (arrivals.number === after?.series && hour <= after.hour) continue;
      const next = hours[index + 1] ?? Number.POSITIVE_INFINITY;
      yield { arrivals, hour, buckets: BUCKETS_PER_HOUR * Math.ceil(Math.min(next - hour, MICROS_PER_HOUR + hold) / MICROS_PER_HOUR) };
    }
  }
}

function addTo(part: SeriesArrivals[], { arrivals, hour }: Piece): void {
  let target = part.at(-1);
  if (target?.number !== arrivals.number) {
    target = { ...arrivals, hours: new Map() };
    part.push(target);
  }
  const came = arrivals.hours.get(hour);
  if (came !== undefined) target.hours.set(hour, came);
}
