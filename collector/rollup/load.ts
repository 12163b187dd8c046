/**
 * load: merges committed batches into what the store has and recomputes every bucket they touch.
 *
 * - The only way into a store: live data, late data and backlog alike. It reads from the store and writes
 *   nothing; its caller puts each part, with its progress, before it asks for the next, and after the last one lets
 *   the journal rows go.
 * - Loading batches in one call or in several, in one part or in many, gives the same samples, summaries and buckets
 *   (revisions aside: they tell how often a final bucket changed under somebody's eyes).
 * - A part is bounded in work and memory, whatever was promised of a series; between two hours others have a turn.
 * - A change touches the buckets of its hour and, where it became the newest value there, those that follow up
 *   to the next value or as long as it is held. It never touches one before it.
 */
import { bug, type EpochMicros, epochMicros, MICROS_PER_HOUR, QUARTER } from "../../protocol/index.ts";
import type { Bucket, Hour, HourPut, LoadUnit } from "../stores/contract.ts";
import type { HourArrivals } from "./arrivals.ts";
import type { BatchOutcome, Conflict, JournalBatch } from "./batch.ts";
import { foldHour } from "./fold.ts";
import { gather, type SeriesArrivals } from "./gather.ts";
import { stateAt } from "./grace.ts";
import { carryInto, type HourState, isChanged, newestIn, nextWithin, type ReadableStore } from "./hour-state.ts";
import { type Judge, mergeSamples, mergeSummaries, type Verdict } from "./merge.ts";
import { cutIntoParts, type Place } from "./parts.ts";
import { maxHold } from "./series.ts";

/** How far a merge is. Plain JSON. */
export interface Begun {
  /** Up to here all is in the store. */
  readonly upTo: Place;
  /** Of that, one per batch, in their order. */
  readonly outcomes: readonly BatchOutcome[];
}

export interface MergeOptions {
  /** Decides which buckets were final before. */
  readonly now: EpochMicros;
  /** That a part touches, except where one hour alone touches more. */
  readonly mostBuckets: number;
  /** Of the same batches, where a merge was broken off. */
  readonly begun?: Begun | undefined;
  /** Called between two hours. */
  readonly pause: () => Promise<void>;
}

export interface MergedPart {
  /** To be put with the progress of the caller. */
  readonly unit: Omit<LoadUnit, "progress">;
  /** What is in the store with this part: one per batch, in their order. */
  readonly outcomes: readonly BatchOutcome[];
  /** Of this part, by row, then series, then instant. */
  readonly conflicts: readonly Conflict[];
  /** Where the next part goes on; undefined of the last. */
  readonly upTo: Place | undefined;
}

/** @param batches in the order of the journal. @returns at least one part; each looks at the store that has the one before. */
export async function* mergeBatches(
  store: ReadableStore,
  batches: readonly JournalBatch[],
  { now, mostBuckets, begun, pause }: MergeOptions,
): AsyncGenerator<MergedPart> {
  const account = new Account(batches, begun?.outcomes);
  for (const { arrivals, upTo } of cutIntoParts(gather(batches), mostBuckets, begun?.upTo)) {
    const unit = await mergePart({ store, now, pause, account }, arrivals);
    yield { unit, outcomes: account.outcomes(), conflicts: account.takeConflicts(), upTo };
  }
}

/** What every step of a merge needs. */
interface Merge extends Pick<MergeOptions, "now" | "pause"> {
  readonly store: ReadableStore;
  readonly account: Account;
}

async function mergePart(merge: Merge, part: readonly SeriesArrivals[]): Promise<MergedPart["unit"]> {
  const hours: HourPut[] = [];
  const buckets: Bucket[] = [];
  for (const arrivals of part) {
    const states = await mergeHours(merge, arrivals);
    for (const state of states.values()) if (isChanged(state)) hours.push(hourPut(arrivals, state));
    for await (const fresh of touchedBuckets(merge, arrivals, states)) buckets.push(...fresh);
  }
  return { hours, buckets };
}

/** What became of each reading, by batch. */
class Account {
  readonly #batches: readonly JournalBatch[];
  readonly #counts: Record<Verdict, number>[];
  #conflicts: Conflict[] = [];

  /** @param before what was counted up to where the merge goes on. */
  constructor(batches: readonly JournalBatch[], before: readonly BatchOutcome[] = []) {
    this.#batches = batches;
    const byRow = new Map(before.map((outcome) => [outcome.row, outcome]));
    this.#counts = batches.map(({ row }) => {
      const { stored = 0, duplicate = 0, conflict = 0 } = byRow.get(row) ?? {};
      return { stored, duplicate, conflict };
    });
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

  takeConflicts(): Conflict[] {
    const taken = this.#conflicts;
    this.#conflicts = [];
    return taken.sort((a, b) => a.row - b.row || a.series - b.series || a.at - b.at);
  }
}

async function mergeHours(merge: Merge, arrivals: SeriesArrivals): Promise<Map<number, HourState>> {
  const states = new Map<number, HourState>();
  for (const [hour, came] of arrivals.hours) {
    states.set(hour, await mergeHour(merge, arrivals, hour, came));
    await merge.pause();
  }
  return states;
}

async function mergeHour(
  { store, account }: Merge,
  { number }: SeriesArrivals,
  hour: number,
  { samples, summaries }: HourArrivals,
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

/** By hour, ascending: the buckets that are others now. */
async function* touchedBuckets(
  { store, now, pause }: Merge,
  { number, spec }: SeriesArrivals,
  merged: ReadonlyMap<number, HourState>,
): AsyncGenerator<readonly Bucket[]> {
  const hold = maxHold(spec);
  for (const [hour, whole] of await touchedHours({ store, pause }, number, merged, hold)) {
    const carry = await carryInto(store, number, hour, merged, hold);
    const before = await store.buckets(number, { from: epochMicros(hour), to: epochMicros(hour + MICROS_PER_HOUR) });
    const content = whole ?? (await store.loadHour(number, epochMicros(hour)));
    yield revised(before, foldHour(number, hour, content, carry, hold), now);
    await pause();
  }
}

/** Ascending; undefined where the store has the hour as it is. */
async function touchedHours(
  { store, pause }: Pick<Merge, "store" | "pause">,
  series: number,
  merged: ReadonlyMap<number, HourState>,
  hold: number,
): Promise<[hour: number, Hour | undefined][]> {
  const touched = new Map<number, Hour | undefined>();
  for (const state of merged.values()) {
    if (!isChanged(state)) continue;
    touched.set(state.hour, state.whole);
    for (const hour of await hoursReached(store, series, state, merged, hold)) touched.set(hour, merged.get(hour)?.whole);
    await pause();
  }
  return [...touched].sort(([a], [b]) => a - b);
}

/** The hours after `state` whose held value is another one now. */
async function hoursReached(
  store: ReadableStore,
  series: number,
  { hour, whole, changedSamples, changedSummaries }: HourState,
  states: ReadonlyMap<number, HourState>,
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
