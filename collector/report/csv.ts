/**
 * csv: a report for spreadsheets and scripts (RFC 4180, LF, with header), series by series, ascending.
 *
 * The version of the time zone rules is a column, for a file is often all that is left of a report.
 */
import { stringify } from "csv-stringify/sync";
import type { ReportHead, RowGroups } from "./format.ts";
import { type ReportRecord, recordFields, recordOf } from "./record.ts";

export async function* writeCsv({ kind, tzdata }: ReportHead, groups: RowGroups): AsyncGenerator<string> {
  yield stringify([[...recordFields(kind), "tzdata"]]);
  for await (const rows of groups) yield stringify(rows.map((row) => [...Object.values(harmless(recordOf(kind, row))), tzdata]));
}

/** A spreadsheet runs a text that begins like a formula. Units come from agents; every other text is ours. */
function harmless(record: ReportRecord): ReportRecord {
  return /^[=+\-@\t\r]/.test(String(record.unit)) ? { ...record, unit: `'${record.unit}` } : record;
}
