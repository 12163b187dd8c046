/**
 * series-view: find a series, see its hours, open an hour, watch it live.
 *
 * What is shown stands in the address: series, zone (`tz`), how far back (`last`), an opened hour (`from`, `to`), `live`.
 */
import type { SeriesInfo } from "./answers.ts";
import { api, Problem } from "./api.ts";
import { clockFace } from "./clock-face.ts";
import { el } from "./element.ts";
import { command, emptyState } from "./empty-state.ts";
import { askHours, type Hour, type Hours } from "./hours.ts";
import { hoursChart } from "./hours-chart.ts";
import { hoursTable } from "./hours-table.ts";
import { livePanel } from "./live-panel.ts";
import { problemNote } from "./problem-note.ts";
import { rawPanel } from "./raw-panel.ts";
import { hashOf, type Route } from "./route.ts";
import { seriesHead } from "./series-head.ts";
import { type SeriesList, seriesList } from "./series-list.ts";
import type { View, ViewContext } from "./view.ts";

const USUAL_SPAN = "24h";

export const seriesView: View = (context: ViewContext) => {
  const { frame, signal, machine } = context;
  const detail = el("div", { class: "detail" });
  let known: Promise<Map<string, SeriesInfo>> | undefined;
  let list: SeriesList | undefined;
  let shown = new AbortController();

  return {
    async show(route) {
      shown.abort();
      shown = new AbortController();
      const inside = AbortSignal.any([signal, shown.signal]);
      frame.classList.toggle("has-series", route.path !== "");
      if (list === undefined) {
        list = seriesList(route.asked.find ?? "", signal);
        frame.append(el("h1", {}, "Series"), el("div", { class: "series" }, list.element, detail));
      }
      list.select(route);
      known ??= fillList(list, signal);
      const series = await known;
      machine.mark("series-shown");
      if (series.size === 0) detail.replaceChildren(noSeries());
      else if (route.path === "") detail.replaceChildren(el("p", { class: "quiet" }, "Choose a series."));
      else await showSeries(detail, route, series.get(route.path), context, inside);
    },
  };
};

/** By id, the newest version of each. Resolves with the first page; what comes behind is added when it is there. */
async function fillList(list: SeriesList, signal: AbortSignal): Promise<Map<string, SeriesInfo>> {
  const known = new Map<string, SeriesInfo>();
  const pages = api.series(signal);
  const add = (page: readonly SeriesInfo[]) => {
    for (const info of page) if (info.version >= (known.get(info.id)?.version ?? 0)) known.set(info.id, info);
    list.add(page);
  };
  add((await pages.next()).value ?? []);
  const rest = (async () => {
    for await (const page of pages) add(page);
  })();
  rest.catch((problem: unknown) => {
    if (!signal.aborted) list.element.append(problemNote(problem));
  });
  return known;
}

async function showSeries(
  frame: HTMLElement,
  route: Route,
  info: SeriesInfo | undefined,
  context: ViewContext,
  signal: AbortSignal,
): Promise<void> {
  const { tz = "", last = USUAL_SPAN } = route.asked;
  const body = el("div");
  const head = (unit: string, zone: string) =>
    frame.replaceChildren(seriesHead({ route, last, info, unit, zone, here: context.machine.zone, go: context.go }), body);
  frame.setAttribute("aria-busy", "true");
  try {
    const hours = await askHours(route.path, tz, last, signal);
    head(hours.unit, hours.zone);
    await showBody(body, hours, route, info, context, signal);
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.status === 401) throw problem;
    head("", tz); // so that what was asked can be asked otherwise
    body.replaceChildren(problemNote(problem));
  } finally {
    frame.removeAttribute("aria-busy");
  }
}

/** Live, or one hour, or all hours. */
async function showBody(
  body: HTMLElement,
  hours: Hours,
  route: Route,
  info: SeriesInfo | undefined,
  { machine, go }: ViewContext,
  signal: AbortSignal,
): Promise<void> {
  const { tz = "", last = USUAL_SPAN, from, to, live } = route.asked;
  const face = clockFace(hours.zone);
  const place = (asked: Readonly<Record<string, string>>) => ({ ...route, asked: { tz, last, ...asked } });
  const shared = { id: route.path, series: info, face, unit: hours.unit };
  if (live !== undefined) {
    const work = livePanel(body, { ...shared, machine }, signal);
    return machine.background(work, signal, (problem) => body.append(problemNote(problem)));
  }
  if (from !== undefined && to !== undefined) return rawPanel(body, { ...shared, from, to, back: hashOf(place({})) }, signal);
  if (hours.hours.every(({ count }) => count === 0)) body.append(nothingYet(info));
  const placeOf = (hour: Hour) => place({ from: hour.start, to: hour.end });
  hoursChart(body, { hours, face, onPick: (hour) => go(placeOf(hour)) }, signal);
  body.append(hoursTable(hours, face, (hour) => hashOf(placeOf(hour))));
}

function nothingYet(info: SeriesInfo | undefined): HTMLElement {
  const until = info?.to == null ? "It has no readings yet." : `Its newest readings are of ${info.to.slice(0, 16).replace("T", " ")} UTC.`;
  return emptyState("Nothing in this time", el("p", {}, `${until} Choose a longer time above.`));
}

function noSeries(): HTMLElement {
  return emptyState(
    "No series yet",
    el("p", {}, "A series appears with the first reading of it. Is an agent running?"),
    command("npx tributary-agent run --config agent.yaml"),
    el("p", {}, "What it would read, without sending anything:"),
    command("npx tributary-agent test --config agent.yaml"),
  );
}
