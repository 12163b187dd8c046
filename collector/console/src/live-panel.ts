/**
 * live-panel: the newest readings of a series while they come in: the last value, and what came in
 * the ten minutes before.
 */
import type { Sample, SeriesInfo } from "./answers.ts";
import { api } from "./api.ts";
import type { ClockFace } from "./clock-face.ts";
import { el } from "./element.ts";
import { isoOf, msOf } from "./instant.ts";
import { liveTail } from "./live-tail.ts";
import type { Machine } from "./machine.ts";
import { sampleChart } from "./sample-chart.ts";
import { withUnit } from "./words.ts";

const SHOWN_MS = 600_000;
/** Readings on the screen. */
const MOST = 2_000;

export interface LivePanelOptions {
  readonly machine: Machine;
  readonly id: string;
  readonly series: SeriesInfo | undefined;
  readonly face: ClockFace;
  /** As a person reads it. */
  readonly unit: string;
}

/** Goes on until the signal is aborted. @throws Problem */
export async function livePanel(frame: HTMLElement, options: LivePanelOptions, signal: AbortSignal): Promise<void> {
  const { machine, id, series, face } = options;
  const box = el("div", { class: "plot", role: "img", "aria-label": "The newest readings over time" });
  const [value, when, missed] = [el("p", { class: "big" }, "…"), el("p", {}, "Waiting for the next reading."), el("p", { class: "quiet" })];
  const line = el("p", { class: "quiet", role: "status" });
  frame.replaceChildren(el("section", { class: "live", "aria-label": "Live" }, value, when, line, missed, box));
  const chart = sampleChart(box, { zone: face.zone, series, span: undefined }, signal);
  let newest: readonly Sample[] = [];
  let lost = 0;

  function add(readings: readonly Sample[]): void {
    newest = newestOf([...newest, ...readings]);
    const last = newest.at(-1);
    if (last === undefined) return;
    value.textContent = withUnit(last.value, options.unit);
    when.textContent = `${face.moment(msOf(last.at))}${last.quality === "good" ? "" : `, ${last.quality}`}`;
    chart.show(newest);
  }

  add(await api.samples({ series: id, from: isoOf(machine.now() - SHOWN_MS) }, signal));
  for await (const events of liveTail(id, () => machine.pause(1_000, signal), signal)) {
    add(events.flatMap((event) => ("reading" in event ? [event.reading] : [])));
    for (const event of events) {
      if ("isUp" in event) line.textContent = event.isUp ? "" : "The line broke; trying to reach the collector again.";
      if (!("missed" in event)) continue;
      lost += event.missed ?? 0;
      missed.textContent = event.missed === null ? "Some readings were not shown." : `${lost} readings came too fast to be shown.`;
    }
  }
}

/** Ascending, each once, though it came with the list and live. */
function newestOf(readings: readonly Sample[]): readonly Sample[] {
  const byInstant = new Map(readings.map((reading) => [`${reading.at} ${reading.kind}`, reading]));
  return [...byInstant.values()].sort((a, b) => msOf(a.at) - msOf(b.at)).slice(-MOST);
}
