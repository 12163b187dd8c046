/**
 * validate: which readings of a batch are refused, and why.
 *
 * A refused reading does not take its batch with it: the others are stored, it goes to quarantine. Reasons, in the
 * order in which they are tried:
 *
 *   unknown_series   the batch's catalog has no such index
 *   too_many_series  the agent's series limit is used up
 *   not_finite       NaN or an infinity
 *   inconsistent     a summary whose fields cannot all be true: no count, min above max, a window over a quarter hour
 *   out_of_range     outside the range that the config gives for the series
 *   before_epoch     before the year 2000: no clock that is right says so
 *   future           more than 5 minutes ahead of the collector, where the collector's own clock is trusted
 */
import { type EpochMicros, type Frame, QUARTER, type SampleFrame, type SummaryFrame } from "../../protocol/index.ts";
import type { SeriesNumber } from "../stores/contract.ts";

export type RefusalReason =
  | "unknown_series"
  | "too_many_series"
  | "not_finite"
  | "inconsistent"
  | "out_of_range"
  | "before_epoch"
  | "future";

export interface RefusedReading {
  /** Place in the batch: order of frames, then columns, then instants. */
  readonly ordinal: number;
  readonly reason: RefusalReason;
  readonly series: SeriesNumber | undefined;
  readonly at: number;
  /** Of a summary its sum; null where it is not finite. */
  readonly value: number | null;
}

export interface SeriesRule {
  readonly number: SeriesNumber;
  readonly range: { readonly min: number; readonly max: number } | undefined;
}

export interface Rules {
  /** By catalog index; undefined = beyond the agent's limit of series. */
  readonly series: readonly (SeriesRule | undefined)[];
  /** Undefined while the collector's clock is not trusted: then nothing is judged by it. */
  readonly now: EpochMicros | undefined;
}

/** 2000-01-01: before any device of ours was made. */
export const EARLIEST = 946_684_800_000_000;
const FUTURE = 300_000_000;

/** The refused readings, ascending by ordinal; in good data there are none, and nothing is allocated. */
export function validate(frames: readonly Frame[], rules: Rules): RefusedReading[] {
  const refused: RefusedReading[] = [];
  let ordinal = 0;
  for (const frame of frames) {
    ordinal =
      frame.form === "samples" ? validateSamples(frame, rules, ordinal, refused) : validateSummaries(frame, rules, ordinal, refused);
  }
  return refused;
}

function validateSamples(frame: SampleFrame, rules: Rules, first: number, refused: RefusedReading[]): number {
  let ordinal = first;
  for (const { series, present, values } of frame.columns) {
    const rule = rules.series[series];
    const refusedSeries = seriesRefusal(rules, series);
    let next = 0;
    for (let instant = 0; instant < frame.at.length; instant++) {
      if (present !== undefined && present[instant] === 0) continue;
      const at = frame.at[instant] as number;
      const value = values[next++] as number;
      const reason = refusedSeries ?? (Number.isFinite(value) ? judge(rule, at, value, value, rules.now) : "not_finite");
      if (reason !== undefined) refused.push({ ordinal, reason, series: rule?.number, at, value: finiteOrNull(value) });
      ordinal += 1;
    }
  }
  return ordinal;
}

function validateSummaries(frame: SummaryFrame, rules: Rules, first: number, refused: RefusedReading[]): number {
  const rule = rules.series[frame.series];
  const refusedSeries = seriesRefusal(rules, frame.series);
  for (let index = 0; index < frame.at.length; index++) {
    const at = frame.at[index] as number;
    const [low, high] = [frame.min[index] as number, frame.max[index] as number];
    const reason = refusedSeries ?? contradiction(frame, index) ?? judge(rule, at, low, high, rules.now);
    if (reason !== undefined)
      refused.push({ ordinal: first + index, reason, series: rule?.number, at, value: finiteOrNull(frame.sum[index] as number) });
  }
  return first + frame.at.length;
}

function seriesRefusal({ series }: Rules, index: number): RefusalReason | undefined {
  if (index >= series.length) return "unknown_series";
  return series[index] === undefined ? "too_many_series" : undefined;
}

function judge(
  rule: SeriesRule | undefined,
  at: number,
  low: number,
  high: number,
  now: EpochMicros | undefined,
): RefusalReason | undefined {
  if (rule?.range !== undefined && (low < rule.range.min || high > rule.range.max)) return "out_of_range";
  if (at < EARLIEST) return "before_epoch";
  if (now !== undefined && at > now + FUTURE) return "future";
  return undefined;
}

/** Why a summary is none. What passes can be added up: counts and spans are integers, and it lies in one bucket. */
function contradiction(frame: SummaryFrame, index: number): RefusalReason | undefined {
  const field = (column: Float64Array) => column[index] as number;
  const values = [frame.min, frame.max, frame.sum, frame.first, frame.last, frame.weightedSum].map(field);
  const [at, n, lastAt, covered] = [frame.at, frame.n, frame.lastAt, frame.covered].map(field) as [number, number, number, number];
  const whole = [n, lastAt, covered];
  if (![...values, ...whole].every(Number.isFinite)) return "not_finite";
  const [min, max, , first, last] = values as [number, number, number, number, number];
  const isOrdered = min <= first && first <= max && min <= last && last <= max;
  const isInOneBucket = lastAt >= at && lastAt < (Math.floor(at / QUARTER) + 1) * QUARTER;
  const isCounted = n >= 1 && n <= QUARTER && covered >= 0 && covered <= QUARTER;
  return isOrdered && isInOneBucket && isCounted && whole.every(Number.isSafeInteger) ? undefined : "inconsistent";
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
