/**
 * naive-rollup: what a rollup must come to, computed the plain way: a map by key, a sort, and loops over all of it.
 *
 * It shares no code with the product. Its sums are exact where values are quarters of small integers.
 */
import type { Bucket } from "../../../collector/stores/contract.ts";
import { type AnyReading, type BatchSketch, isSummary } from "./batches.ts";

const QUARTER = 900e6;
const GRACE = 600e6;

export interface NaiveConflict {
  readonly row: number;
  readonly series: number;
  readonly at: number;
  readonly value: number;
  readonly quality: number;
}

type Kept = AnyReading & { readonly late: number };

export interface NaiveRollup {
  readonly kept: readonly Kept[];
  readonly outcomes: readonly { row: number; stored: number; duplicate: number; conflict: number }[];
  readonly conflicts: readonly NaiveConflict[];
}

/** @param journal batches in order of their rows. */
export function naiveMerge(journal: readonly BatchSketch[]): NaiveRollup {
  const byKey = new Map<string, Kept>();
  const conflicts: NaiveConflict[] = [];
  const outcomes = journal.map(({ row, receivedAt, readings, refused = [] }) => {
    const outcome = { row, stored: 0, duplicate: 0, conflict: 0 };
    for (const [index, reading] of readings.entries()) {
      if (refused.includes(index)) continue;
      const key = `${isSummary(reading) ? "summary" : "sample"} ${reading.series} ${reading.at}`;
      const first = byKey.get(key);
      const bucketEnd = (Math.floor(reading.at / QUARTER) + 1) * QUARTER;
      if (first === undefined) {
        const stored = isSummary(reading) ? reading : { ...reading, value: reading.value + 0 }; // no store keeps a -0
        byKey.set(key, { ...stored, late: receivedAt > bucketEnd + GRACE ? 1 : 0 });
        outcome.stored += 1;
      } else if (sameReading(first, reading)) outcome.duplicate += 1;
      else {
        outcome.conflict += 1;
        const value = isSummary(reading) ? reading.sum : reading.value;
        conflicts.push({ row, series: reading.series, at: reading.at, value: value + 0, quality: reading.quality });
      }
    }
    return outcome;
  });
  return { kept: [...byKey.values()], outcomes, conflicts };
}

function sameReading(a: AnyReading, b: AnyReading): boolean {
  return Object.entries(b).every(([name, value]) => value === (a as unknown as Record<string, unknown>)[name]);
}

/** All buckets of one series that have anything in them, ascending, revision 0. */
export function naiveBuckets(kept: readonly Kept[], series: number, hold: number): Bucket[] {
  const items = kept.filter((item) => item.series === series).sort((a, b) => a.at - b.at || Number(isSummary(b)) - Number(isSummary(a)));
  if (items.length === 0) return [];
  const first = Math.floor((items[0] as Kept).at / QUARTER) * QUARTER;
  const last = (items.at(-1) as Kept).at + hold;
  const buckets: Bucket[] = [];
  for (let start = first; start <= last; start += QUARTER) buckets.push(naiveBucket(items, series, start, hold));
  return buckets.filter((bucket) => bucket.n + bucket.bad + bucket.covered > 0);
}

function naiveBucket(all: readonly Kept[], series: number, start: number, hold: number): Bucket {
  const end = start + QUARTER;
  const good = all.filter((item) => item.quality < 2);
  const inside = all.filter((item) => item.at >= start && item.at < end);
  const counted = inside.filter((item) => item.quality < 2);
  const total = (items: readonly Kept[], of: (item: Kept) => number) => items.reduce((sum, item) => sum + of(item), 0);
  const readings = (item: Kept) => (isSummary(item) ? item.n : 1);
  let covered = 0;
  let weighted = 0;
  for (const [index, item] of good.entries()) {
    if (isSummary(item)) {
      if (item.at < start || item.at >= end) continue;
      covered += item.covered;
      weighted += item.weightedSum;
      continue;
    }
    const until = Math.min(good[index + 1]?.at ?? Number.POSITIVE_INFINITY, item.at + hold, end);
    const held = Math.max(0, until - Math.max(item.at, start));
    covered += held;
    weighted += held * item.value;
  }
  const ends = lastOf(counted);
  const head = counted[0];
  return {
    series,
    start: start as Bucket["start"],
    n: total(counted, readings),
    min: Math.min(...counted.map((item) => (isSummary(item) ? item.min : item.value))),
    max: Math.max(...counted.map((item) => (isSummary(item) ? item.max : item.value))),
    sum: total(counted, (item) => (isSummary(item) ? item.sum : item.value)),
    first: head === undefined ? 0 : isSummary(head) ? head.first : head.value + 0,
    firstAt: (head?.at ?? start) as Bucket["firstAt"],
    last: ends?.value ?? 0,
    lastAt: (ends?.at ?? start) as Bucket["lastAt"],
    covered: Math.min(covered, QUARTER),
    weightedSum: covered > QUARTER ? weighted * (QUARTER / covered) : weighted,
    suspect: total(
      counted.filter((item) => item.quality === 1),
      readings,
    ),
    bad: total(
      inside.filter((item) => item.quality === 2),
      readings,
    ),
    late: total(
      inside.filter((item) => item.late === 1),
      readings,
    ),
    revision: 0,
  };
}

function lastOf(items: readonly Kept[]): { at: number; value: number } | undefined {
  let last: { at: number; value: number } | undefined;
  for (const item of items) {
    const end = isSummary(item) ? { at: item.lastAt, value: item.last } : { at: item.at, value: item.value + 0 };
    if (last === undefined || end.at >= last.at) last = end;
  }
  return last;
}
