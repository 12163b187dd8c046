/**
 * json: a report for programs: what it is about, then flat rows, series by series, ascending.
 */
import { isoInstant } from "../../protocol/index.ts";
import type { ReportHead, RowGroups } from "./format.ts";
import { recordOf } from "./record.ts";

export async function* writeJson({ report, kind, zone, tzdata, now, periods }: ReportHead, groups: RowGroups): AsyncGenerator<string> {
  const [first, last] = [periods[0], periods.at(-1)];
  const span = { from: first === undefined ? null : isoInstant(first.from), to: last === undefined ? null : isoInstant(last.to) };
  const head = JSON.stringify({ report, zone, tzdata, ...span, made: isoInstant(now) });
  yield `${head.slice(0, -1)},"rows":[`;
  let separator = "\n";
  for await (const rows of groups) {
    yield separator + rows.map((row) => JSON.stringify(recordOf(kind, row))).join(",\n");
    separator = ",\n";
  }
  yield "\n]}\n";
}
