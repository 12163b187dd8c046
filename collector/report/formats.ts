/**
 * formats: how a report can be written. A new one is one line here and its name in `query.ts`.
 */
import { csv } from "./csv.ts";
import type { Format } from "./format.ts";
import { json } from "./json.ts";
import { markdown } from "./markdown.ts";
import { ndjson } from "./ndjson.ts";
import { parquet } from "./parquet.ts";
import { REPORT_FORMATS, type ReportFormat } from "./query.ts";
import { table } from "./table.ts";

export const FORMATS: Readonly<Record<ReportFormat, Format>> = { table, csv, json, ndjson, markdown, parquet };

/** The format that a file's name asks for; undefined where it says nothing. */
export function formatOfFile(file: string): ReportFormat | undefined {
  const name = file.toLowerCase();
  return REPORT_FORMATS.find((format) => name.endsWith(FORMATS[format].extension));
}
