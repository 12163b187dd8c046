/**
 * formats: how a report can be written. A new one is one line here.
 */
import { writeCsv } from "./csv.ts";
import type { Format } from "./format.ts";
import { writeJson } from "./json.ts";
import type { ReportFormat } from "./query.ts";
import { writeTable } from "./table.ts";

export const FORMATS: Readonly<Record<ReportFormat, Format>> = {
  table: { contentType: "text/plain; charset=utf-8", write: writeTable },
  csv: { contentType: "text/csv; charset=utf-8", write: writeCsv },
  json: { contentType: "application/json; charset=utf-8", write: writeJson },
};
