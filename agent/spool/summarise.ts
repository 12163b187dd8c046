/**
 * summarise: windows made at the seal.
 *
 * `aggregate` needs to know the quarter hour, so without a trusted clock its readings pass by it into the
 * journal. Once they have their final instants, the good and suspect ones become summaries here; bad ones stay
 * samples, as everywhere.
 */
import {
  addToWindow,
  closeWindow,
  epochMicros,
  micros,
  type OpenWindow,
  openWindow,
  QUALITIES,
  type Reading,
  type SampleColumn,
  type SampleFrame,
  type SeriesId,
  type Summary,
  type SummaryFrame,
} from "../../protocol/index.ts";
import { summaryFrame } from "./open-row.ts";
import type { StampGrid } from "./stamp.ts";

export interface Summarised {
  readonly samples: readonly SampleFrame[];
  readonly summaries: readonly SummaryFrame[];
  /** Readings that went into summaries. */
  readonly readings: number;
}

/** @param frames of one sensor, their instants final and in the order of measuring. */
export function summariseFrames(frames: readonly SampleFrame[], grid: StampGrid): Summarised {
  const summaries: SummaryFrame[] = [];
  let readings = 0;
  let samples = frames;
  for (const window of grid.windows ?? []) {
    const taken = samples.flatMap((frame) => readingsOf(frame, window.series));
    if (taken.length === 0) continue;
    readings += taken.length;
    summaries.push(summaryFrame(window.series, toWindows(taken, window.every, window.hold)));
    samples = samples.flatMap((frame) => withoutGood(frame, window.series));
  }
  return { samples, summaries, readings };
}

function toWindows(readings: readonly Reading[], every: number, hold: number): Summary[] {
  const summaries: Summary[] = [];
  let open: OpenWindow | undefined;
  const close = () => {
    if (open !== undefined) summaries.push(closeWindow("" as SeriesId, open, micros(hold)));
    open = undefined;
  };
  for (const reading of readings) {
    if (open !== undefined && (reading.at >= open.end || reading.at < open.lastAt)) close();
    if (open === undefined) open = openWindow(reading, micros(every));
    else addToWindow(open, reading, micros(hold));
  }
  close();
  return summaries;
}

/** The good and suspect readings of one channel. */
function readingsOf(frame: SampleFrame, series: number): Reading[] {
  const column = frame.columns.find((candidate) => candidate.series === series);
  if (column === undefined) return [];
  return entries(column, frame.at).filter((reading) => reading.quality !== "bad");
}

function entries({ present, values, quality }: SampleColumn, at: Float64Array): Reading[] {
  const readings: Reading[] = [];
  let next = 0;
  at.forEach((instant, index) => {
    if ((present?.[index] ?? 1) === 0) return;
    const value = values[next] ?? 0;
    readings.push({ series: "" as SeriesId, at: epochMicros(instant), value, quality: QUALITIES[quality?.[next] ?? 0] ?? "good" });
    next += 1;
  });
  return readings;
}

/** The frame without the good and suspect readings of one channel; nothing where nothing is left. */
function withoutGood(frame: SampleFrame, series: number): SampleFrame[] {
  const columns = frame.columns.flatMap((column) => (column.series === series ? onlyBad(column, frame.at.length) : [column]));
  return columns.length === 0 ? [] : [{ ...frame, columns }];
}

function onlyBad({ series, present, values, quality }: SampleColumn, instants: number): SampleColumn[] {
  const bad = QUALITIES.indexOf("bad");
  const kept = new Uint8Array(instants);
  const keptValues: number[] = [];
  let next = 0;
  for (let index = 0; index < instants; index++) {
    if ((present?.[index] ?? 1) === 0) continue;
    if (quality?.[next] === bad) {
      kept[index] = 1;
      keptValues.push(values[next] ?? 0);
    }
    next += 1;
  }
  if (keptValues.length === 0) return [];
  return [{ series, present: kept, values: Float64Array.from(keptValues), quality: new Uint8Array(keptValues.length).fill(bad) }];
}
