/**
 * sample-chart: raw readings over time. Good ones in a line, suspect and bad ones as marks of their own.
 *
 * A value that is sent on change holds until the next, so its line goes in steps; a periodic one is a line that breaks
 * where more than two readings are missing. A window that the device summarised stands at its first instant with its
 * mean, and its span from minimum to maximum as a bar.
 */
import uPlot from "uplot";
import type { Sample, SeriesInfo } from "./answers.ts";
import { msOf } from "./instant.ts";
import { colour, heightOf, plot } from "./plot.ts";

export interface SampleChartOptions {
  readonly zone: string;
  readonly series: Pick<SeriesInfo, "sampling" | "period_seconds"> | undefined;
  /** In ms; undefined = up to the newest reading, a minute at least. */
  readonly span: { readonly from: number; readonly to: number } | undefined;
}

export interface SampleChart {
  /** @param samples ascending. */
  show(samples: readonly Sample[]): void;
}

const BREAK_AFTER_PERIODS = 2.5;

export function sampleChart(frame: HTMLElement, options: SampleChartOptions, signal: AbortSignal): SampleChart {
  const { zone, series, span } = options;
  const isStepped = series?.sampling === "on_change";
  let shown: readonly Sample[] = [];
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const line: uPlot.Series = {
    stroke: () => colour("accent"),
    width: 1.5,
    points: { size: 4, fill: () => colour("accent"), stroke: () => colour("accent") },
    ...(isStepped && stepped !== undefined ? { paths: stepped } : {}),
  };
  const chart = plot(
    {
      ...{ frame, zone, height: heightOf(0.33, 240) },
      data: [[], [], [], [], [], []],
      series: [line, marks("warn"), marks("bad"), UNSEEN, UNSEEN],
      xRange: span === undefined ? lastMinute : [span.from / 1_000, span.to / 1_000],
      paint: (self) => paintSpans(self, shown),
    },
    signal,
  );
  return {
    show(samples) {
      shown = samples;
      chart.setData(columnsOf(samples, isStepped ? Number.POSITIVE_INFINITY : (series?.period_seconds ?? 0) * BREAK_AFTER_PERIODS));
    },
  };
}

function lastMinute(_: uPlot, first: number | null, last: number | null): uPlot.Range.MinMax {
  return first === null || last === null ? [0, 60] : [Math.min(first, last - 60), last];
}

/** There for the scale alone. */
const UNSEEN: uPlot.Series = { paths: () => null, points: { show: false } };

function marks(name: string): uPlot.Series {
  return { paths: () => null, points: { show: true, size: 8, fill: () => colour(name), stroke: () => colour(name) } };
}

/** Columns: seconds, good, suspect, bad, and the spans of summaries, which are there for the scale. A hole is a row without a value. */
function columnsOf(samples: readonly Sample[], breakAfter: number): uPlot.AlignedData {
  const columns: [number[], ...(number | null)[][]] = [[], [], [], [], [], []];
  const add = (...row: [number, ...(number | null)[]]) => {
    for (const [index, cell] of row.entries()) columns[index]?.push(cell as number);
  };
  let before = Number.POSITIVE_INFINITY;
  for (const { at, value, quality, kind, min, max } of samples) {
    const seconds = msOf(at) / 1_000;
    if (kind === "sample" && breakAfter > 0 && seconds - before > breakAfter) add((seconds + before) / 2, null, null, null, null, null);
    before = seconds;
    const of = (wanted: Sample["quality"]) => (quality === wanted ? value : null);
    add(seconds, of("good"), of("suspect"), of("bad"), ...(kind === "summary" ? [min, max] : [null, null]));
  }
  return columns;
}

function paintSpans(chart: uPlot, samples: readonly Sample[]): void {
  const width = 4 * devicePixelRatio;
  chart.ctx.fillStyle = colour("band");
  for (const { kind, at, min, max } of samples) {
    if (kind !== "summary") continue;
    const x = chart.valToPos(msOf(at) / 1_000, "x", true);
    const top = chart.valToPos(max, "y", true);
    chart.ctx.fillRect(x - width / 2, top, width, Math.max(2, chart.valToPos(min, "y", true) - top));
  }
}
