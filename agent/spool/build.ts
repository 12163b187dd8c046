/**
 * build: open rows into the frames of batches. Pure: rows in, frames out.
 *
 * - Frames of one sensor are joined over the rows, so that one time column serves a whole batch.
 * - A channel that has a value at less than half of the instants gets a frame of its own.
 * - Instants without any value go, and a presence column that is all ones is left out.
 */
import { type Frame, frameCount, LIMITS, type SampleColumn, type SampleFrame, type SummaryFrame } from "../../protocol/index.ts";

/** One channel of a frame under construction: a value or nothing per instant. */
interface Lane {
  readonly series: number;
  readonly values: (number | undefined)[];
  readonly quality: number[];
}

/** Joins sample frames of one sensor, in order; their instants are final. */
export function joinSamples(frames: readonly SampleFrame[]): SampleFrame[] {
  const at: number[] = [];
  const lanes = new Map<number, Lane>();
  for (const frame of frames) {
    const start = at.length;
    for (const instant of frame.at) at.push(instant);
    for (const column of frame.columns) fillLane(laneOf(lanes, column.series), column, start, frame.at.length);
  }
  const ordered = [...lanes.values()].sort((a, b) => a.series - b.series);
  const dense = ordered.filter((lane) => countOf(lane) * 2 >= at.length);
  const sparse = ordered.filter((lane) => countOf(lane) * 2 < at.length);
  return [...nearGroups(dense), ...sparse.map((lane) => [lane])].map((group) => toFrame(at, group));
}

/** Joins summary frames of one series, in order. */
export function joinSummaries(frames: readonly SummaryFrame[]): SummaryFrame {
  const [first] = frames;
  if (first === undefined || frames.length === 1) return first as SummaryFrame;
  const join = (pick: (frame: SummaryFrame) => Float64Array) => Float64Array.from(frames.flatMap((frame) => [...pick(frame)]));
  const doubtful = frames.some((frame) => frame.quality !== undefined);
  return {
    form: "summaries",
    series: first.series,
    at: join((f) => f.at),
    n: join((f) => f.n),
    min: join((f) => f.min),
    max: join((f) => f.max),
    sum: join((f) => f.sum),
    first: join((f) => f.first),
    last: join((f) => f.last),
    lastAt: join((f) => f.lastAt),
    covered: join((f) => f.covered),
    weightedSum: join((f) => f.weightedSum),
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

function laneOf(lanes: Map<number, Lane>, series: number): Lane {
  const known = lanes.get(series);
  if (known !== undefined) return known;
  const lane: Lane = { series, values: [], quality: [] };
  lanes.set(series, lane);
  return lane;
}

function fillLane(lane: Lane, column: SampleColumn, start: number, instants: number): void {
  while (lane.values.length < start) {
    lane.values.push(undefined);
    lane.quality.push(0);
  }
  let next = 0;
  for (let i = 0; i < instants; i++) {
    const present = (column.present?.[i] ?? 1) === 1;
    lane.values.push(present ? column.values[next] : undefined);
    lane.quality.push(present ? (column.quality?.[next] ?? 0) : 0);
    if (present) next += 1;
  }
}

function countOf(lane: Lane): number {
  return lane.values.reduce<number>((count, value) => count + (value === undefined ? 0 : 1), 0);
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

function toFrame(at: readonly number[], lanes: readonly Lane[]): SampleFrame {
  const kept = at.map((_, index) => index).filter((index) => lanes.some((lane) => lane.values[index] !== undefined));
  const columns = lanes.map((lane): SampleColumn => {
    const present = Uint8Array.from(kept, (index) => (lane.values[index] === undefined ? 0 : 1));
    const there = kept.filter((index) => lane.values[index] !== undefined);
    const quality = Uint8Array.from(there, (index) => lane.quality[index] ?? 0);
    return {
      series: lane.series,
      present: present.includes(0) ? present : undefined,
      values: Float64Array.from(there, (index) => lane.values[index] ?? 0),
      quality: quality.some((code) => code > 0) ? quality : undefined,
    };
  });
  return { form: "samples", at: Float64Array.from(kept, (index) => at[index] ?? 0), columns };
}
