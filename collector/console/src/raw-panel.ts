/**
 * raw-panel: one hour of a series, reading by reading as they are stored.
 */
import type { Sample, SeriesInfo } from "./answers.ts";
import { api, MOST_SAMPLES } from "./api.ts";
import type { ClockFace } from "./clock-face.ts";
import { el } from "./element.ts";
import { emptyState } from "./empty-state.ts";
import { msOf } from "./instant.ts";
import { sampleChart } from "./sample-chart.ts";
import { samplesTable } from "./samples-table.ts";
import { counted, shownCount } from "./words.ts";

export interface RawPanelOptions {
  readonly id: string;
  readonly series: SeriesInfo | undefined;
  readonly face: ClockFace;
  /** As a person reads it. */
  readonly unit: string;
  /** ISO instants. */
  readonly from: string;
  readonly to: string;
  /** Where the hours are. */
  readonly back: string;
}

/** @throws Problem */
export async function rawPanel(frame: HTMLElement, options: RawPanelOptions, signal: AbortSignal): Promise<void> {
  const { id, series, face, unit, from, to, back } = options;
  const samples = await api.samples({ series: id, from, to }, signal);
  const span = { from: msOf(from), to: msOf(to) };
  const title = el("h3", { tabindex: "-1" }, `Raw readings, ${face.minute(span.from)} to ${face.minute(span.to)}`);
  const way = el("p", {}, el("a", { href: back, class: "back" }, "← All hours"));
  if (samples.length === 0) {
    frame.replaceChildren(
      way,
      title,
      emptyState(
        "Nothing in this hour",
        el("p", {}, "No reading of this series is stored with an instant inside it. Choose another hour."),
      ),
    );
    return;
  }
  const cut = samples.length === MOST_SAMPLES ? ` The first ${shownCount(MOST_SAMPLES)} are shown.` : "";
  const box = el("div", { class: "plot", role: "img", "aria-label": "Raw readings over time; the table below has the same" });
  frame.replaceChildren(way, title, el("p", { class: "readout" }, `${wordsOf(samples)}.${cut}`), box, samplesTable(samples, unit, face));
  sampleChart(box, { zone: face.zone, series, span }, signal).show(samples);
  title.focus();
}

function wordsOf(samples: readonly Sample[]): string {
  const summaries = samples.filter(({ kind }) => kind === "summary");
  const inside = summaries.reduce((sum, { n }) => sum + n, 0);
  const single = samples.length - summaries.length;
  const odd = (["suspect", "bad"] as const)
    .map((quality) => ({ quality, count: samples.filter((sample) => sample.quality === quality).length }))
    .filter(({ count }) => count > 0)
    .map(({ quality, count }) => `${shownCount(count)} ${quality}`);
  const kinds = [
    ...(single > 0 ? [counted(single, "reading")] : []),
    ...(summaries.length > 0 ? [`${counted(summaries.length, "summary", "summaries")} of ${counted(inside, "reading")}`] : []),
  ];
  return [...kinds, ...odd].join(", ");
}
