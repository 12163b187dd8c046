/**
 * ndjson: a report for programs that read line by line: one flat JSON object a row, series by series, ascending.
 *
 * There is no head, so the version of the time zone rules stands in every line.
 */
import { FILE_COLUMNS, recordOf } from "./columns.ts";
import type { Format } from "./format.ts";

export const ndjson: Format = {
  contentType: "application/x-ndjson; charset=utf-8",
  extension: ".ndjson",
  columns: [...FILE_COLUMNS, "tzdata"],

  async *write(head, groups) {
    for await (const rows of groups) yield rows.map((row) => `${JSON.stringify(recordOf(head.columns, row, head))}\n`).join("");
  },
};
