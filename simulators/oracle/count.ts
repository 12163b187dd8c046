/**
 * count: which numbers of a series were found in the store, and how often. A bit a number, whatever the order.
 */
import type { StoredReading } from "./ask.ts";
import type { DueSeries } from "./due.ts";

const MOST_NAMED = 5;

export interface SeriesCount {
  readonly series: string;
  readonly sent: number;
  /** Numbers that are there, each counted once. */
  readonly stored: number;
  /** Readings too many: whose number is there already. */
  readonly duplicated: number;
  /** Readings that nobody sent: another value, another instant, a summary. */
  readonly strange: number;
  /** Some of them, in words. */
  readonly named: readonly string[];
  /** First ranges of numbers that are not there, from 0, both inclusive. */
  readonly missing: readonly (readonly [from: number, to: number])[];
}

export async function countSeries(due: DueSeries, readings: AsyncIterable<StoredReading>): Promise<SeriesCount> {
  const found = new Uint8Array(Math.ceil(due.count / 8));
  let [stored, duplicated, strange] = [0, 0, 0];
  const named: string[] = [];
  for await (const { at, value, kind } of readings) {
    const index = kind === "sample" ? due.indexOf(value, at) : undefined;
    if (index === undefined) {
      strange += 1;
      if (named.length < MOST_NAMED) named.push(`${value} at ${at} us (${kind}), which nobody sent`);
    } else if (isFound(found, index)) {
      duplicated += 1;
      if (named.length < MOST_NAMED) named.push(`number ${index} once more at ${at} us`);
    } else {
      found[index >> 3] = (found[index >> 3] ?? 0) | (1 << (index & 7));
      stored += 1;
    }
  }
  return { series: due.series, sent: due.count, stored, duplicated, strange, named, missing: holesIn(found, due.count) };
}

function isFound(found: Uint8Array, index: number): boolean {
  return ((found[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
}

function holesIn(found: Uint8Array, count: number): [number, number][] {
  const holes: [number, number][] = [];
  for (let index = 0; index < count && holes.length < MOST_NAMED; index++) {
    if (isFound(found, index)) continue;
    const from = index;
    while (index < count && !isFound(found, index)) index += 1;
    holes.push([from, index - 1]);
  }
  return holes;
}
