/**
 * samples-table: raw readings as text, newest first: every digit that is stored; of a summary the mean, rounded.
 */
import type { Sample } from "./answers.ts";
import type { ClockFace } from "./clock-face.ts";
import { el, tableFrame, td, th } from "./element.ts";
import { msOf } from "./instant.ts";
import { shownNumber } from "./words.ts";

/** Lines of a table; the download has all. */
const MOST_LINES = 2_000;

/** @param unit as a person reads it. */
export function samplesTable(samples: readonly Sample[], unit: string, face: ClockFace): HTMLElement {
  const head = el("tr", {}, th("Instant"), th("Value", true), th("Unit"), th("Quality"), th("Notes"));
  const line = ({ at, value, quality, kind, n, min, max, late }: Sample) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, el("time", { datetime: at }, face.moment(msOf(at)))),
      td("", kind === "summary" ? shownNumber(value) : String(value), true),
      td("", unit),
      td("", el("span", { class: quality === "good" ? "quiet" : `badge ${quality === "bad" ? "bad" : "warn"}` }, quality)),
      td("", [late ? "late" : "", kind === "summary" ? `${n} readings, ${min} to ${max}` : ""].filter((note) => note !== "").join(", ")),
    );
  const newest = samples.slice(-MOST_LINES).reverse();
  const table = el("table", {}, el("thead", {}, head), el("tbody", {}, ...newest.map(line)));
  const rest = samples.length - newest.length;
  const cut = rest > 0 ? el("p", { class: "quiet" }, `${rest} older ones of this hour are not in the table.`) : undefined;
  return el("details", {}, el("summary", {}, "These readings as a table"), tableFrame("Raw readings", table), cut);
}
