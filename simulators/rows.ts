/**
 * rows: what comes of a made-up sensor as text, one line an arrival, in pieces of up to a thousand instants.
 *
 * A channel that says nothing is an empty field of CSV, and not there in NDJSON. With the truth beside, a row also
 * tells when it was really measured, what was true, and the faults it has, so that a filter can be judged by it.
 */
import { type EpochMicros, epochMicros, isoInstant, type Micros } from "../protocol/index.ts";
import type { FaultySensor, Telling } from "./faults/index.ts";

export const FORMATS = ["csv", "ndjson"] as const;
export type Format = (typeof FORMATS)[number];

export interface Stretch {
  /** Inclusive. */
  readonly from: EpochMicros;
  readonly for: Micros;
  readonly every: Micros;
}

/** What has been written so far. */
export interface Tally {
  rows: number;
  readings: number;
  /** Rows by fault. */
  readonly faults: Map<string, number>;
}

const PIECE_INSTANTS = 1_000;

/** Instants of a stretch: one at `from`, then one each `every`, before its end. */
export function instantCount({ for: span, every }: Stretch): number {
  return Math.ceil(span / every);
}

export class RowWriter {
  readonly tally: Tally = { rows: 0, readings: 0, faults: new Map() };
  readonly #format: Format;
  readonly #sensor: FaultySensor;
  readonly #truth: boolean;
  readonly #channels: readonly string[];

  constructor(format: Format, sensor: FaultySensor, { truth }: { readonly truth: boolean }) {
    this.#format = format;
    this.#sensor = sensor;
    this.#truth = truth;
    this.#channels = sensor.sensor.profile.channels.map(({ name }) => name);
  }

  header(): string {
    if (this.#format === "ndjson") return "";
    const names = ["at", ...this.#channels];
    return `${[...names, ...(this.#truth ? [...names.map((name) => `true_${name}`), "faults"] : [])].join(",")}\n`;
  }

  /** What comes at the instants `first` to `last` (exclusive) of a stretch. */
  rows({ from, every }: Stretch, first: number, last: number): string {
    let text = "";
    for (let index = first; index < last; index++) {
      for (const telling of this.#sensor.arrivalsAt(epochMicros(from + index * every))) text += this.#row(telling);
    }
    return text;
  }

  #row(telling: Telling): string {
    this.tally.rows++;
    this.tally.readings += Object.keys(telling.values).length;
    for (const name of new Set(telling.faults.map(faultOf))) this.tally.faults.set(name, (this.tally.faults.get(name) ?? 0) + 1);
    return this.#format === "csv" ? this.#csv(telling) : this.#ndjson(telling);
  }

  #csv({ at, values, trueAt, truth, faults }: Telling): string {
    const told = `${isoInstant(at)},${this.#fields(values)}`;
    return this.#truth ? `${told},${isoInstant(trueAt)},${this.#fields(truth)},${faults.join(" ")}\n` : `${told}\n`;
  }

  #fields(values: Readonly<Record<string, number>>): string {
    return this.#channels.map((name) => values[name] ?? "").join(",");
  }

  #ndjson({ at, values, trueAt, truth, faults }: Telling): string {
    const told = { at: isoInstant(at), ...values };
    return `${JSON.stringify(this.#truth ? { ...told, truth: { at: isoInstant(trueAt), ...truth }, faults } : told)}\n`;
  }
}

/** The first instant after a piece that begins at `first`. */
export function pieceEnd(stretch: Stretch, first: number): number {
  return Math.min(first + PIECE_INSTANTS, instantCount(stretch));
}

/** `spike` of `spike:temperature`. */
function faultOf(label: string): string {
  return label.replace(/:.*$/, "");
}
