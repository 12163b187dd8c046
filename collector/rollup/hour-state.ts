/**
 * hour-state: an hour of a series while a merge works on it, and the values that reach over its borders.
 *
 * Neighbours are looked for in the hours at hand and in the store; the hours at hand hold all that the store
 * has of them and what just came, so the nearer of the two answers is the true one.
 */
import { type EpochMicros, epochMicros, MICROS_PER_HOUR } from "../../protocol/index.ts";
import type { HeldValue, Hour, SeriesNumber, Store } from "../stores/contract.ts";

/** What a merge needs of a store: it reads, and leaves writing to its caller. */
export type ReadableStore = Pick<Store, "loadHour" | "lastBefore" | "firstAfter" | "buckets">;

export interface HourState {
  readonly hour: number;
  readonly whole: Hour;
  readonly changedSamples: readonly number[];
  readonly changedSummaries: readonly number[];
}

/** Hours of one series by their start. */
export type HourStates = ReadonlyMap<number, HourState>;

const BAD = 2;

export function isChanged({ changedSamples, changedSummaries }: HourState): boolean {
  return changedSamples.length > 0 || changedSummaries.length > 0;
}

/** The newest good or suspect value of an hour; the sample where both stand at one instant. */
export function newestIn({ samples, summaries }: Hour): HeldValue | undefined {
  const sample = samples.quality.findLastIndex((quality) => quality !== BAD);
  const summary = summaries.quality.findLastIndex((quality) => quality !== BAD);
  if (sample < 0 && summary < 0) return undefined;
  const sampleAt = sample < 0 ? Number.NEGATIVE_INFINITY : (samples.at[sample] as number);
  const summaryAt = summary < 0 ? Number.NEGATIVE_INFINITY : (summaries.at[summary] as number);
  return sampleAt >= summaryAt
    ? { at: epochMicros(sampleAt), value: samples.value[sample] as number, summary: false }
    : { at: epochMicros(summaryAt), value: summaries.last[summary] as number, summary: true };
}

function oldestAtIn({ samples, summaries }: Hour): number {
  const sample = samples.quality.findIndex((quality) => quality !== BAD);
  const summary = summaries.quality.findIndex((quality) => quality !== BAD);
  const at = (column: Float64Array, index: number) => (index < 0 ? Number.POSITIVE_INFINITY : (column[index] as number));
  return Math.min(at(samples.at, sample), at(summaries.at, summary));
}

/** The newest value before `hour`, not older than `reach`. */
export async function carryInto(
  store: ReadableStore,
  series: SeriesNumber,
  hour: number,
  states: HourStates,
  reach: number,
): Promise<HeldValue | undefined> {
  if (reach === 0) return undefined;
  const newest = newestBefore(states, hour, reach);
  if (newest !== undefined && newest.at >= hour - MICROS_PER_HOUR) return newest; // nothing in the store is newer
  const stored = await store.lastBefore(series, epochMicros(hour), reach);
  return newest === undefined || (stored !== undefined && stored.at > newest.at) ? stored : newest;
}

function newestBefore(states: HourStates, hour: number, reach: number): HeldValue | undefined {
  for (let before = hour - MICROS_PER_HOUR; before > hour - reach - MICROS_PER_HOUR; before -= MICROS_PER_HOUR) {
    const state = states.get(before);
    const newest = state === undefined ? undefined : newestIn(state.whole);
    if (newest !== undefined) return newest.at >= hour - reach ? newest : undefined;
  }
  return undefined;
}

/** The instant of the oldest value in [from, to); `to` where there is none. @param from the start of an hour. */
export async function nextWithin(
  store: ReadableStore,
  series: SeriesNumber,
  from: EpochMicros,
  to: number,
  states: HourStates,
): Promise<number> {
  let next = to;
  for (let hour: number = from; hour < next; hour += MICROS_PER_HOUR) {
    const state = states.get(hour);
    if (state !== undefined) next = Math.min(next, oldestAtIn(state.whole));
  }
  const stored = await store.firstAfter(series, from, next - from);
  return stored === undefined ? next : Math.min(next, stored.at);
}
