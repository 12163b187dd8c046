/**
 * fold-row: buckets of one series folded into one row of a report.
 *
 * - Averages are made of sums and counts, never of averages. `samples` = sum / n; `time` = every value weighted
 *   by how long it held. A series that reports changes only would be wrong by samples, so `time` is shown there.
 * - A counter has no average but an increase, an angle a circular mean (both are made from single readings, by
 *   `increase.ts` and `direction.ts`), a state neither; angles and states have no minimum and maximum either.
 * - What is unknown is null, never 0: a row without readings has count 0 and no numbers.
 */
import type { EpochMicros } from "../../protocol/index.ts";
import { addTo, emptySum, resultOf } from "../rollup/compensated-sum.ts";
import { type BucketState, stateAt } from "../rollup/grace.ts";
import { maxHold, type SeriesInfo } from "../rollup/series.ts";
import type { Bucket } from "../stores/contract.ts";
import type { Period } from "./periods.ts";

export type Mean = "samples" | "time";

export interface ReportRow {
  readonly series: SeriesInfo;
  readonly period: Period;
  /** Readings of quality good or suspect. */
  readonly count: number;
  readonly min: number | null;
  readonly max: number | null;
  /** The average that is shown, `mean` says which. */
  readonly avg: number | null;
  readonly mean: Mean | null;
  readonly avgSamples: number | null;
  readonly avgTime: number | null;
  readonly sum: number | null;
  /** Of a counter, how much it rose. */
  readonly increase: number | null;
  readonly first: number | null;
  readonly last: number | null;
  /** Microseconds for which a value is known. */
  readonly covered: number;
  /** Share of the time so far for which a value is known, 0 to 1; null where no pace was promised. */
  readonly coverage: number | null;
  readonly late: number;
  readonly quarantined: number;
  readonly suspect: number;
  readonly bad: number;
  /** How often a bucket of the row changed after it was final. */
  readonly revision: number;
  readonly state: BucketState;
  /** Means of its equal parts (of a counter their last values), as many as were asked for. */
  readonly trend: readonly (number | null)[];
}

/** What buckets cannot tell: of a counter its increase, of an angle its circular means. */
export type FromReadings = Pick<ReportRow, "increase" | "avgSamples" | "avgTime">;

export interface RowRequest {
  readonly series: SeriesInfo;
  readonly period: Period;
  /** Those that start inside the period, ascending. */
  readonly buckets: readonly Bucket[];
  readonly quarantined: number;
  /** Undefined where buckets tell all. */
  readonly fromReadings: FromReadings | undefined;
  /** Into how many parts the row is cut for its trend; 0 = none. */
  readonly trendParts: number;
  readonly now: EpochMicros;
  /** Forces one average. */
  readonly mean: Mean | undefined;
}

export function foldRow({ series, period, buckets, quarantined, fromReadings, trendParts, now, mean }: RowRequest): ReportRow {
  const filled = buckets.filter(({ n }) => n > 0);
  const total = (of: (bucket: Bucket) => number) => buckets.reduce((sum, bucket) => sum + of(bucket), 0);
  const count = total(({ n }) => n);
  const covered = total((bucket) => bucket.covered);
  const { kind } = series.spec;
  const isGauge = kind === "gauge";
  const hasExtremes = count > 0 && (isGauge || kind === "counter");
  const sum = isGauge && count > 0 ? exactSum(filled.map((bucket) => bucket.sum)) : null;
  const { avgSamples, avgTime, increase } = fromReadings ?? {
    avgSamples: sum === null ? null : sum / count,
    avgTime: isGauge && covered > 0 ? exactSum(buckets.map((bucket) => bucket.weightedSum)) / covered : null,
    increase: null,
  };
  return {
    series,
    period,
    count,
    min: hasExtremes ? filled.reduce((least, { min }) => Math.min(least, min), Number.POSITIVE_INFINITY) : null,
    max: hasExtremes ? filled.reduce((most, { max }) => Math.max(most, max), Number.NEGATIVE_INFINITY) : null,
    ...shownMean(mean, series, avgSamples, avgTime),
    avgSamples,
    avgTime,
    sum,
    increase,
    first: filled[0]?.first ?? null,
    last: filled.at(-1)?.last ?? null,
    covered,
    coverage: coverageOf(series, period, covered, now),
    late: total(({ late }) => late),
    quarantined,
    suspect: total(({ suspect }) => suspect),
    bad: total(({ bad }) => bad),
    revision: total(({ revision }) => revision),
    state: stateAt(period.to, now),
    trend: trendParts === 0 ? [] : trendOf(series, period, buckets, trendParts),
  };
}

function trendOf({ spec }: SeriesInfo, { from, to }: Period, buckets: readonly Bucket[], parts: number): (number | null)[] {
  const inPart = Array.from({ length: parts }, (): Bucket[] => []);
  for (const bucket of buckets) inPart[Math.floor(((bucket.start - from) / (to - from)) * parts)]?.push(bucket);
  return inPart.map((inside) => {
    if (spec.kind === "counter") return inside.findLast(({ n }) => n > 0)?.last ?? null;
    if (spec.kind !== "gauge") return null;
    const isHeld = spec.sampling === "on_change";
    const weight = inside.reduce((sum, { n, covered }) => sum + (isHeld ? covered : n), 0);
    return weight === 0 ? null : exactSum(inside.map(({ sum, weightedSum }) => (isHeld ? weightedSum : sum))) / weight;
  });
}

function shownMean(forced: Mean | undefined, { spec }: SeriesInfo, avgSamples: number | null, avgTime: number | null) {
  const suits: Mean = spec.sampling === "on_change" && avgTime !== null ? "time" : "samples";
  const mean = forced ?? suits;
  const avg = mean === "time" ? avgTime : avgSamples;
  return { avg, mean: avg === null ? null : mean };
}

/** Of an open row the share of what has passed: a value held on into the future is not counted beyond it. */
function coverageOf({ spec }: SeriesInfo, period: Period, covered: number, now: EpochMicros): number | null {
  if (covered === 0 && maxHold(spec) === 0) return null;
  const passed = Math.min(period.to, Math.max(now, period.from + 1)) - period.from;
  return Math.min(1, covered / passed);
}

function exactSum(values: readonly number[]): number {
  const total = emptySum();
  for (const value of values) addTo(total, value);
  return resultOf(total);
}
