/**
 * fold: the four buckets of an hour, a pure function of its samples, its summaries and the value carried in; and the
 * same for a span that is cut anywhere.
 *
 * - A bucket is the sum of its samples and its summaries. Bad readings are counted and in nothing else.
 * - A sample's value is held until the next sample or summary, at most `hold`; so `covered` of a periodic series
 *   is its filled time. A summary brings its own covered time: the agent has held its last value to the end of
 *   its window, and nothing of it is carried on.
 * - Sums are compensated and taken in order of `at` (at one instant summaries first): the same readings give the
 *   same bucket to the bit, however they came.
 */
import { type EpochMicros, epochMicros, QUARTER } from "../../protocol/index.ts";
import type { Bucket, HeldValue, Hour, HourSamples, HourSummaries, SeriesNumber } from "../stores/contract.ts";
import { addTo, bounded, type CompensatedSum, emptySum, resultOf } from "./compensated-sum.ts";

const BAD = 2;
const SUSPECT = 1;
const QUARTERS = 4;

/** A bucket being filled. */
interface OpenBucket {
  readonly start: number;
  readonly end: number;
  n: number;
  min: number;
  max: number;
  readonly sum: CompensatedSum;
  first: number;
  firstAt: number;
  last: number;
  lastAt: number;
  covered: number;
  readonly weighted: CompensatedSum;
  suspect: number;
  bad: number;
  late: number;
}

/** The value that is held now; `at` is -Infinity where there is none. */
interface Held {
  at: number;
  value: number;
  readonly longest: number;
}

/**
 * @param carry the newest good or suspect value before the hour, not older than `hold`.
 * @returns one bucket per quarter, revision 0; empty ones included.
 */
export function foldHour(series: SeriesNumber, hour: number, whole: Hour, carry: HeldValue | undefined, hold: number): readonly Bucket[] {
  const borders = Array.from({ length: QUARTERS + 1 }, (_, quarter) => hour + quarter * QUARTER);
  return foldParts(series, borders, whole, carry, hold);
}

/**
 * @param borders of the parts, ascending: one more than there are parts.
 * @param whole what lies between the first border and the last. A summary is in the part that its first value is in.
 * @param carry the newest good or suspect value before the first border, not older than `hold`.
 * @returns one bucket per part, as wide as the part.
 */
export function foldParts(
  series: SeriesNumber,
  borders: readonly number[],
  { samples, summaries }: Hour,
  carry: HeldValue | undefined,
  hold: number,
): readonly Bucket[] {
  const carried = carry === undefined || carry.summary ? { at: Number.NEGATIVE_INFINITY, value: 0 } : carry;
  const held: Held = { at: carried.at, value: carried.value, longest: hold };
  const buckets: Bucket[] = [];
  let sample = 0;
  let summary = 0;
  for (const [index, start] of borders.slice(0, -1).entries()) {
    const bucket = openBucket(start, borders[index + 1] as number);
    const sampleEnd = endOf(samples.at, sample, bucket.end);
    const summaryEnd = endOf(summaries.at, summary, bucket.end);
    while (sample < sampleEnd || summary < summaryEnd) {
      const summaryNext =
        summary < summaryEnd && (sample === sampleEnd || (summaries.at[summary] as number) <= (samples.at[sample] as number));
      if (summaryNext) addSummary(bucket, held, summaries, summary++);
      else addSample(bucket, held, samples, sample++);
    }
    holdUntil(bucket, held, bucket.end);
    buckets.push(closeBucket(series, bucket));
  }
  return buckets;
}

function addSample(bucket: OpenBucket, held: Held, samples: HourSamples, index: number): void {
  const quality = samples.quality[index] as number;
  bucket.late += samples.late[index] as number;
  if (quality === BAD) {
    bucket.bad += 1;
    return;
  }
  const at = samples.at[index] as number;
  const value = samples.value[index] as number;
  if (quality === SUSPECT) bucket.suspect += 1;
  holdUntil(bucket, held, at);
  held.at = at;
  held.value = value;
  if (bucket.n === 0) setFirst(bucket, at, value);
  bucket.n += 1;
  if (value < bucket.min) bucket.min = value;
  if (value > bucket.max) bucket.max = value;
  addTo(bucket.sum, value);
  setLast(bucket, at, value);
}

function addSummary(bucket: OpenBucket, held: Held, summaries: HourSummaries, index: number): void {
  const value = (name: Exclude<keyof HourSummaries, "quality" | "late">) => summaries[name][index] as number;
  const n = value("n");
  bucket.late += n * (summaries.late[index] as number);
  if (summaries.quality[index] === BAD) {
    bucket.bad += n;
    return;
  }
  if (summaries.quality[index] === SUSPECT) bucket.suspect += n;
  holdUntil(bucket, held, value("at"));
  held.at = Number.NEGATIVE_INFINITY;
  if (bucket.n === 0) setFirst(bucket, value("at"), value("first"));
  bucket.n += n;
  bucket.min = Math.min(bucket.min, value("min"));
  bucket.max = Math.max(bucket.max, value("max"));
  addTo(bucket.sum, value("sum"));
  addTo(bucket.weighted, value("weightedSum"));
  bucket.covered += value("covered");
  setLast(bucket, value("lastAt"), value("last"));
}

/** Counts the held value from where it began in this bucket until `until`. */
function holdUntil(bucket: OpenBucket, held: Held, until: number): void {
  const from = Math.max(held.at, bucket.start);
  const to = Math.min(until, held.at + held.longest);
  if (to <= from) return;
  bucket.covered += to - from;
  addTo(bucket.weighted, bounded(held.value * (to - from)));
}

function setFirst(bucket: OpenBucket, at: number, value: number): void {
  bucket.first = value;
  bucket.firstAt = at;
  bucket.lastAt = at;
}

function setLast(bucket: OpenBucket, at: number, value: number): void {
  if (at < bucket.lastAt) return;
  bucket.last = value;
  bucket.lastAt = at;
}

function openBucket(start: number, end: number): OpenBucket {
  const counts = { n: 0, covered: 0, suspect: 0, bad: 0, late: 0 };
  const instants = { start, end, firstAt: start, lastAt: start };
  const values = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, first: 0, last: 0, sum: emptySum(), weighted: emptySum() };
  return { ...counts, ...instants, ...values };
}

/** Where windows of summaries overlap samples, no more than the bucket's width is covered, and the mean stays what it was. */
function closeBucket(series: SeriesNumber, bucket: OpenBucket): Bucket {
  const { start, end, n, min, max, first, firstAt, last, lastAt, covered, suspect, bad, late } = bucket;
  const weighted = resultOf(bucket.weighted);
  return {
    series,
    start: epochMicros(start),
    n,
    min,
    max,
    sum: resultOf(bucket.sum),
    first,
    firstAt: firstAt as EpochMicros,
    last,
    lastAt: lastAt as EpochMicros,
    covered: Math.min(covered, end - start),
    weightedSum: covered > end - start ? weighted * ((end - start) / covered) : weighted,
    suspect,
    bad,
    late,
    revision: 0,
  };
}

/** First index from `index` on whose instant is not before `end`. */
function endOf(at: Float64Array, index: number, end: number): number {
  let place = index;
  while (place < at.length && (at[place] as number) < end) place += 1;
  return place;
}
