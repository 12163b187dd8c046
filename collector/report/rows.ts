/**
 * rows: the rows of a report, one series after the other, each ascending.
 *
 * - They are made a month of one series at a time, when the writer asks for more: memory does not grow with the
 *   span, and other work of the process gets its turn in between.
 * - A series begins with its first bucket. From there on every period of the span has its row: a gap is a row
 *   with count 0, not a hole.
 */
import { type EpochMicros, QUARTER } from "../../protocol/index.ts";
import type { SeriesInfo } from "../rollup/series.ts";
import type { Bucket } from "../stores/contract.ts";
import { foldRow, type Mean, type ReportRow } from "./fold-row.ts";
import { fromReadings } from "./from-readings.ts";
import { type Period, spanOf } from "./periods.ts";
import type { ReportSource } from "./source.ts";

const QUARTERS_PER_READ = 31 * 96;

export interface RowsRequest {
  readonly series: readonly SeriesInfo[];
  readonly periods: readonly Period[];
  readonly mean: Mean | undefined;
  readonly now: EpochMicros;
  /** Into how many parts a row is cut for its trend; 0 = none. */
  readonly trendParts: number;
}

/** Yields rows of one series at a time, at most a month of them. */
export async function* seriesRows(source: ReportSource, request: RowsRequest): AsyncGenerator<readonly ReportRow[]> {
  for (const series of request.series) {
    const extent = await source.store.extent(series.number);
    if (extent === undefined) continue;
    const periods = request.periods.filter(({ to }) => to > extent.from);
    for (const part of portions(periods)) yield await rowsOf(source, series, part, request);
  }
}

async function rowsOf(
  source: ReportSource,
  series: SeriesInfo,
  periods: readonly Period[],
  { mean, now, trendParts }: RowsRequest,
): Promise<ReportRow[]> {
  const span = spanOf(periods);
  const buckets = await source.store.buckets(series.number, span);
  const refused = await source.quarantined(series.number, span);
  const special = await fromReadings(source.store, series, periods);
  const rows: ReportRow[] = [];
  let next = 0;
  for (const [index, period] of periods.entries()) {
    const inside: Bucket[] = [];
    for (let bucket = buckets[next]; bucket !== undefined && bucket.start < period.to; bucket = buckets[++next]) inside.push(bucket);
    const others = { quarantined: refusedIn(refused, period), fromReadings: special[index], trendParts, mean, now };
    rows.push(foldRow({ series, period, buckets: inside, ...others }));
  }
  return rows;
}

function refusedIn(refused: ReadonlyMap<EpochMicros, number>, { from, to }: Period): number {
  if (refused.size === 0) return 0;
  let count = 0;
  for (let quarter: number = from; quarter < to; quarter += QUARTER) count += refused.get(quarter as EpochMicros) ?? 0;
  return count;
}

function portions(periods: readonly Period[]): Period[][] {
  const parts: Period[][] = [];
  for (const period of periods) {
    const part = parts.at(-1);
    const start = part?.[0]?.from;
    if (part === undefined || start === undefined || (period.to - start) / QUARTER > QUARTERS_PER_READ) parts.push([period]);
    else part.push(period);
  }
  return parts;
}
