/**
 * series-head: what a series is, and what can be asked about it: how far back, in which zone, live.
 */
import type { SeriesInfo } from "./answers.ts";
import { breakable, el } from "./element.ts";
import { hashOf, type Route } from "./route.ts";
import { pace } from "./words.ts";
import { field, zoneField } from "./zone-field.ts";

export interface SeriesHeadOptions {
  readonly route: Route;
  /** How far back. */
  readonly last: string;
  readonly info: SeriesInfo | undefined;
  readonly unit: string;
  /** In which the hours are; and that of this device. */
  readonly zone: string;
  readonly here: string;
  go(route: Route): void;
}

const SPANS: Readonly<Record<string, string>> = { "24h": "24 hours", "3d": "3 days", "7d": "7 days", "31d": "31 days" };

export function seriesHead({ route, last, info, unit, zone, here, go }: SeriesHeadOptions): HTMLElement {
  const { tz = "", live } = route.asked;
  const to = (asked: Readonly<Record<string, string>>) => go({ ...route, asked: { tz, last, ...asked } });
  const spans = el(
    "select",
    { name: "last" },
    ...spansWith(last).map(([value, text]) => el("option", { value, selected: value === last }, text)),
  );
  spans.addEventListener("change", () => to({ last: spans.value }));
  const tail = el("button", { type: "button", "aria-pressed": String(live !== undefined) }, live === undefined ? "Live" : "Stop");
  tail.addEventListener("click", () => to(live === undefined ? { live: "1" } : {}));
  return el(
    "header",
    { class: "series-head" },
    el(
      "p",
      { class: "back-to-list" },
      el("a", { href: hashOf({ view: "series", path: "", asked: { tz } }), class: "back" }, "← All series"),
    ),
    el("h2", {}, breakable(route.path)),
    el("p", { class: "quiet" }, [...aboutOf(info, unit), zone].filter((part) => part !== "").join(" · ")),
    el(
      "div",
      { class: "tools" },
      field("Time", spans),
      zoneField(tz, here, (chosen) => to({ tz: chosen })),
      tail,
    ),
  );
}

function aboutOf(info: SeriesInfo | undefined, unit: string): string[] {
  if (info === undefined) return [];
  const rate = info.period_seconds > 0 ? [`every ${pace(info.period_seconds)}`] : [];
  const version = info.version > 1 ? [`version ${info.version}`] : [];
  return [...(unit === "" ? [] : [unit]), info.kind, ...(info.sampling === "on_change" ? ["sent on change"] : rate), ...version];
}

/** The usual ones, and one that came by the address. */
function spansWith(last: string): readonly (readonly [value: string, text: string])[] {
  return Object.entries(last in SPANS ? SPANS : { ...SPANS, [last]: last });
}
