/**
 * readings: the single readings of a series, for what buckets cannot tell: rolling windows, counters, angles.
 *
 * They are read a UTC hour at a time and cut at the ends of the span, so memory does not grow with it.
 */
import { type EpochMicros, epochMicros, MICROS_PER_HOUR } from "../../protocol/index.ts";
import type { Hour, HourSamples, HourSummaries, SeriesNumber, Span, Store } from "../stores/contract.ts";

export type ReadingStore = Pick<Store, "buckets" | "loadHour" | "lastBefore">;

const BAD = 2;

/** Starts of the UTC hours in which a series has readings, as its buckets say. */
export async function busyHours(store: ReadingStore, series: SeriesNumber, { from, to }: Span): Promise<ReadonlySet<number>> {
  const buckets = await store.buckets(series, { from: hourOf(from), to });
  return new Set(buckets.filter(({ n, bad }) => n + bad > 0).map(({ start }) => hourOf(start)));
}

/** Hour by hour, ascending; undefined stands for one whose readings are kept no longer. @param busy as from `busyHours`. */
export async function* readingsIn(
  store: ReadingStore,
  series: SeriesNumber,
  { from, to }: Span,
  busy: ReadonlySet<number>,
): AsyncGenerator<Hour | undefined> {
  for (let hour: number = hourOf(from); hour < to; hour += MICROS_PER_HOUR) {
    if (!busy.has(hour)) continue;
    const whole = await store.loadHour(series, epochMicros(hour));
    yield whole.samples.at.length + whole.summaries.at.length === 0 ? undefined : cut(whole, from, to);
  }
}

function hourOf(at: EpochMicros): EpochMicros {
  return epochMicros(at - (at % MICROS_PER_HOUR));
}

/** All of a span in one piece. */
export async function allReadings(store: ReadingStore, series: SeriesNumber, span: Span): Promise<Hour> {
  const samples: HourSamples[] = [];
  const summaries: HourSummaries[] = [];
  for await (const hour of readingsIn(store, series, span, await busyHours(store, series, span))) {
    if (hour === undefined) continue;
    samples.push(hour.samples);
    summaries.push(hour.summaries);
  }
  return {
    samples: {
      at: joined(samples.map(({ at }) => at)),
      value: joined(samples.map(({ value }) => value)),
      quality: Uint8Array.from(joined(samples.map(({ quality }) => quality))),
      late: Uint8Array.from(joined(samples.map(({ late }) => late))),
    },
    summaries: mapSummaries((name) => joined(summaries.map((each) => each[name]))),
  };
}

/** One reading, or one window of them. */
export interface Event {
  readonly at: number;
  readonly value: number;
  /** Of a window what is in it; its `value` is the first. */
  readonly window?: { readonly n: number; readonly min: number; readonly max: number; readonly last: number; readonly lastAt: number };
}

/** Good and suspect readings in order; at one instant summaries first. */
export function* eventsOf({ samples, summaries }: Hour): Generator<Event> {
  let sample = 0;
  let summary = 0;
  const at = (column: Float64Array, index: number) => column[index] ?? Number.POSITIVE_INFINITY;
  while (sample < samples.at.length || summary < summaries.at.length) {
    if (at(summaries.at, summary) <= at(samples.at, sample)) {
      if (summaries.quality[summary] !== BAD) yield windowAt(summaries, summary);
      summary += 1;
    } else {
      if (samples.quality[sample] !== BAD) yield { at: at(samples.at, sample), value: samples.value[sample] as number };
      sample += 1;
    }
  }
}

function windowAt(summaries: HourSummaries, index: number): Event {
  const of = (name: Exclude<keyof HourSummaries, "quality" | "late">) => summaries[name][index] as number;
  const window = { n: of("n"), min: of("min"), max: of("max"), last: of("last"), lastAt: of("lastAt") };
  return { at: of("at"), value: of("first"), window };
}

function cut({ samples, summaries }: Hour, from: EpochMicros, to: EpochMicros): Hour {
  const [first, end] = [placeOf(samples.at, from), placeOf(samples.at, to)];
  const [firstSummary, summaryEnd] = [placeOf(summaries.at, from), placeOf(summaries.at, to)];
  return {
    samples: {
      at: samples.at.subarray(first, end),
      value: samples.value.subarray(first, end),
      quality: samples.quality.subarray(first, end),
      late: samples.late.subarray(first, end),
    },
    summaries: mapSummaries((name) => Float64Array.from(summaries[name].subarray(firstSummary, summaryEnd))),
  };
}

function mapSummaries(column: (name: keyof HourSummaries) => Float64Array): HourSummaries {
  return {
    at: column("at"),
    n: column("n"),
    min: column("min"),
    max: column("max"),
    sum: column("sum"),
    first: column("first"),
    last: column("last"),
    lastAt: column("lastAt"),
    covered: column("covered"),
    weightedSum: column("weightedSum"),
    quality: Uint8Array.from(column("quality")),
    late: Uint8Array.from(column("late")),
  };
}

/** Index of the first instant that is not before `at`. */
function placeOf(column: Float64Array, at: number): number {
  const place = column.findIndex((each) => each >= at);
  return place < 0 ? column.length : place;
}

function joined(parts: readonly (Float64Array | Uint8Array)[]): Float64Array {
  const whole = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}
