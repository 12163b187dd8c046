/**
 * store-parts: short ways to write down samples, summaries and buckets of one hour.
 */
import type { Bucket, Hour, HourPut, HourSamples, HourSummaries, LoadUnit } from "../../../collector/stores/contract.ts";
import { epochMicros, MICROS_PER_HOUR, MICROS_PER_SECOND, QUARTER } from "../../../protocol/index.ts";

export const HOUR = epochMicros(1_700_000_000_000_000 - (1_700_000_000_000_000 % MICROS_PER_HOUR));
export const NEXT_HOUR = epochMicros(HOUR + MICROS_PER_HOUR);
const GOOD = 0;
export const SUSPECT = 1;
export const BAD = 2;

export const at = (seconds: number) => epochMicros(HOUR + seconds * MICROS_PER_SECOND);

export type SampleRow = readonly [second: number, value: number, quality?: number, late?: number];

export function samplesAt(rows: readonly SampleRow[]): HourSamples {
  return {
    at: Float64Array.from(rows, ([second]) => at(second)),
    value: Float64Array.from(rows, ([, value]) => value),
    quality: Uint8Array.from(rows, ([, , quality = GOOD]) => quality),
    late: Uint8Array.from(rows, ([, , , late = 0]) => late),
  };
}

export type SummaryRow = readonly [second: number, last: number, quality?: number];

export function summariesAt(rows: readonly SummaryRow[]): HourSummaries {
  const column = (of: (row: SummaryRow, index: number) => number) => Float64Array.from(rows, of);
  return {
    at: column(([second]) => at(second)),
    n: column((_, index) => 10 + index),
    min: column(([, last]) => last - 1),
    max: column(([, last]) => last + 1.5),
    sum: column(([, last]) => last * 10.25),
    first: column(([, last]) => last - 0.5),
    last: column(([, last]) => last),
    lastAt: column(([second]) => at(second + 50)),
    covered: column(([second]) => 60_000_000 - second),
    weightedSum: column(([, last]) => last * 6e7),
    quality: Uint8Array.from(rows, ([, , quality = GOOD]) => quality),
    late: Uint8Array.from(rows, (_, index) => index % 2),
  };
}

export function hourPut(series: number, samples: readonly SampleRow[], summaries: readonly SummaryRow[] = [], hour = HOUR): HourPut {
  const whole: Hour = { samples: samplesAt(samples), summaries: summariesAt(summaries) };
  return { series, hour, whole, changedSamples: [...samples.keys()], changedSummaries: [...summaries.keys()] };
}

export function bucket(series: number, quarter: number, fields: Partial<Bucket> = {}): Bucket {
  const start = epochMicros(HOUR + quarter * QUARTER);
  const numbers = { n: 3, min: -1.5, max: 22.25, sum: 41.1, first: 20.1, last: -1.5, covered: 9e8, weightedSum: -123456.789 };
  const counts = { suspect: 1, bad: 2, late: 3, revision: 4 };
  return { series, start, firstAt: start, lastAt: epochMicros(start + 7), ...numbers, ...counts, ...fields };
}

export function unit(parts: Partial<LoadUnit>): LoadUnit {
  return { hours: [], buckets: [], progress: { position: 1, note: "" }, ...parts };
}
