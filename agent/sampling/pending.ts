/**
 * pending: the readings taken since the last commit, as the columns of their frames.
 *
 * There is one frame a sensor and kind of stamp; instants stay in the order in which they were taken. Plain arrays
 * grow, and become typed arrays once, when they are committed.
 */
import { QUALITIES, type Reading, type Summary } from "../../protocol/index.ts";
import type { Commit, OpenColumn, OpenFrame, SamplerState, Stamp } from "../spool/journal.ts";
import type { SensorPlan } from "./plan.ts";

interface Column {
  readonly series: number;
  readonly present: number[];
  readonly values: number[];
  readonly quality: number[];
}

interface GrowingFrame {
  readonly sensor: number;
  readonly stamp: Stamp;
  readonly at: number[];
  readonly columns: readonly Column[];
}

/** Readings of one sensor in a commit: what is dropped if it is refused. */
export type ReadingsBySensor = ReadonlyMap<string, number>;

export class Pending {
  #frames = new Map<string, GrowingFrame>();
  #summaries: Commit["summaries"][number][] = [];
  #bySensor = new Map<string, number>();
  #readings = 0;
  #isUrgent = false;

  /** What waits holds something that must not wait. */
  get isUrgent(): boolean {
    return this.#isUrgent;
  }

  markUrgent(): void {
    this.#isUrgent = true;
  }

  /** Readings and summaries that wait for the next commit. */
  get readings(): number {
    return this.#readings;
  }

  /** Adds one instant of a sensor; `kept` has an entry for each of its channels. */
  addInstant(sensor: SensorPlan, stamp: Stamp, at: number, kept: readonly (Reading | undefined)[]): void {
    const present = kept.reduce((sum, reading) => sum + Number(reading !== undefined), 0);
    if (present === 0) return;
    const frame = this.#frame(sensor, stamp);
    frame.at.push(at);
    frame.columns.forEach((column, index) => {
      const reading = kept[index];
      column.present.push(reading === undefined ? 0 : 1);
      if (reading === undefined) return;
      column.values.push(reading.value);
      column.quality.push(QUALITIES.indexOf(reading.quality));
    });
    this.#count(sensor.name, present);
  }

  addSummary(sensor: SensorPlan, series: number, summary: Summary): void {
    this.#summaries.push({ series, summary });
    this.#count(sensor.name, 1);
  }

  /** Everything that waits, as one commit, and begins anew. */
  take(state: SamplerState): { readonly commit: Commit; readonly readings: ReadingsBySensor } {
    const frames = [...this.#frames.values()].map(asFrame);
    const commit = { frames, summaries: this.#summaries, state, urgent: this.#isUrgent };
    const readings = this.#bySensor;
    this.#frames = new Map();
    this.#summaries = [];
    this.#bySensor = new Map();
    this.#readings = 0;
    this.#isUrgent = false;
    return { commit, readings };
  }

  #frame(sensor: SensorPlan, stamp: Stamp): GrowingFrame {
    const key = `${sensor.index} ${stamp}`;
    const open = this.#frames.get(key);
    if (open !== undefined) return open;
    const columns = sensor.channels.map(({ series }): Column => ({ series, present: [], values: [], quality: [] }));
    const frame: GrowingFrame = { sensor: sensor.index, stamp, at: [], columns };
    this.#frames.set(key, frame);
    return frame;
  }

  #count(sensor: string, readings: number): void {
    this.#bySensor.set(sensor, (this.#bySensor.get(sensor) ?? 0) + readings);
    this.#readings += readings;
  }
}

function asFrame({ sensor, stamp, at, columns }: GrowingFrame): OpenFrame {
  const filled = columns.filter(({ values }) => values.length > 0);
  return { sensor, stamp, at: Float64Array.from(at), columns: filled.map(asColumn) };
}

function asColumn({ series, present, values, quality }: Column): OpenColumn {
  return { series, present: Uint8Array.from(present), values: Float64Array.from(values), quality: Uint8Array.from(quality) };
}
