/**
 * spool-world: a small device around a real spool: two sensors of its own, a file that brings its own instants, a
 * clock that may step, and a sampler's counters. Every value is the reading's own number, so that each can be
 * followed from commit to batch.
 */
import fs from "node:fs";
import path from "node:path";
import type { Commit, OpenFrame, SamplerState } from "../../../agent/spool/journal.ts";
import { type CommitOutcome, type Opened, SpoolService } from "../../../agent/spool/service.ts";
import type { BatchInfo } from "../../../agent/spool/spool-file.ts";
import type { StampGrid } from "../../../agent/spool/stamp.ts";
import { type Catalog, epochMicros, isFault, micros, NO_TOTALS, type Random } from "../../../protocol/index.ts";

const spec = (sensor: string, channel: string) =>
  ({ sensor, channel, unit: "1", kind: "gauge", sampling: "periodic", period: micros(0), heartbeat: micros(0), calibration: 0 }) as const;

/** Series 0 to 2 of `air` on a grid, 2 in windows where it was read without a clock; 3 of `load`, exact; 4 of a file. */
export const CATALOG: Catalog = [spec("air", "t"), spec("air", "rh"), spec("air", "p"), spec("load", "one"), spec("file", "x")];
export const WINDOWED_SERIES = 2;
const SERIES_OF = [[0, 1, 2], [3], [4]] as const;
const SECOND = 1_000_000;

/** What one sensor said at one instant. */
export interface Instant {
  readonly sensor: 0 | 1 | 2;
  /** Microseconds since the instant before. */
  readonly step: number;
  /** Bit i = channel i of the sensor said something. */
  readonly channels: number;
  /** Index into QUALITIES. */
  readonly quality: number;
}

/** @param windows with windows made at the seal for one of the series. */
export function gridsOf(windows: boolean): StampGrid[] {
  const window = { series: WINDOWED_SERIES, every: 60 * SECOND, hold: 5 * SECOND };
  return [
    { sensor: "air", every: SECOND, phase: 137_000, ...(windows ? { windows: [window] } : {}) },
    { sensor: "load", every: undefined, phase: 0 },
    { sensor: "file", every: undefined, phase: 0 },
  ];
}

export class SpoolWorld {
  readonly folder: string;
  readonly grids: readonly StampGrid[];
  readonly #random: Random;
  #maxSize = 1e9;
  #copies = 0;
  path: string;
  service: SpoolService;
  opened: Opened;
  /** True time, in microseconds since 1970; the boot's monotonic clock began at `bootAt`. */
  now = 1_800_000_000_000_000;
  bootAt = this.now;
  boots = 1;
  beganUntrusted = false;
  /** By how much the wall clock is wrong. */
  error = 0;
  read = 0;
  droppedByRefusal = 0;
  /** Numbers of the readings that were committed, with their series. */
  readonly committed = new Map<number, number>();
  readonly committedBad = new Set<number>();
  #numbered = 0;
  #deviceAt = 1_700_000_000_000_000;

  constructor(folder: string, random: Random, windows = false) {
    this.folder = folder;
    this.grids = gridsOf(windows);
    this.#random = random;
    this.path = path.join(folder, "0", "spool.db");
    this.service = new SpoolService(random);
    this.opened = this.#open();
  }

  get boot(): string {
    return `boot-${this.boots}`;
  }

  get offset(): number {
    return this.bootAt + this.error;
  }

  /** Commits what these instants brought; false where the spool refused it and the sampler counted it as dropped. */
  commit(instants: readonly Instant[], trusted: boolean): CommitOutcome | undefined {
    const readings = instants.map((instant) => this.#take(instant));
    const count = readings.reduce((sum, one) => sum + one.numbers.length, 0);
    this.read += count;
    try {
      const commit: Commit = { frames: toFrames(readings), summaries: [], state: this.state() };
      const outcome = this.service.commit({
        commit,
        boot: this.boot,
        offset: trusted && !this.beganUntrusted ? this.offset : undefined,
        now: epochMicros(this.now),
      });
      this.beganUntrusted = false; // the first commit has said so
      for (const one of readings) for (const [series, number] of one.numbers) this.#remember(series, number, one.quality);
      return outcome;
    } catch (error) {
      if (!isFault(error, "spool_full")) throw error;
      this.droppedByRefusal += count;
      return undefined;
    }
  }

  seal(maxReadings = 40): BatchInfo[] {
    const { boot, offset } = this;
    return this.service.seal({ boot, offset, suspect: false, maxReadings, now: this.now });
  }

  /** The counters as the sampler would commit them. */
  state(): SamplerState {
    const { inWindow, summarised, derived } = NO_TOTALS;
    const dropped = { spool_full: this.droppedByRefusal };
    const tally = { read: this.read, derived, summarised, inWindow, filtered: {}, marked: {}, dropped, skipped: 0, failed: {} };
    return { tallies: { air: tally }, filters: { "air/t": [{ kept: this.read }] }, cursors: { file: this.#deviceAt } };
  }

  /** kill -9 and a new start, perhaps under another quota. */
  crash(maxSize = this.#maxSize): void {
    this.kill();
    this.restart(maxSize);
  }

  /** kill -9: goes on with a copy of the files as they are, without a close. */
  kill(): void {
    this.#copies += 1;
    const before = path.dirname(this.path);
    const after = path.join(this.folder, String(this.#copies));
    fs.cpSync(before, after, { recursive: true });
    this.service.close();
    fs.rmSync(before, { recursive: true });
    this.path = path.join(after, "spool.db");
  }

  /** A start on the files as they are, after an orderly stop where it was running. */
  restart(maxSize = this.#maxSize): void {
    this.service.close();
    this.#maxSize = maxSize;
    this.service = new SpoolService(this.#random);
    this.opened = this.#open();
  }

  /** The machine starts again after a pause, with or without a clock that can be trusted from the start. */
  reboot(pause: number, untrusted: boolean): void {
    this.now += pause;
    this.bootAt = this.now;
    this.boots += 1;
    this.beganUntrusted = untrusted;
    if (!untrusted) this.error = 0;
    this.crash();
  }

  #open(): Opened {
    const { path: file, grids } = this;
    return this.service.open({ path: file, maxSize: this.#maxSize, keepFree: 0, catalog: CATALOG, grids, now: epochMicros(this.now) });
  }

  #take({ sensor, step, channels, quality }: Instant): Taken {
    this.now += step;
    const asked = SERIES_OF[sensor].filter((_, index) => (channels & (1 << index)) !== 0);
    const series = asked.length > 0 ? asked : SERIES_OF[sensor].slice(0, 1);
    const at = sensor === 2 ? ++this.#deviceAt : this.now - this.bootAt;
    return { sensor, at, quality, numbers: series.map((index) => [index, ++this.#numbered] as const) };
  }

  #remember(series: number, number: number, quality: number): void {
    this.committed.set(number, series);
    if (quality === 2) this.committedBad.add(number);
  }
}

interface Taken {
  readonly sensor: number;
  readonly at: number;
  readonly quality: number;
  readonly numbers: readonly (readonly [series: number, number: number])[];
}

function toFrames(taken: readonly Taken[]): OpenFrame[] {
  return [...Map.groupBy(taken, (one) => one.sensor)].map(([sensor, ofSensor]) => ({
    sensor,
    stamp: sensor === 2 ? "device" : "boot",
    at: Float64Array.from(ofSensor, (one) => one.at),
    columns: (SERIES_OF[sensor] ?? []).map((series) => {
      const all = ofSensor.map((one) => ({ quality: one.quality, number: one.numbers.find(([index]) => index === series)?.[1] }));
      const there = all.filter((one) => one.number !== undefined);
      return {
        series,
        present: Uint8Array.from(all, (one) => (one.number === undefined ? 0 : 1)),
        values: Float64Array.from(there, (one) => one.number ?? 0),
        quality: Uint8Array.from(there, (one) => one.quality),
      };
    }),
  }));
}
