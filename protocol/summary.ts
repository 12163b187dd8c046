/**
 * summary: one window of one series, made on the edge from readings that do not travel themselves.
 *
 * - `at` is the instant of the window's FIRST sample, so two partial summaries of one window (before
 *   and after a restart) have different keys and add up instead of colliding.
 * - A window never crosses a UTC quarter hour, so a bucket is the plain sum of its samples and summaries.
 * - Readings of quality bad are in no field (they travel as samples of quality bad).
 * - `coveredMicros` and `weightedSum` follow the sample-and-hold rule: each sample counts until the next
 *   one, at most `holdMicros`, and never beyond the window's end.
 */
import type { SeriesId } from "./names.ts";
import type { Quality, Reading } from "./reading.ts";
import { type EpochMicros, epochMicros, type Micros, micros } from "./time.ts";

export interface Summary {
  readonly series: SeriesId;
  /** Instant of the first sample in the window. */
  readonly at: EpochMicros;
  /** Samples in the window; at least 1. */
  readonly n: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly first: number;
  readonly last: number;
  readonly lastAt: EpochMicros;
  /** Time for which a value is known, at most the window's width. */
  readonly covered: Micros;
  /** Sum of value x held time, in unit x microseconds. */
  readonly weightedSum: number;
  /** The worst quality inside: good or suspect. */
  readonly quality: Quality;
}

/** The end of the tumbling window of width `every` (a divisor of 15 minutes) that holds `at`. */
export function windowEnd(at: EpochMicros, every: Micros): EpochMicros {
  return epochMicros((Math.floor(at / every) + 1) * every);
}

/** A window that is being filled. Plain data, so that it can be saved in the journal as it is. */
export interface OpenWindow {
  end: EpochMicros;
  at: EpochMicros;
  n: number;
  min: number;
  max: number;
  sum: number;
  /** Running compensation of `sum` (Neumaier 1974). */
  lost: number;
  first: number;
  last: number;
  lastAt: EpochMicros;
  covered: number;
  weightedSum: number;
  suspect: boolean;
}

/** Opens a window of width `every` with its first reading. */
export function openWindow(reading: Reading, every: Micros): OpenWindow {
  const { at, value } = reading;
  return {
    end: windowEnd(at, every),
    at,
    n: 1,
    min: value,
    max: value,
    sum: value,
    lost: 0,
    first: value,
    last: value,
    lastAt: at,
    covered: 0,
    weightedSum: 0,
    suspect: reading.quality === "suspect",
  };
}

/** Adds a reading that is not older than the window's last one and lies before its end. */
export function addToWindow(window: OpenWindow, reading: Reading, hold: Micros): void {
  const { at, value } = reading;
  const held = Math.min(at - window.lastAt, hold);
  window.covered += held;
  window.weightedSum += window.last * held;
  const sum = window.sum + value;
  window.lost += Math.abs(window.sum) >= Math.abs(value) ? window.sum - sum + value : value - sum + window.sum;
  window.sum = sum;
  window.n += 1;
  window.min = Math.min(window.min, value);
  window.max = Math.max(window.max, value);
  window.last = value;
  window.lastAt = at;
  window.suspect ||= reading.quality === "suspect";
}

/** Closes a window: the last value is held to the window's end, at most `hold`. */
export function closeWindow(series: SeriesId, window: OpenWindow, hold: Micros): Summary {
  const held = Math.min(window.end - window.lastAt, hold);
  return {
    series,
    at: window.at,
    n: window.n,
    min: window.min,
    max: window.max,
    sum: window.sum + window.lost,
    first: window.first,
    last: window.last,
    lastAt: window.lastAt,
    covered: micros(window.covered + held),
    weightedSum: window.weightedSum + window.last * held,
    quality: window.suspect ? "suspect" : "good",
  };
}
