/**
 * report-view: the report as a table and as files. What was asked for stands in the address.
 */
import { api, type Query } from "./api.ts";
import { downloads } from "./downloads.ts";
import { el } from "./element.ts";
import { command, emptyState } from "./empty-state.ts";
import { problemNote } from "./problem-note.ts";
import { reportForm } from "./report-form.ts";
import { REPORTS, reportKind } from "./report-kinds.ts";
import { newestFirst, reportTable } from "./report-table.ts";
import type { Route } from "./route.ts";
import type { View, ViewContext } from "./view.ts";
import { counted, shownCount } from "./words.ts";

/** Rows on the screen; the files have all. */
const MOST_ROWS = 1_000;

export const reportView: View = ({ machine, frame, signal, go }: ViewContext) => {
  let shown = new AbortController();
  const answer = el("div");
  frame.append(el("h1", {}, "Report"));

  return {
    async show(route) {
      shown.abort();
      shown = new AbortController();
      const inside = AbortSignal.any([signal, shown.signal]);
      frame.replaceChildren(el("h1", {}, "Report"), reportForm(route, machine.zone, go), answer);
      answer.replaceChildren(el("p", { class: "quiet", role: "status" }, "Asking …"));
      const [path, query] = questionOf(route);
      const kind = reportKind(route.asked.kind);
      const columns = `${REPORTS[kind].when},start,series,min,avg,max,unit_shown,count,coverage_percent,notes`;
      const { rows, isWhole } = await api.reportRows(kind, { ...query, columns }, MOST_ROWS, inside).catch((problem: unknown) => {
        answer.replaceChildren();
        throw problem;
      });
      if (rows.length === 0) return answer.replaceChildren(nothing());
      const part = isWhole ? counted(rows.length, "row") : `The first ${shownCount(MOST_ROWS)} rows, series by series; the files have all.`;
      const files = downloads(path, query, fileName(route), inside, (problem) => answer.prepend(problemNote(problem)));
      const bar = el("div", { class: "bar" }, el("p", { class: "quiet", role: "status" }, part), files);
      answer.replaceChildren(bar, reportTable(kind, isWhole ? newestFirst(rows) : rows, route.asked.tz ?? ""));
      machine.mark("report-shown");
    },
  };
};

function questionOf({ asked }: Route): readonly [path: string, query: Query] {
  const { series = "", from = "", to = "", tz = "" } = asked;
  const last = from === "" ? (asked.last ?? "24h") : "";
  return [
    `report/${reportKind(asked.kind)}`,
    Object.fromEntries(Object.entries({ series, from, to, last, tz }).filter(([, value]) => value !== "")),
  ];
}

/** `tributary-hourly-7d` */
function fileName({ asked }: Route): string {
  const { kind, last = "24h", from = "", to = "" } = asked;
  const span = from === "" ? last : [from, to].filter((part) => part !== "").join("-");
  return `tributary-${reportKind(kind)}-${span}`.replace(/[^\w.-]/g, "-");
}

function nothing(): HTMLElement {
  return emptyState(
    "Nothing to report yet",
    el("p", {}, "No series is known. Readings appear here as soon as an agent sends them:"),
    command("npx tributary-agent run --config agent.yaml"),
  );
}
