/**
 * report-table: the rows of a report: newest first and series by series inside, as on a terminal.
 */
import type { ReportRow } from "./answers.ts";
import { el, tableFrame, td, th } from "./element.ts";
import type { ReportKind } from "./report-kinds.ts";
import { REPORTS } from "./report-kinds.ts";
import { hashOf } from "./route.ts";
import { shownCount, shownNumber } from "./words.ts";

/** @param rows in their order. @param tz as it was asked for, for the links. */
export function reportTable(kind: ReportKind, rows: readonly ReportRow[], tz: string): HTMLElement {
  const { when, title } = REPORTS[kind];
  const heads = [th(capital(when)), th("Series"), th("min", true), th("avg", true), th("max", true), th("Unit")];
  const head = el("tr", {}, ...heads, th("Readings", true), th("Coverage", true), th("Notes"));
  const line = (row: ReportRow) => {
    const link = hashOf({ view: "series", path: row.series, asked: { tz } });
    return el(
      "tr",
      { class: row.count === 0 ? "nothing" : undefined },
      el(
        "th",
        { scope: "row", class: "when" },
        el("time", { datetime: row.start }, (row[when] ?? row.start).replace("T", " ").replace(/[+-]\d\d:\d\d$/, " $&")),
      ),
      td("Series", el("a", { href: link }, row.series)),
      ...(["min", "avg", "max"] as const).map((name) => td(name, shownNumber(row[name]), true)),
      td("Unit", row.unit_shown),
      td("Readings", shownCount(row.count), true),
      td("Coverage", row.coverage_percent === null ? "–" : `${row.coverage_percent.toFixed(1)}\u00a0%`, true),
      td("Notes", row.notes),
    );
  };
  const caption = el("caption", { class: "hidden" }, `${title} report`);
  return tableFrame(`${title} report`, el("table", { class: "cards" }, caption, el("thead", {}, head), el("tbody", {}, ...rows.map(line))));
}

/** Of a whole report; a part of one stays in the order in which it came, or it would look whole. */
export function newestFirst(rows: readonly ReportRow[]): readonly ReportRow[] {
  return [...rows].sort((a, b) => (a.start < b.start ? 1 : a.start > b.start ? -1 : 0));
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
