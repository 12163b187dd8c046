/**
 * hours-table: the same hours as text, newest first, for those who do not see the chart or want the numbers.
 */
import type { ClockFace } from "./clock-face.ts";
import { el, tableFrame, td, th } from "./element.ts";
import type { Hour, Hours } from "./hours.ts";
import { shownCount, shownNumber } from "./words.ts";

export function hoursTable({ hours, unit }: Hours, face: ClockFace, hrefOf: (hour: Hour) => string): HTMLElement {
  const titles = ["min", "avg", "max"].map((name) => (unit === "" ? name : `${name}, ${unit}`));
  const head = el("tr", {}, th("Hour"), ...titles.map((title) => th(title, true)), th("Readings", true), th("Coverage", true), th("Notes"));
  const line = (hour: Hour) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, el("a", { href: hrefOf(hour) }, face.minute(hour.from))),
      ...[hour.min, hour.avg, hour.max].map((value) => td("", shownNumber(value), true)),
      td("", shownCount(hour.count), true),
      td("", hour.coverage_percent === null ? "–" : `${hour.coverage_percent.toFixed(1)}\u00a0%`, true),
      td("", hour.notes),
    );
  const table = el(
    "table",
    {},
    el("caption", { class: "hidden" }, "Hours, newest first"),
    el("thead", {}, head),
    el("tbody", {}, ...[...hours].reverse().map(line)),
  );
  return el("details", {}, el("summary", {}, "These hours as a table"), tableFrame("Hours", table));
}
