/**
 * build: open rows into the frames of batches. Pure: rows in, frames out.
 *
 * - Frames of one sensor are joined over the rows, so that one time column serves a whole batch.
 * - A channel that has a value at less than half of the instants gets a frame of its own.
 * - Instants without any value go, and a presence column that is all ones is left out.
 */
import {
  type Frame,
  frameCount,
  LIMITS,
  type SampleColumn,
  type SampleFrame,
  type SummaryFrame,
  summaryColumns,
} from "../../protocol/index.ts";

/** One channel of a frame under construction: a place for every instant, filled where there is a value. */
interface Lane {
  readonly series: number;
  readonly values: Float64Array;
  readonly quality: Uint8Array;
  /** 1 where there is a value. */
  readonly present: Uint8Array;
  count: number;
}

/** Joins sample frames of one sensor, in order; their instants are final. */
export function joinSamples(frames: readonly SampleFrame[]): SampleFrame[] {
  const at = new Float64Array(frames.reduce((sum, frame) => sum + frame.at.length, 0));
  const lanes = new Map<number, Lane>();
  let start = 0;
  for (const frame of frames) {
    at.set(frame.at, start);
    for (const column of frame.columns) fillLane(laneOf(lanes, column.series, at.length), column, start, frame.at.length);
    start += frame.at.length;
  }
  const ordered = [...lanes.values()].sort((a, b) => a.series - b.series);
  const dense = ordered.filter(({ count }) => count * 2 >= at.length);
  const sparse = ordered.filter(({ count }) => count * 2 < at.length);
  return [...nearGroups(dense), ...sparse.map((lane) => [lane])].map((group) => toFrame(at, group));
}

/** Joins summary frames of one series, in order. */
export function joinSummaries(frames: readonly SummaryFrame[]): SummaryFrame {
  const [first] = frames;
  if (first === undefined || frames.length === 1) return first as SummaryFrame;
  const doubtful = frames.some((frame) => frame.quality !== undefined);
  return {
    form: "summaries",
    series: first.series,
    ...summaryColumns((name) => Float64Array.from(frames.flatMap((frame) => [...frame[name]]))),
    quality: doubtful ? Uint8Array.from(frames.flatMap((f) => [...(f.quality ?? new Uint8Array(f.at.length))])) : undefined,
  };
}

/** Cuts frames into groups of at most `most` readings each, in order; a frame may be cut between two instants. */
export function cutIntoBatches(frames: readonly Frame[], most: number): Frame[][] {
  const batches: Frame[][] = [];
  let current: Frame[] = [];
  let room = most;
  const queue = [...frames];
  while (queue.length > 0) {
    const frame = queue.shift() as Frame;
    const count = frameCount(frame);
    if (count <= room) {
      current.push(frame);
      room -= count;
      continue;
    }
    const [head, tail] = cutFrame(frame, room);
    if (head !== undefined) current.push(head);
    if (current.length > 0) batches.push(current);
    if (tail !== undefined) queue.unshift(tail);
    current = [];
    room = most;
  }
  if (current.length > 0) batches.push(current);
  return batches;
}

/** The instants of a frame that hold at most `room` readings, and the rest. */
export function cutFrame(frame: Frame, room: number): [Frame | undefined, Frame | undefined] {
  if (frame.form === "summaries") return [sliceSummaries(frame, 0, room), sliceSummaries(frame, room, frame.at.length)];
  let instants = 0;
  let readings = 0;
  while (instants < frame.at.length) {
    const here = frame.columns.reduce((sum, column) => sum + (column.present?.[instants] ?? 1), 0);
    if (readings + here > room) break;
    readings += here;
    instants += 1;
  }
  return [sliceSamples(frame, 0, instants), sliceSamples(frame, instants, frame.at.length)];
}

function sliceSummaries(frame: SummaryFrame, from: number, to: number): SummaryFrame | undefined {
  if (from >= Math.min(to, frame.at.length)) return undefined;
  const part = Object.fromEntries(
    Object.entries(frame).map(([key, column]) => [key, typeof column === "object" ? column.slice(from, to) : column]),
  );
  return part as unknown as SummaryFrame;
}

function sliceSamples(frame: SampleFrame, from: number, to: number): SampleFrame | undefined {
  if (from >= to) return undefined;
  const columns = frame.columns.map((column): SampleColumn => {
    const before = countPresent(column, from);
    const count = countPresent(column, to) - before;
    const values = column.values.slice(before, before + count);
    return {
      series: column.series,
      present: column.present?.slice(from, to),
      values,
      quality: column.quality?.slice(before, before + count),
    };
  });
  return { form: "samples", at: frame.at.slice(from, to), columns: columns.filter((column) => column.values.length > 0) };
}

function countPresent({ present }: SampleColumn, instants: number): number {
  if (present === undefined) return instants;
  let count = 0;
  for (let i = 0; i < instants; i++) count += present[i] ?? 0;
  return count;
}

function laneOf(lanes: Map<number, Lane>, series: number, instants: number): Lane {
  const known = lanes.get(series);
  if (known !== undefined) return known;
  const lane = {
    series,
    values: new Float64Array(instants),
    quality: new Uint8Array(instants),
    present: new Uint8Array(instants),
    count: 0,
  };
  lanes.set(series, lane);
  return lane;
}

function fillLane(lane: Lane, { present, values, quality }: SampleColumn, start: number, instants: number): void {
  let next = 0;
  for (let i = 0; i < instants; i++) {
    if (present !== undefined && present[i] === 0) continue;
    lane.present[start + i] = 1;
    lane.values[start + i] = values[next] as number;
    if (quality !== undefined) lane.quality[start + i] = quality[next] as number;
    next += 1;
  }
  lane.count += next;
}

function nearGroups(lanes: readonly Lane[]): Lane[][] {
  const groups: Lane[][] = [];
  for (const lane of lanes) {
    const group = groups.at(-1);
    if (group?.[0] !== undefined && lane.series - group[0].series < LIMITS.channelsPerFrame) group.push(lane);
    else groups.push([lane]);
  }
  return groups;
}

function toFrame(at: Float64Array, lanes: readonly Lane[]): SampleFrame {
  const kept = lanes.some(({ count }) => count === at.length) ? undefined : unionOf(lanes);
  const columns = lanes.map(({ series, values, quality, present, count }): SampleColumn => {
    const here = where(present, kept);
    const codes = where(quality, present);
    return {
      series,
      present: count === here.length ? undefined : here,
      values: where(values, present),
      quality: codes.some((code) => code > 0) ? codes : undefined,
    };
  });
  return { form: "samples", at: where(at, kept), columns };
}

/** 1 where any of the lanes has a value. */
function unionOf(lanes: readonly Lane[]): Uint8Array {
  const union = new Uint8Array(lanes[0]?.present.length ?? 0);
  for (const { present } of lanes) for (let i = 0; i < union.length; i++) union[i] = (union[i] as number) | (present[i] as number);
  return union;
}

/** What stands where the mask is 1; no mask = everything. */
function where<Column extends Float64Array | Uint8Array>(column: Column, mask: Uint8Array | undefined): Column {
  return mask === undefined ? column : (column.filter((_, index) => mask[index] === 1) as Column);
}
