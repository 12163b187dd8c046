/**
 * report: from a question to pieces of text in the asked format.
 *
 * Everything that can be wrong with a question is found before the first piece, so a caller that has the report
 * may send its headers. Rows are made while they are written.
 */
import { epochMicros, Fault } from "../../protocol/index.ts";
import { chooseColumns } from "./columns.ts";
import { type Piece, REPORT_NAMES, type ReportName, ROW_KINDS } from "./format.ts";
import { FORMATS } from "./formats.ts";
import type { ReportFormat, ReportQuery } from "./query.ts";
import { seriesRows } from "./rows.ts";
import { selectSeries } from "./select.ts";
import type { ReportSource } from "./source.ts";
import { askedPeriods, askedWindow } from "./span.ts";
import { TREND_PARTS } from "./sparkline.ts";
import { windowRows } from "./window.ts";
import { checkZone } from "./zone.ts";

export interface Report {
  readonly contentType: string;
  readonly pieces: AsyncGenerator<Piece>;
}

/**
 * @param fallback the format where the query names none.
 * @throws Fault `unknown_series`, `unknown_zone`, `unknown_column`, `bad_time`, `bad_span`, `span_too_long`, `unsupported_offset`
 */
export function openReport(report: ReportName, query: ReportQuery, source: ReportSource, fallback: ReportFormat): Report {
  const zone = checkZone(query.tz ?? source.zone);
  const all = source.series();
  const series = selectSeries(all, query.series, query.where);
  const now = source.now();
  const kind = ROW_KINDS[report];
  const periods = kind === "window" ? [askedWindow(query, zone, now)] : askedPeriods(kind, query, zone, now);
  const format = FORMATS[query.format ?? fallback];
  const columns = chooseColumns(kind, query.columns, format.columns);
  const newest = async () => {
    const extents = await Promise.all(series.map(({ number }) => source.store.extent(number)));
    const ends = extents.flatMap((extent) => (extent === undefined ? [] : [extent.to]));
    return ends.length === 0 ? undefined : epochMicros(Math.min(now, Math.max(...ends)));
  };
  const chosen = { columns, columnsAsked: query.columns !== undefined, known: all.length, selected: series.length };
  const head = { report, kind, zone, tzdata: source.tzdata, now, periods, ...chosen, newest };
  const trendParts = columns.some(({ name }) => name === "trend") ? TREND_PARTS[kind] : 0;
  const rows = (kind === "window" ? windowRows : seriesRows)(source, { series, periods, mean: query.mean, now, trendParts });
  return { contentType: format.contentType, pieces: format.write(head, rows) };
}

/** @throws Fault `unknown_report` */
export function checkReportName(name: string): ReportName {
  const known = REPORT_NAMES.find((report) => report === name);
  if (known !== undefined) return known;
  throw new Fault("unknown_report", `expected a report of ${REPORT_NAMES.join(", ")}, got ${JSON.stringify(name.slice(0, 40))}`, {
    hint: "use hourly",
  });
}
