/**
 * main: the page: its clock, its address, and which view is open.
 *
 * Nothing is stored in the browser but the session's cookie, which no script can read.
 */
import { api, Problem } from "./api.ts";
import { el } from "./element.ts";
import { entryForm, linkCode } from "./entry.ts";
import { fleetView } from "./fleet-view.ts";
import type { Machine } from "./machine.ts";
import { problemNote } from "./problem-note.ts";
import { reportView } from "./report-view.ts";
import { hashOf, parseRoute, type Route, VIEWS, type ViewName } from "./route.ts";
import { seriesView } from "./series-view.ts";
import type { OpenView, View } from "./view.ts";

const OPENERS: Readonly<Record<ViewName, View>> = { fleet: fleetView, series: seriesView, report: reportView };
const TITLES: Readonly<Record<ViewName, string>> = { fleet: "Fleet", series: "Series", report: "Report" };

const main = document.querySelector("main") as HTMLElement;
const nav = document.querySelector("body > header nav") as HTMLElement;
const lost = el("div", { class: "lost", role: "status" });
main.before(lost);

const machine: Machine = {
  now: () => Date.now(),
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  pause: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    }),
  every(ms, signal, work) {
    machine.background(repeat(ms, signal, work), signal, (problem) => openEntry(problem));
  },
  background(work, signal, onTrouble) {
    work.catch((problem: unknown) => {
      if (!signal.aborted) onTrouble(problem);
    });
  },
  mark: (name) => void performance.mark(name),
};

/** What may pass by itself is said at the top until it has; that one is not let in any more ends it. */
async function repeat(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  for (await machine.pause(ms, signal); !signal.aborted; await machine.pause(ms, signal)) {
    if (document.hidden) continue;
    try {
      await work();
      lost.replaceChildren();
    } catch (problem) {
      if (signal.aborted) return;
      if (!(problem instanceof Problem) || problem.status === 401) throw problem;
      lost.replaceChildren(problemNote(problem));
    }
  }
}

interface Opened {
  readonly name: ViewName;
  readonly view: OpenView;
  readonly frame: HTMLElement;
  readonly leave: AbortController;
}

let opened: Opened | undefined;

function openView(name: ViewName): Opened {
  opened?.leave.abort();
  lost.replaceChildren();
  const frame = el("div", { class: `view ${name}-view` });
  main.replaceChildren(frame);
  const leave = new AbortController();
  const view = OPENERS[name]({ machine, frame, signal: leave.signal, go });
  opened = { name, view, frame, leave };
  return opened;
}

function go(route: Route): void {
  location.hash = hashOf(route);
}

async function showPlace(): Promise<void> {
  const code = linkCode(location.hash);
  if (code !== undefined) return enterByLink(code);
  const route = parseRoute(location.hash);
  const { view, frame, leave } = opened?.name === route.view ? opened : openView(route.view);
  document.title = [route.path, TITLES[route.view], "Tributary"].filter((part) => part !== "").join(" · ");
  drawNav(route);
  frame.querySelector(":scope > .problem")?.remove();
  try {
    await view.show(route);
  } catch (problem) {
    if (leave.signal.aborted || (problem instanceof DOMException && problem.name === "AbortError")) return;
    if (problem instanceof Problem && problem.status === 401) openEntry(problem.code === "no_access" ? undefined : problem);
    else frame.append(problemNote(problem));
  }
}

async function enterByLink(code: string): Promise<void> {
  history.replaceState(null, "", "#/fleet"); // the code is used up, and stays out of the history
  try {
    await api.enter(code);
    await showPlace();
  } catch (problem) {
    openEntry(problem);
  }
}

function openEntry(why: unknown): void {
  opened?.leave.abort();
  opened = undefined;
  lost.replaceChildren();
  main.replaceChildren(entryForm(why, () => void showPlace()));
}

/** The zone goes along from view to view. */
function drawNav({ view, asked: { tz = "" } }: Route): void {
  const link = (name: ViewName) =>
    el("a", { href: hashOf({ view: name, path: "", asked: { tz } }), "aria-current": name === view ? "page" : undefined }, TITLES[name]);
  nav.replaceChildren(...VIEWS.map(link));
}

addEventListener("hashchange", () => void showPlace());
void showPlace();
