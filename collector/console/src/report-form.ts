/**
 * report-form: what the report is asked for. Nothing happens before `Show`, for a report may be long.
 */
import { el } from "./element.ts";
import { REPORTS, reportKind, SPANS } from "./report-kinds.ts";
import type { Route } from "./route.ts";
import { field, zoneField } from "./zone-field.ts";

export function reportForm(route: Route, here: string, go: (route: Route) => void): HTMLElement {
  const { kind, last = "24h", series = "", from = "", to = "" } = route.asked;
  let { tz = "" } = route.asked;
  const span = from === "" ? last : "between";
  const select = (name: string, options: readonly (readonly [string, string])[], chosen: string) =>
    el("select", { name }, ...options.map(([value, text]) => el("option", { value, selected: value === chosen }, text)));
  const reports = Object.entries(REPORTS).map(([name, { title }]) => [name, title] as const);
  const kinds = select("kind", reports, reportKind(kind));
  const spans = select("last", Object.entries(span in SPANS ? SPANS : { ...SPANS, [span]: span }), span);
  const pattern = el("input", {
    name: "series",
    value: series,
    placeholder: "all, or greenhouse-*/air/temperature",
    autocomplete: "off",
    spellcheck: "false",
  });
  const first = el("input", { name: "from", type: "date", value: from.slice(0, 10) });
  const end = el("input", { name: "to", type: "date", value: to.slice(0, 10) });
  const between = el("div", { class: "tools" }, field("From", first), field("To, exclusive", end));
  const form = el(
    "form",
    { class: "tools", "aria-label": "What to report" },
    ...[field("Report", kinds), field("Time", spans), between, field("Series", pattern)],
    zoneField(tz, here, (zone) => {
      tz = zone;
    }),
    el("button", { type: "submit", class: "primary" }, "Show"),
  );
  const showDates = () => {
    between.hidden = spans.value !== "between";
    first.required = spans.value === "between";
  };
  showDates();
  spans.addEventListener("change", showDates);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const time = spans.value === "between" ? { from: first.value, to: end.value } : { last: spans.value };
    go({ ...route, asked: { kind: kinds.value, ...time, series: pattern.value.trim(), tz } });
  });
  return form;
}
