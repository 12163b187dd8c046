/**
 * traces: time series as a line of text, one token a second, so that a test shows what it is about.
 *
 * Read: `20.5` a value, `20.5?` suspect, `20.5!` bad, `_` no reading at that second.
 * Written: the same for what was kept, `.` dropped, `:` held in a window.
 */

import type { Filter, FilterKind, Measure, Outcome, Sampling, Shape } from "../../agent/filters/contract.ts";
import {
  epochMicros,
  MICROS_PER_SECOND,
  type Quality,
  type Reading,
  reading,
  type SeriesId,
  type Summary,
  seriesId,
} from "../../protocol/index.ts";

export const TRACE_SERIES: SeriesId = seriesId("greenhouse-1", "air", "temperature");
/** 2026-01-01T00:00:00Z: the first token's instant. */
export const TRACE_START = epochMicros(1_767_225_600_000_000);
export const EVERY_SECOND: Sampling = {
  kind: "periodic",
  period: MICROS_PER_SECOND as Sampling["period"],
  heartbeat: 0 as Sampling["heartbeat"],
};

const MARKS: Readonly<Record<Quality, string>> = { good: "", suspect: "?", bad: "!" };

/** The reading of each second, undefined where there is none. */
export function readTrace(trace: string, start = TRACE_START): readonly (Reading | undefined)[] {
  return trace
    .trim()
    .split(/\s+/)
    .map((token, second) => (token === "_" ? undefined : parse(token, start + second * MICROS_PER_SECOND)));
}

/** What a filter made of each second of a trace, and the summaries that came out on the way. */
export function runTrace(
  filter: Filter,
  trace: string,
  start = TRACE_START,
): { readonly trace: string; readonly summaries: readonly Summary[] } {
  const summaries: Summary[] = [];
  const tokens = readTrace(trace, start).map((each) => {
    if (each === undefined) return "_";
    const outcome = filter.apply(each);
    if ("hold" in outcome) summaries.push(...outcome.hold);
    return write(outcome);
  });
  return { trace: tokens.join(" "), summaries };
}

export const DEGREES: Measure = { unit: "Cel", kind: "gauge" };

/** A filter from its config as a user writes it. */
export function openFilter(kind: FilterKind, config: unknown, shape: Partial<Shape> = {}): Filter {
  return kind.create(kind.config.parse(config), { series: TRACE_SERIES, sampling: EVERY_SECOND, measure: DEGREES, ...shape });
}

function parse(token: string, at: number): Reading {
  const match = /^([^?!]+)([?!]?)$/.exec(token);
  const value = Number(match?.[1]);
  if (match === null || Number.isNaN(value)) throw new Error(`trace: expected a number, _ or a mark, got ${JSON.stringify(token)}`);
  const quality = match[2] === "?" ? "suspect" : match[2] === "!" ? "bad" : "good";
  return reading(TRACE_SERIES, epochMicros(at), value, quality);
}

function write(outcome: Outcome): string {
  if ("drop" in outcome) return ".";
  if ("hold" in outcome) return ":";
  return `${outcome.keep.value}${MARKS[outcome.keep.quality]}`;
}
