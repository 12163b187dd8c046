/**
 * hour-paint: how hours look: the band from minimum to maximum with the average as a line across it, and bars.
 *
 * Each hour is as wide as it is long, so a half hour of a clock change is half as wide, and a missing one is a hole.
 */
import type uPlot from "uplot";
import type { Hour } from "./hours.ts";
import { colour } from "./plot.ts";

/** Device pixels of a thing that would be too thin to see. */
const THINNEST = 2;

export function paintBand(hours: readonly Hour[]): (chart: uPlot) => void {
  return (chart) => {
    const { ctx } = chart;
    const wide = 2 * devicePixelRatio;
    for (const { from, to, min, avg, max } of hours) {
      const [left, right] = edges(chart, from, to);
      if (min !== null && max !== null) {
        const [top, bottom] = [chart.valToPos(max, "y", true), chart.valToPos(min, "y", true)];
        ctx.fillStyle = colour("band");
        ctx.fillRect(left, Math.min(top, bottom - THINNEST), right - left, Math.max(bottom - top, THINNEST));
      }
      if (avg !== null) {
        ctx.fillStyle = colour("accent");
        ctx.fillRect(left, chart.valToPos(avg, "y", true) - wide / 2, right - left, wide);
      }
    }
  };
}

/** @param isMarked hours with a mark above their bar. */
export function paintBars(hours: readonly Hour[], heightOf: (hour: Hour) => number, isMarked: (hour: Hour) => boolean = () => false) {
  return (chart: uPlot): void => {
    const { ctx } = chart;
    const floor = chart.valToPos(0, "y", true);
    for (const hour of hours) {
      const [left, right] = edges(chart, hour.from, hour.to);
      ctx.fillStyle = colour("bar");
      const top = chart.valToPos(heightOf(hour), "y", true);
      ctx.fillRect(left, top, right - left, floor - top);
      if (!isMarked(hour)) continue;
      ctx.fillStyle = colour("bad");
      ctx.fillRect(left, chart.bbox.top, Math.max(right - left, THINNEST), 3 * devicePixelRatio);
    }
  };
}

/** Left and right in device pixels, with a hair between neighbours where there is room for one. */
function edges(chart: uPlot, from: number, to: number): readonly [left: number, right: number] {
  const left = chart.valToPos(from / 1_000, "x", true);
  const right = chart.valToPos(to / 1_000, "x", true);
  const gap = right - left > 6 ? devicePixelRatio : 0;
  return [left, Math.max(left + 1, right - gap)];
}
