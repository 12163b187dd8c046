/**
 * window: the row of a rolling window that ends now, for each series, made from single readings.
 *
 * A summary counts where its first reading lies, for it cannot be cut. A value from before the window is held into
 * it, as into any row.
 */
import { epochMicros } from "../../protocol/index.ts";
import { foldParts } from "../rollup/fold.ts";
import { maxHold, type SeriesInfo } from "../rollup/series.ts";
import { foldRow, type ReportRow } from "./fold-row.ts";
import { fromReadings } from "./from-readings.ts";
import { allReadings } from "./readings.ts";
import type { RowsRequest } from "./rows.ts";
import type { ReportSource } from "./source.ts";
import { TREND_PARTS } from "./sparkline.ts";

/** Yields one row at a time. */
export async function* windowRows(source: ReportSource, request: RowsRequest): AsyncGenerator<readonly ReportRow[]> {
  for (const series of request.series) {
    const extent = await source.store.extent(series.number);
    for (const window of request.periods) {
      if (extent === undefined || extent.from >= window.to) continue;
      yield [await windowRow(source, series, window, request)];
    }
  }
}

async function windowRow(
  { store, quarantined }: ReportSource,
  series: SeriesInfo,
  window: RowsRequest["periods"][number],
  { mean, now, trendParts }: RowsRequest,
): Promise<ReportRow> {
  const hold = maxHold(series.spec);
  const readings = await allReadings(store, series.number, window);
  const carry = hold === 0 ? undefined : await store.lastBefore(series.number, window.from, hold);
  const parts = TREND_PARTS.window;
  const borders = Array.from({ length: parts + 1 }, (_, part) =>
    epochMicros(window.from + Math.floor((part * (window.to - window.from)) / parts)),
  );
  const buckets = foldParts(series.number, borders, readings, carry, hold);
  const refused = await quarantined(series.number, window);
  const [special] = await fromReadings(store, series, [window]);
  return foldRow({
    series,
    period: window,
    buckets,
    quarantined: [...refused.values()].reduce((sum, count) => sum + count, 0),
    fromReadings: special,
    trendParts,
    now,
    mean,
  });
}
