/**
 * catalog: the list of an agent's series; a batch names a series by its index in one catalog.
 *
 * A catalog is content-addressed: its hash is the first 8 bytes of SHA-256 over its encoded bytes, and
 * a batch refers to it by the first 4 of these. It travels through the same reliable stream, ahead of
 * the data that needs it, and is never changed: another list is another catalog.
 */
import type { Micros } from "./time.ts";

/** How values of a series may be put together: gauges have averages, counters increase, angles wrap, states have names. */
export type SeriesKind = "gauge" | "counter" | "angle" | "state";
export const SERIES_KINDS: readonly SeriesKind[] = ["gauge", "counter", "angle", "state"];

/**
 * When a series has samples: `periodic` every `period`; `on_change` when it moved, at the latest after
 * `heartbeat`. It decides how an average is made (sample mean or time-weighted mean).
 */
export type SamplingKind = "periodic" | "on_change";
export const SAMPLING_KINDS: readonly SamplingKind[] = ["periodic", "on_change"];

/** One series of one agent, as its collector needs to know it. */
export interface SeriesSpec {
  readonly sensor: string;
  readonly channel: string;
  /** UCUM code (`Cel`, `%RH`, `hPa`, `1`). Part of the identity of the series, with `kind`. */
  readonly unit: string;
  readonly kind: SeriesKind;
  readonly sampling: SamplingKind;
  /** Nominal distance of samples; 0 where there is none. */
  readonly period: Micros;
  /** For `on_change`: the longest silence while the sensor lives; 0 where none is promised. */
  readonly heartbeat: Micros;
  /** Counts changes of the calibration in the agent's config; 0 for an uncalibrated channel. */
  readonly calibration: number;
}

/** The channels of one sensor stand next to each other. At most LIMITS.seriesPerBatch entries. */
export type Catalog = readonly SeriesSpec[];
