/**
 * open-row: one row of the journal as bytes, and back.
 *
 * Frames go through the same column codec as batches; what the columns do not say (sensor, stamp, kind)
 * stands beside them as JSON. A row carries a checksum over all it says, its clock and counters included: SQLite
 * has none, and one flipped bit must become a counted loss, never a wrong instant.
 */
import {
  ByteReader,
  decodeFrame,
  encodeFrame,
  type Frame,
  frameCount,
  isFault,
  LIMITS,
  pack,
  type SampleFrame,
  type Summary,
  type SummaryFrame,
  sha256Prefix,
  summaryColumns,
  unpack,
} from "../../protocol/index.ts";
import type { Commit, OpenFrame, Stamp } from "./journal.ts";

/** A frame of the journal: samples still to be stamped, or anything whose instants are final. */
export interface OpenPart {
  /** Index of the sensor in the plan under which it was taken. */
  readonly sensor: number;
  readonly stamp: Stamp;
  readonly frame: Frame;
}

/** More instants than this in one frame would not decode again under the limits of a row. */
const LARGEST_FRAME = 100_000;

/** A row as it stands in the table. */
export interface OpenRow {
  readonly boot: string;
  /** Row of the catalog table. */
  readonly catalog: number;
  readonly offset: number | null;
  readonly count: number;
  readonly check: string;
  /** SamplerState, JSON. */
  readonly state: string;
  readonly body: Uint8Array;
}

export function encodeOpenRow(commit: Commit, under: Pick<OpenRow, "boot" | "catalog" | "offset">): OpenRow {
  const parts = [...commit.frames.flatMap(fromOpenFrame), ...fromSummaries(commit.summaries)];
  const about = Buffer.from(JSON.stringify(parts.map(({ sensor, stamp }) => [sensor, stamp])));
  const body = pack([about, ...parts.map((part) => encodeFrame(part.frame))]);
  const count = parts.reduce((sum, part) => sum + frameCount(part.frame), 0);
  const row = { ...under, count, state: JSON.stringify(commit.state), body };
  return { ...row, check: checkOf(row) };
}

/** Does the row say what was written? */
export function isSound(row: OpenRow): boolean {
  return row.body instanceof Uint8Array && row.check === checkOf(row);
}

function checkOf({ boot, catalog, offset, count, state, body }: Omit<OpenRow, "check">): string {
  return sha256Prefix(Buffer.from(JSON.stringify([boot, catalog, offset, count, state])), body);
}

/** The parts of a row, or undefined where it is damaged. */
export function decodeOpenRow(row: OpenRow): readonly OpenPart[] | undefined {
  if (!isSound(row)) return undefined;
  try {
    const [about, ...frames] = unpack(row.body) as Uint8Array[];
    const kinds = JSON.parse(Buffer.from(about ?? []).toString()) as [number, Stamp][];
    return kinds.map(([sensor, stamp], index) => ({
      sensor,
      stamp,
      frame: decodeFrame(new ByteReader(frames[index] ?? new Uint8Array()), LARGEST_FRAME),
    }));
  } catch (error) {
    // It passes its checksum and does not decode: a later version wrote it. The caller counts it as damaged.
    if (isFault(error)) return undefined;
    throw error;
  }
}

function fromOpenFrame({ sensor, stamp, at, columns }: OpenFrame): OpenPart[] {
  const used = columns.filter((column) => column.values.length > 0);
  return groupNear(used).map((group) => {
    const frame: SampleFrame = {
      form: "samples",
      at,
      columns: group.map(({ series, present, values, quality }) => ({
        series,
        present: present.every((bit) => bit === 1) ? undefined : present,
        values,
        quality: quality.every((code) => code === 0) ? undefined : quality,
      })),
    };
    return { sensor, stamp, frame };
  });
}

/** A frame's channels lie within one mask of each other. */
function groupNear<T extends { readonly series: number }>(columns: readonly T[]): T[][] {
  const groups: T[][] = [];
  for (const column of columns) {
    const group = groups.at(-1);
    if (group?.[0] !== undefined && column.series - group[0].series < LIMITS.channelsPerFrame) group.push(column);
    else groups.push([column]);
  }
  return groups;
}

function fromSummaries(summaries: Commit["summaries"]): OpenPart[] {
  const bySeries = Map.groupBy(summaries, (entry) => entry.series);
  return [...bySeries].map(([series, entries]) => ({
    sensor: 0,
    stamp: "device",
    frame: summaryFrame(
      series,
      entries.map((entry) => entry.summary),
    ),
  }));
}

/** Summaries of one series as columns. */
export function summaryFrame(series: number, summaries: readonly Summary[]): SummaryFrame {
  const quality = Uint8Array.from(summaries, (summary) => (summary.quality === "suspect" ? 1 : 0));
  return {
    form: "summaries",
    series,
    ...summaryColumns((name) => Float64Array.from(summaries, (summary) => summary[name])),
    quality: quality.some((code) => code > 0) ? quality : undefined,
  };
}
