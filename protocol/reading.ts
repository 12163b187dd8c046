/**
 * reading: what the agent measured, one value of one series at one instant.
 *
 * A reading is made by `reading()` alone, which refuses what is not a finite double: NaN and the
 * infinities never pass this point, so nothing behind it has to ask.
 */
import { Fault } from "./faults.ts";
import type { SeriesId } from "./names.ts";
import type { EpochMicros } from "./time.ts";

/**
 * What a value is worth. `bad` is stored but counted in no n, min, max or average;
 * `suspect` is counted; both are columns of the report.
 */
export type Quality = "good" | "suspect" | "bad";

/** The order is the wire's: good 0, suspect 1, bad 2. */
export const QUALITIES: readonly Quality[] = ["good", "suspect", "bad"];

export interface Reading {
  readonly series: SeriesId;
  /** Event time. Inside the agent, before the clock is trusted, microseconds since boot. */
  readonly at: EpochMicros;
  /** A finite double; booleans are 0 and 1. */
  readonly value: number;
  readonly quality: Quality;
}

/** @throws Fault `not_finite` for NaN and the infinities, `bad_instant` where `at` is no safe integer. */
export function reading(series: SeriesId, at: EpochMicros, value: number, quality: Quality = "good"): Reading {
  if (!Number.isFinite(value)) throw new Fault("not_finite", `${series}: expected a finite number, got ${value}`);
  if (!Number.isSafeInteger(at)) throw new Fault("bad_instant", `${series}: expected integer microseconds, got ${at}`);
  return { series, at, value, quality };
}
