/**
 * series-list: every series, found by any part of its name; thousands of them stay quick, for only lines on the
 * screen are laid out (`content-visibility`).
 *
 * `/` goes to the search, the arrow keys through the list.
 */
import type { SeriesInfo } from "./answers.ts";
import { el } from "./element.ts";
import { hashOf, type Route } from "./route.ts";
import { shownCount } from "./words.ts";

/** Lines at once; whoever looks for one among more than these will rather type. */
const MOST_LINES = 2_000;

export interface SeriesList {
  readonly element: HTMLElement;
  /** Adds a page of them. */
  add(page: readonly SeriesInfo[]): void;
  /** Which of them is open; keeps what was asked for (zone, span) in the links. */
  select(route: Route): void;
}

export function seriesList(find: string, signal: AbortSignal): SeriesList {
  const search = el("input", {
    type: "search",
    value: find,
    placeholder: "Search series",
    "aria-label": "Search series",
    autocomplete: "off",
  });
  const count = el("p", { class: "count", role: "status" });
  const list = el("ul", { class: "lines" });
  const element = el("nav", { class: "series-list", "aria-label": "Series" }, search, count, list);
  const names = new Set<string>();
  let open: Route = { view: "series", path: "", asked: {} };

  function draw(): void {
    const words = search.value.toLowerCase().split(/\s+/);
    const found = [...names].filter((name) => words.every((word) => name.toLowerCase().includes(word))).sort();
    const shown = found.slice(0, MOST_LINES);
    list.replaceChildren(...shown.map(line));
    const rest = found.length - shown.length;
    const part = found.length === names.size ? "" : ` of ${shownCount(names.size)}`;
    count.textContent = `${shownCount(found.length)}${part} series${rest > 0 ? `; ${rest} more: type to narrow` : ""}`;
  }

  function line(name: string): HTMLElement {
    const cut = name.lastIndexOf("/") + 1;
    const { tz = "", last = "" } = open.asked;
    const link = el(
      "a",
      { href: hashOf({ view: "series", path: name, asked: { tz, last } }), "aria-current": name === open.path ? "page" : undefined },
      ...[el("span", { class: "stem" }, name.slice(0, cut)), el("span", { class: "channel" }, name.slice(cut))],
    );
    return el("li", {}, link);
  }

  search.addEventListener("input", draw);
  element.addEventListener("keydown", moveByArrows);
  document.addEventListener("keydown", (event) => slashGoesTo(search, event), { signal });
  return {
    element,
    add(page) {
      for (const { id } of page) names.add(id);
      draw();
    },
    select(route) {
      open = route;
      draw();
    },
  };
}

function moveByArrows(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || !(event.currentTarget instanceof HTMLElement)) return;
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>("input, a")];
  const next = stops[stops.indexOf(document.activeElement as HTMLElement) + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

function slashGoesTo(search: HTMLElement, event: KeyboardEvent): void {
  const isTyping = event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  search.focus();
}
