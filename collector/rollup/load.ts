/**
 * load: merges committed batches into what the store has and recomputes every bucket they touch.
 *
 * - The only way into a store: live data, late data and backlog alike. It reads from the store and writes
 *   nothing; its caller puts the unit, with its progress, and then lets the journal rows go.
 * - Loading batches in one call or in several gives the same samples, summaries and buckets (revisions aside:
 *   they tell how often a final bucket changed under somebody's eyes).
 * - A change touches the buckets of its hour and, where it became the newest value there, those that follow up
 *   to the next value or as long as it is held. It never touches one before it.
 */
import { bug, type EpochMicros, epochMicros, MICROS_PER_HOUR, QUARTER } from "../../protocol/index.ts";
import type { Bucket, HourPut, LoadUnit } from "../stores/contract.ts";
import type { HourArrivals } from "./arrivals.ts";
import type { BatchOutcome, Conflict, JournalBatch } from "./batch.ts";
import { foldHour } from "./fold.ts";
import { gather, type SeriesArrivals } from "./gather.ts";
import { stateAt } from "./grace.ts";
import { carryInto, type HourState, isChanged, newestIn, nextWithin, type ReadableStore } from "./hour-state.ts";
import { type Judge, mergeSamples, mergeSummaries, type Verdict } from "./merge.ts";
import { maxHold } from "./series.ts";

export interface Merged {
  /** To be put with the progress of the caller. */
  readonly unit: Omit<LoadUnit, "progress">;
  /** One per batch, in their order. */
  readonly outcomes: readonly BatchOutcome[];
  /** By row, then series, then instant. */
  readonly conflicts: readonly Conflict[];
}

/** @param batches in the order of the journal. @param now decides which buckets were final before. */
export async function mergeBatches(store: ReadableStore, batches: readonly JournalBatch[], now: EpochMicros): Promise<Merged> {
  const account = new Account(batches);
  const hours: HourPut[] = [];
  const buckets: Bucket[] = [];
  for (const arrivals of gather(batches)) {
    const states = await mergeHours(store, arrivals, account);
    for (const state of states.values()) if (isChanged(state)) hours.push(hourPut(arrivals, state));
    buckets.push(...(await touchedBuckets(store, arrivals, states, now)));
  }
  return { unit: { hours, buckets }, outcomes: account.outcomes(), conflicts: account.conflicts() };
}

/** What became of each reading, by batch. */
class Account {
  readonly #batches: readonly JournalBatch[];
  readonly #counts: Record<Verdict, number>[];
  readonly #conflicts: Conflict[] = [];

  constructor(batches: readonly JournalBatch[]) {
    this.#batches = batches;
    this.#counts = batches.map(() => ({ stored: 0, duplicate: 0, conflict: 0 }));
  }

  count(batch: number, verdict: Verdict): void {
    const counts = this.#counts[batch] ?? bug(`there is no batch ${batch}`);
    counts[verdict] += 1;
  }

  conflict(batch: number, conflict: Omit<Conflict, "row">): void {
    this.#conflicts.push({ row: (this.#batches[batch] as JournalBatch).row, ...conflict });
  }

  outcomes(): BatchOutcome[] {
    return this.#batches.map(({ row }, index) => ({ row, ...(this.#counts[index] as Record<Verdict, number>) }));
  }

  conflicts(): Conflict[] {
    return this.#conflicts.sort((a, b) => a.row - b.row || a.series - b.series || a.at - b.at);
  }
}

async function mergeHours(store: ReadableStore, arrivals: SeriesArrivals, account: Account): Promise<Map<number, HourState>> {
  const states = new Map<number, HourState>();
  for (const [hour, came] of [...arrivals.hours].sort(([a], [b]) => a - b)) {
    states.set(hour, await mergeHour(store, arrivals, hour, came, account));
  }
  return states;
}

async function mergeHour(
  store: ReadableStore,
  { number }: SeriesArrivals,
  hour: number,
  { samples, summaries }: HourArrivals,
  account: Account,
): Promise<HourState> {
  const stored = await store.loadHour(number, epochMicros(hour));
  const judgeSample: Judge = (arrival, verdict) => {
    const batch = samples.batch[arrival] as number;
    account.count(batch, verdict);
    if (verdict !== "conflict") return;
    const [at, value, quality] = [samples.at[arrival], samples.value[arrival], samples.quality[arrival]] as [number, number, number];
    account.conflict(batch, { series: number, at: epochMicros(at), value, quality });
  };
  const judgeSummary: Judge = (arrival, verdict) => {
    const { at, frame, index, batch } = summaries[arrival] ?? bug(`there is no summary ${arrival}`);
    account.count(batch, verdict);
    if (verdict !== "conflict") return;
    account.conflict(batch, {
      series: number,
      at: epochMicros(at),
      value: (frame.sum[index] as number) + 0,
      quality: frame.quality?.[index] ?? 0,
    });
  };
  const mergedSamples = mergeSamples(stored.samples, samples, judgeSample);
  const mergedSummaries = mergeSummaries(stored.summaries, summaries, judgeSummary);
  const whole = { samples: mergedSamples.columns, summaries: mergedSummaries.columns };
  return { hour, whole, changedSamples: mergedSamples.changed, changedSummaries: mergedSummaries.changed };
}

function hourPut({ number }: SeriesArrivals, { hour, whole, changedSamples, changedSummaries }: HourState): HourPut {
  return { series: number, hour: epochMicros(hour), whole, changedSamples, changedSummaries };
}

async function touchedBuckets(
  store: ReadableStore,
  { number, spec }: SeriesArrivals,
  merged: Map<number, HourState>,
  now: EpochMicros,
): Promise<Bucket[]> {
  const hold = maxHold(spec);
  const touched = new Map([...merged].filter(([, state]) => isChanged(state)));
  for (const state of [...touched.values()]) {
    for (const hour of await hoursReached(store, number, state, merged, hold)) {
      if (touched.has(hour)) continue;
      const whole = merged.get(hour)?.whole ?? (await store.loadHour(number, epochMicros(hour)));
      touched.set(hour, { hour, whole, changedSamples: [], changedSummaries: [] });
    }
  }
  const buckets: Bucket[] = [];
  for (const { hour, whole } of [...touched.values()].sort((a, b) => a.hour - b.hour)) {
    const carry = await carryInto(store, number, hour, merged, hold);
    const before = await store.buckets(number, { from: epochMicros(hour), to: epochMicros(hour + MICROS_PER_HOUR) });
    buckets.push(...revised(before, foldHour(number, hour, whole, carry, hold), now));
  }
  return buckets;
}

/** The hours after `state` whose held value is another one now. */
async function hoursReached(
  store: ReadableStore,
  series: number,
  { hour, whole, changedSamples, changedSummaries }: HourState,
  states: Map<number, HourState>,
  hold: number,
): Promise<number[]> {
  const newest = newestIn(whole);
  const end = hour + MICROS_PER_HOUR;
  if (newest === undefined || newest.at + hold <= end) return [];
  const changedAt = Math.max(
    whole.samples.at[changedSamples.at(-1) ?? -1] ?? Number.NEGATIVE_INFINITY,
    whole.summaries.at[changedSummaries.at(-1) ?? -1] ?? Number.NEGATIVE_INFINITY,
  );
  if (changedAt < newest.at) return [];
  const until = await nextWithin(store, series, epochMicros(end), newest.at + hold, states);
  const reached: number[] = [];
  for (let next = end; next < until; next += MICROS_PER_HOUR) reached.push(next);
  return reached;
}

/** Those of the new buckets that differ from what is stored; one that was final counts a revision. */
function revised(stored: readonly Bucket[], fresh: readonly Bucket[], now: EpochMicros): Bucket[] {
  const byStart = new Map(stored.map((bucket) => [bucket.start, bucket]));
  return fresh.flatMap((bucket) => {
    const before = byStart.get(bucket.start);
    if (before === undefined) return bucket.n + bucket.bad + bucket.covered > 0 ? [bucket] : [];
    const wasFinal = stateAt(epochMicros(bucket.start + QUARTER), now) === "final";
    if (sameNumbers(before, bucket)) return [];
    return [{ ...bucket, revision: before.revision + (wasFinal ? 1 : 0) }];
  });
}

function sameNumbers(a: Bucket, b: Bucket): boolean {
  return (Object.keys(b) as (keyof Bucket)[]).every((key) => key === "revision" || a[key] === b[key]);
}
