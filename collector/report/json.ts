/**
 * json: a report for programs: what it is about, then flat rows, series by series, ascending.
 */
import { isoInstant } from "../../protocol/index.ts";
import { FILE_COLUMNS, recordOf } from "./columns.ts";
import type { Format } from "./format.ts";

export const json: Format = {
  contentType: "application/json; charset=utf-8",
  extension: ".json",
  columns: FILE_COLUMNS,

  async *write(head, groups) {
    const { report, zone, tzdata, now, periods, columns } = head;
    const [first, last] = [periods[0], periods.at(-1)];
    const span = { from: first === undefined ? null : isoInstant(first.from), to: last === undefined ? null : isoInstant(last.to) };
    const about = JSON.stringify({ report, zone, tzdata, ...span, made: isoInstant(now) });
    yield `${about.slice(0, -1)},"rows":[`;
    let separator = "\n";
    for await (const rows of groups) {
      yield separator + rows.map((row) => JSON.stringify(recordOf(columns, row, head))).join(",\n");
      separator = ",\n";
    }
    yield "\n]}\n";
  },
};
