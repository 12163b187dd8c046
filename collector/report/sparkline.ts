/**
 * sparkline: how a value went inside a row, in a few characters: `▁▃▅█`.
 *
 * All rows of a series share one scale, from its least to its largest part, so that a noisy flat line looks flat
 * beside a day that rises. A part of which nothing is known is a blank.
 */
import type { ReportRow } from "./fold-row.ts";
import type { RowKind } from "./periods.ts";

/** Into how many parts of equal length a row is cut. Quarters of an hour are all that is stored. */
export const TREND_PARTS: Readonly<Record<RowKind, number>> = { hour: 4, day: 12, week: 14, month: 15, window: 12 };

const LEVELS = "▁▂▃▄▅▆▇█";

export interface Scale {
  min: number;
  max: number;
}

/** By number of the series. */
export function scalesOf(rows: readonly ReportRow[]): ReadonlyMap<number, Scale> {
  const scales = new Map<number, Scale>();
  for (const { series, trend } of rows) {
    const scale = scales.get(series.number) ?? { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
    scales.set(series.number, scale);
    for (const value of trend) {
      if (value === null) continue;
      scale.min = Math.min(scale.min, value);
      scale.max = Math.max(scale.max, value);
    }
  }
  return scales;
}

/** Empty where nothing is known at all. */
export function sparkline(trend: readonly (number | null)[], { min, max }: Scale): string {
  if (trend.every((value) => value === null)) return "";
  const level = (value: number) => (max > min ? Math.round(((value - min) / (max - min)) * (LEVELS.length - 1)) : 3);
  return trend.map((value) => (value === null ? " " : LEVELS[level(value)])).join("");
}
