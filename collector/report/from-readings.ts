/**
 * from-readings: what rows need beyond their buckets, by kind of series.
 */
import type { SeriesInfo } from "../rollup/series.ts";
import type { Span } from "../stores/contract.ts";
import { directionsOf } from "./direction.ts";
import type { FromReadings } from "./fold-row.ts";
import { increasesOf } from "./increase.ts";
import type { ReadingStore } from "./readings.ts";

/** @param rows one at least, following one another. @returns one a row, or none where buckets tell all. */
export async function fromReadings(store: ReadingStore, series: SeriesInfo, rows: readonly Span[]): Promise<readonly FromReadings[]> {
  switch (series.spec.kind) {
    case "counter":
      return (await increasesOf(store, series, rows)).map((increase) => ({ increase, avgSamples: null, avgTime: null }));
    case "angle":
      return (await directionsOf(store, series, rows)).map((direction) => ({ increase: null, ...direction }));
    default:
      return [];
  }
}
