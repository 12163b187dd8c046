/**
 * hours-chart: hours of one series as a band with its average, and below it how much of each hour is known and how
 * many readings that is. One pointer for all three.
 *
 * By keyboard: left and right go from hour to hour, Home and End to the first and last, Enter opens its raw readings.
 * Who does not see the chart has the table below it, with the same numbers.
 */
import type uPlot from "uplot";
import type { ClockFace } from "./clock-face.ts";
import { el } from "./element.ts";
import { paintBand, paintBars } from "./hour-paint.ts";
import type { Hour, Hours } from "./hours.ts";
import { heightOf, plot } from "./plot.ts";
import { counted, withUnit } from "./words.ts";

export interface HoursChartOptions {
  readonly hours: Hours;
  readonly face: ClockFace;
  readonly onPick: (hour: Hour) => void;
}

const HINT = "Choose an hour, by pointer or arrow keys, to see its raw readings.";

/** Draws itself into `frame`, which is in the page already. */
export function hoursChart(frame: HTMLElement, { hours: { hours, unit, zone }, face, onPick }: HoursChartOptions, signal: AbortSignal) {
  const readout = el("p", { class: "readout", role: "status" }, HINT);
  const stage = el("div", { class: "stage", tabindex: "0", role: "application", "aria-label": `Hours as a chart. ${HINT}` });
  frame.append(readout, stage);
  const nulls = hours.map(() => null);
  const middles = hours.map(({ from, to }) => (from + to) / 2_000);
  const [first, last] = [(hours[0]?.from ?? 0) / 1_000, (hours.at(-1)?.to ?? 1) / 1_000];
  let pointed: number | undefined;
  const onPoint = (index: number | undefined) => {
    pointed = index;
    const hour = index === undefined ? undefined : hours[index];
    readout.textContent = hour === undefined ? HINT : describe(hour, unit, face);
  };
  const pick = (index: number | undefined) => {
    const hour = index === undefined ? undefined : hours[index];
    if (hour !== undefined) onPick(hour);
  };
  const row = (title: string, height: number, columns: readonly (number | null)[][], more: Partial<Parameters<typeof plot>[0]>) => {
    const box = el("div", { class: "plot" }, el("h3", {}, title));
    stage.append(box);
    const chart = plot(
      {
        ...{ frame: box, zone, height, onPoint, together: "hours" },
        data: [middles, ...columns],
        series: columns.map(() => ({ paths: () => null, points: { show: false } })),
        xRange: [first, last],
        ...more,
      },
      signal,
    );
    // Not the hour under the pointer as `onPoint` told it: a touch clicks before the pointer has moved.
    chart.over.addEventListener("click", ({ clientX }) => pick(chart.posToIdx(clientX - chart.over.getBoundingClientRect().left)));
    return chart;
  };
  const columns = [hours.map(({ min }) => min), hours.map(({ max }) => max), hours.map(({ avg }) => avg)];
  const main = row(`min – avg – max${unit === "" ? "" : `, ${unit}`}`, heightOf(0.33, 240), columns, { paint: paintBand(hours) });
  const strip = (title: string, most: number, paint: (chart: uPlot) => void) =>
    row(title, heightOf(0.09, 72), [nulls], { paint, yRange: [0, most], hasTimeAxis: false });
  if (hours.some(({ coverage_percent }) => coverage_percent !== null)) {
    strip(
      "coverage, %",
      100,
      paintBars(hours, ({ coverage_percent }) => coverage_percent ?? 0),
    );
  }
  const most = Math.max(1, ...hours.map(({ count }) => count));
  const isRefused = ({ quarantined }: Hour) => quarantined > 0;
  strip(
    "readings",
    most * 1.1,
    paintBars(hours, ({ count }) => count, isRefused),
  );
  stage.addEventListener("keydown", (event) => {
    if (event.key === "Enter") return pick(pointed);
    const next = nextIndex(event.key, pointed, hours.length);
    if (next === undefined) return;
    event.preventDefault();
    pointTo(main, next);
  });
}

function nextIndex(key: string, at: number | undefined, count: number): number | undefined {
  const last = count - 1;
  if (key === "Home") return 0;
  if (key === "End") return last;
  if (key === "ArrowLeft") return Math.max(0, (at ?? count) - 1);
  return key === "ArrowRight" ? Math.min(last, (at ?? last - 1) + 1) : undefined;
}

function pointTo(chart: uPlot, index: number): void {
  chart.setCursor({ left: chart.valToPos(chart.data[0][index] ?? 0, "x"), top: chart.over.clientHeight / 2 });
}

function describe({ from, min, avg, max, count, coverage_percent, notes }: Hour, unit: string, face: ClockFace): string {
  const values = count === 0 ? "nothing measured" : `min ${withUnit(min, unit)}, avg ${withUnit(avg, unit)}, max ${withUnit(max, unit)}`;
  const known = coverage_percent === null ? "" : `, ${coverage_percent.toFixed(1)} % known`;
  return `${face.minute(from)}: ${values}; ${counted(count, "reading")}${known}${notes === "" ? "" : ` (${notes})`}`;
}
