/**
 * plot: a uPlot chart in the page's own colours and fonts, as wide as its frame, on the local clock of a zone.
 *
 * Colours are the style sheet's custom properties, asked for at every drawing: light and dark follow the device.
 */
import uPlot from "uplot";
import { dateAt } from "./instant.ts";

export interface PlotOptions {
  readonly frame: HTMLElement;
  readonly zone: string;
  readonly height: number;
  /** First column: seconds since the Unix epoch. */
  readonly data: uPlot.AlignedData;
  /** Of the columns behind the first. */
  readonly series: readonly uPlot.Series[];
  readonly yRange?: uPlot.Scale.Range;
  readonly xRange?: uPlot.Scale.Range;
  readonly hasTimeAxis?: boolean;
  /** Draws under what the series draw, inside the plotting area. */
  readonly paint?: (plot: uPlot) => void;
  /** The row under the pointer; undefined where there is none. */
  readonly onPoint?: (index: number | undefined) => void;
  /** Charts with the same key move their pointers together. */
  readonly together?: string;
}

/** Of the screen's height, within bounds: a chart on a phone and one on a wall. */
export function heightOf(share: number, least: number): number {
  return Math.round(Math.max(least, share * innerHeight));
}

/** The chart goes with the signal. */
export function plot(options: PlotOptions, signal: AbortSignal): uPlot {
  const { frame, height, data, paint, onPoint, together } = options;
  const chart = new uPlot(
    {
      width: Math.max(200, frame.clientWidth),
      height,
      series: [{}, ...options.series],
      legend: { show: false },
      padding: [8, 2.5 * letterSize(), 0, 0],
      cursor: {
        drag: { x: false, y: false },
        points: { show: false },
        y: false,
        ...(together === undefined ? {} : { sync: { key: together, setSeries: false } }),
      },
      scales: { x: options.xRange === undefined ? {} : { range: options.xRange }, y: { range: options.yRange ?? roomyRange } },
      tzDate: (seconds) => uPlot.tzDate(dateAt(seconds * 1_000), options.zone),
      axes: [timeAxis(options), valueAxis()],
      hooks: {
        drawAxes: paint === undefined ? [] : [(self) => inside(self, paint)],
        setCursor: onPoint === undefined ? [] : [({ cursor }) => onPoint(cursor.idx ?? undefined)],
      },
    },
    data,
    frame,
  );
  follow(chart, frame, height, signal);
  return chart;
}

/** What a custom property of the style sheet is at this moment. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function follow(chart: uPlot, frame: HTMLElement, height: number, signal: AbortSignal): void {
  const size = new ResizeObserver(() => chart.setSize({ width: Math.max(200, frame.clientWidth), height }));
  size.observe(frame);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart.redraw(), { signal });
  signal.addEventListener("abort", () => {
    size.disconnect();
    chart.destroy();
  });
}

/** A tenth of room above and below; a flat line gets some too. */
function roomyRange(_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax {
  if (low === null || high === null) return [0, 1];
  const room = (high - low) * 0.1 || Math.abs(high) * 0.05 || 1;
  return [low - room, high + room];
}

function inside(chart: uPlot, paint: (chart: uPlot) => void): void {
  const { left, top, width, height } = chart.bbox;
  chart.ctx.save();
  chart.ctx.beginPath();
  chart.ctx.rect(left, top, width, height);
  chart.ctx.clip();
  paint(chart);
  chart.ctx.restore();
}

/** Pixels of an axis label: whole ones, for uPlot reads no others. */
function letterSize(): number {
  return Math.round(0.75 * Number.parseFloat(getComputedStyle(document.documentElement).fontSize));
}

function axisFont(): string {
  return `${letterSize()}px system-ui, sans-serif`;
}

function valueAxis(): uPlot.Axis {
  return { size: 5 * letterSize(), font: axisFont(), stroke: () => colour("muted"), grid: thin(), ticks: { show: false }, space: 32 };
}

function timeAxis({ zone, hasTimeAxis = true }: PlotOptions): uPlot.Axis {
  if (!hasTimeAxis) return { size: 4, values: () => [], grid: thin(), ticks: { show: false }, space: 5.5 * letterSize() };
  const time = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const second = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeStyle: "medium", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric", month: "short" });
  const labels = (_: uPlot, splits: number[], __: number, ___: number, step: number) => {
    let before = "";
    return splits.map((seconds) => {
      const date = day.format(seconds * 1_000);
      const isNew = date !== before;
      before = date;
      if (step >= 86_400) return date;
      return `${(step < 60 ? second : time).format(seconds * 1_000)}${isNew ? `\n${date}` : ""}`;
    });
  };
  return {
    size: Math.round(3.6 * letterSize()),
    font: axisFont(),
    stroke: () => colour("muted"),
    grid: thin(),
    ticks: { show: false },
    values: labels,
    space: 5.5 * letterSize(),
  };
}

function thin(): uPlot.Axis.Grid {
  return { stroke: () => colour("line"), width: 1 };
}
