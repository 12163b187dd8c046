/**
 * rows: rows of the store's tables to columns and back.
 */
import { epochMicros, SUMMARY_COLUMNS, summaryColumns } from "../../../protocol/index.ts";
import type { Bucket, HourSamples, HourSummaries, SeriesNumber } from "../contract.ts";

/** A row as `raw()` gives it. */
export type Row = readonly number[];

const LATE = 4;
const QUALITY = 3;

export function flagsOf(quality: number, late: number): number {
  return quality + LATE * late;
}

/** Rows of (at, value, flags). */
export function samplesOf(rows: readonly Row[]): HourSamples {
  const columns = {
    at: new Float64Array(rows.length),
    value: new Float64Array(rows.length),
    quality: new Uint8Array(rows.length),
    late: new Uint8Array(rows.length),
  };
  for (let i = 0; i < rows.length; i++) {
    const [at, value, flags] = rows[i] as unknown as readonly [number, number, number];
    columns.at[i] = at;
    columns.value[i] = value;
    columns.quality[i] = flags & QUALITY;
    columns.late[i] = flags < LATE ? 0 : 1;
  }
  return columns;
}

/** Rows of the table `summary` without its series: the columns in their order, then flags. */
export function summariesOf(rows: readonly Row[]): HourSummaries {
  const flags = rows.map((row) => row[SUMMARY_COLUMNS.length] as number);
  return {
    ...summaryColumns((name) => Float64Array.from(rows, (row) => row[SUMMARY_COLUMNS.indexOf(name)] as number)),
    quality: Uint8Array.from(flags, (flag) => flag & QUALITY),
    late: Uint8Array.from(flags, (flag) => (flag < LATE ? 0 : 1)),
  };
}

export function summaryRow(series: SeriesNumber, summaries: HourSummaries, index: number): number[] {
  const values = SUMMARY_COLUMNS.map((column) => summaries[column][index] as number);
  return [series, ...values, flagsOf(summaries.quality[index] as number, summaries.late[index] as number)];
}

/** A row of the table `bucket` without its series. */
export function bucketOf(series: SeriesNumber, row: Row): Bucket {
  const [start, n, min, max, sum, first, firstAt, last, lastAt, covered, weightedSum, suspect, bad, late, revision] =
    row as unknown as BucketRow;
  const instants = { start: epochMicros(start), firstAt: epochMicros(firstAt), lastAt: epochMicros(lastAt) };
  return { series, n, min, max, sum, first, last, covered, weightedSum, suspect, bad, late, revision, ...instants };
}

type BucketRow = readonly [
  start: number,
  n: number,
  min: number,
  max: number,
  sum: number,
  first: number,
  firstAt: number,
  last: number,
  lastAt: number,
  covered: number,
  weightedSum: number,
  suspect: number,
  bad: number,
  late: number,
  revision: number,
];

export function bucketRow(bucket: Bucket): number[] {
  const { series, start, n, min, max, sum, first, firstAt, last, lastAt, covered, weightedSum, suspect, bad, late, revision } = bucket;
  return [series, start, n, min, max, sum, first, firstAt, last, lastAt, covered, weightedSum, suspect, bad, late, revision];
}
