/**
 * rows: the readings of a made-up sensor as text, one line an instant, in pieces of up to a thousand lines.
 */
import { type EpochMicros, epochMicros, isoInstant, type Micros } from "../protocol/index.ts";
import type { SimulatedSensor } from "./waveforms/index.ts";

export const FORMATS = ["csv", "ndjson"] as const;
export type Format = (typeof FORMATS)[number];

export interface Stretch {
  /** Inclusive. */
  readonly from: EpochMicros;
  readonly for: Micros;
  readonly every: Micros;
}

const PIECE_ROWS = 1_000;

/** Rows of a stretch: one at `from`, then one each `every`, before its end. */
export function rowCount({ for: span, every }: Stretch): number {
  return Math.ceil(span / every);
}

export function header(format: Format, sensor: SimulatedSensor): string {
  return format === "ndjson" ? "" : `${["at", ...sensor.profile.channels.map(({ name }) => name)].join(",")}\n`;
}

/** Rows `first` to `last` (exclusive) of a stretch. */
export function rows(format: Format, sensor: SimulatedSensor, { from, every }: Stretch, first: number, last: number): string {
  const line = format === "csv" ? csvLine : ndjsonLine;
  let text = "";
  for (let index = first; index < last; index++) {
    const at = epochMicros(from + index * every);
    text += line(isoInstant(at), sensor.valuesAt(at));
  }
  return text;
}

/** The first row after a piece that begins at `first`. */
export function pieceEnd(stretch: Stretch, first: number): number {
  return Math.min(first + PIECE_ROWS, rowCount(stretch));
}

function csvLine(at: string, values: Readonly<Record<string, number>>): string {
  return `${at},${Object.values(values).join(",")}\n`;
}

function ndjsonLine(at: string, values: Readonly<Record<string, number>>): string {
  return `${JSON.stringify({ at, ...values })}\n`;
}
