/**
 * The contract of a filter: a synchronous stage between a sensor and the spool, for one channel.
 *
 * - No I/O, no clock, no randomness: time is `reading.at` alone, which may step backwards; what stamps it may be set (`shift`).
 * - One instance serves one channel; calls never overlap.
 * - Every reading that goes in comes out as exactly one outcome; the sampler counts it.
 * - What is held inside is returned by `save` as plain JSON and given back by `restore` after a kill,
 *   in the same transaction as the readings, so it neither loses nor doubles any.
 */
import type { z } from "zod";
import {
  type EpochMicros,
  epochMicros,
  type Micros,
  micros,
  type Reading,
  type SamplingKind,
  type SeriesId,
  type SeriesKind,
  type Summary,
} from "../../protocol/index.ts";

export { conversion, isKnownUnit, isSameScale } from "./units/conversion.ts";

/** When the channel has samples; a filter may change it (`deadband` turns periodic into on_change). */
export interface Sampling {
  readonly kind: SamplingKind;
  readonly period: Micros;
  readonly heartbeat: Micros;
}

/** What the values of a channel are; a filter may change it (`convert` the unit, `rate` makes a gauge of a counter). */
export interface Measure {
  /** UCUM code. */
  readonly unit: string;
  readonly kind: SeriesKind;
  /** Set where the values are differences of temperatures: 1 K of them is 1.8 degrees Fahrenheit, and 0 is 0. */
  readonly isDifference?: true;
}

/** Why a filter cannot stand where it stands, as the config's error says it. */
export interface Refusal {
  readonly refuse: string;
  /** The option that is at fault, where it is one; what stands there is then shown with the error. */
  readonly option?: string;
  /** Of a formula: the input that is at fault, by its place. */
  readonly input?: number;
}

/** A channel at one place of its list of filters. */
export interface Shape {
  readonly sampling: Sampling;
  readonly measure: Measure;
}

/** How long a value is taken to last where none follows: one reading that is missed is no gap. */
export function holdOf({ period, heartbeat }: Sampling): Micros {
  return micros(2 * period + heartbeat);
}

export type Outcome =
  /** Goes on, perhaps changed; `mark` names what was noticed (why its quality was lowered, for example), and is counted. */
  | { readonly keep: Reading; readonly mark?: string }
  /** Ends here; the reason (snake_case) is counted. */
  | { readonly drop: string }
  /** Taken into a window; windows that it closed come out. */
  | { readonly hold: readonly Summary[] };

export interface Filter {
  apply(reading: Reading): Outcome;
  /** Windows that ended at or before `until`. Called at every commit. */
  flush?(until: EpochMicros): readonly Summary[];
  /**
   * The clock that stamps the readings was set by so many microseconds, and no time has passed: what is remembered of
   * earlier ones moves along, so that spans stay true. Filters that go by spans have it; windows are event time.
   */
  shift?(by: number): void;
  /** Readings taken into windows that are still open. */
  held?(): number;
  save?(): unknown;
  restore?(state: unknown): void;
}

/** What is remembered of a reading, where the clock was set by so much since. */
export function shifted<T extends Pick<Reading, "at">>(remembered: T | undefined, by: number): T | undefined {
  return remembered && { ...remembered, at: epochMicros(remembered.at + by) };
}

export interface FilterContext {
  readonly series: SeriesId;
  /** How the channel is sampled before this filter. */
  readonly sampling: Sampling;
  /** What the channel's values are before this filter. */
  readonly measure: Measure;
}

export interface FilterKind<Config = unknown> {
  /** The technique, as in `filters:` of the config. */
  readonly name: string;
  readonly config: z.ZodType<Config>;
  /** What the filter makes of the sampling; absent = nothing. */
  sampling?(config: Config, before: Sampling): Sampling;
  /** What the filter makes of unit and kind; absent = nothing. A refusal is an error of the config. */
  measure?(config: Config, before: Measure): Measure | Refusal;
  /**
   * It turns readings into summaries of this width. Such a filter stands last in its list, and while the
   * clock is not trusted the sampler passes readings by it: the spool makes the summaries when it seals.
   */
  summarises?(config: Config): Micros;
  /**
   * What the filter makes of a value that came as text: a number, or undefined for a text it does not know, which is
   * counted as `unknown_state`. A filter that takes texts stands first in its list, and a text goes on behind it.
   */
  states?(config: Config): ((text: string) => number | undefined) | undefined;
  /** Set where the filter changes values by numbers of the config: the catalog's calibration version counts them. */
  readonly calibrates?: true;
  create(config: Config, context: FilterContext): Filter;
}

/** One entry of a list of filters with its options, parsed. */
export interface ChosenFilter {
  readonly kind: FilterKind;
  readonly options: unknown;
}

/** What each filter of a list finds before it. */
export interface PlacedFilter extends ChosenFilter, Shape {}

/**
 * Follows a channel through its filters. One that refuses is in `refusals`, by its index, and changes no measure.
 * `tapAt` is the first filter that thins the channel out (it changes the sampling): other channels are derived from
 * what comes to it, since a value that did not move is still a value. `tapped` is the channel there.
 */
export function placeFilters(filters: readonly ChosenFilter[], start: Shape) {
  let after = start;
  const refusals: (Refusal & { readonly index: number })[] = [];
  const placed = filters.map(({ kind, options }, index): PlacedFilter => {
    const before = after;
    const measure = kind.measure?.(options, before.measure) ?? before.measure;
    if ("refuse" in measure) refusals.push({ index, ...measure });
    after = {
      sampling: kind.sampling?.(options, before.sampling) ?? before.sampling,
      measure: "refuse" in measure ? before.measure : measure,
    };
    return { kind, options, ...before };
  });
  const thinning = placed.findIndex(({ kind }) => kind.sampling !== undefined);
  const tapAt = thinning < 0 ? placed.length : thinning;
  return { placed: placed as readonly PlacedFilter[], after, refusals, tapAt, tapped: placed[tapAt] ?? after };
}

/** How to reckon a derived channel from others. */
export interface Formula {
  readonly name: string;
  /** The names of its inputs, in order; undefined where it takes a list of two or more. */
  readonly inputs: readonly string[] | undefined;
  /** @param inputs what each of them is; undefined for a number that stands in the config itself. */
  prepare(inputs: readonly (Measure | undefined)[]): Prepared | Refusal;
}

export interface Prepared {
  readonly measure: Measure;
  /** In the order of the inputs, each in the unit of its own channel. Not finite where there is no result. */
  compute(values: readonly number[]): number;
}
