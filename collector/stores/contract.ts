/**
 * The contract of a store: a durable, queryable keeper of samples, summaries and buckets.
 *
 * - Every store is fed from the collector's journal; the ack follows the journal's commit, never the store's.
 * - `rollup/load.ts` merges by natural key and recomputes buckets; the store only loads and overwrites.
 *   So a put that is repeated after a crash changes nothing.
 * - Hours are UTC hours; buckets are UTC quarter hours. A series is a number given out by the collector and
 *   never used again.
 */
import type { EpochMicros, SummaryColumns } from "../../protocol/index.ts";

export type SeriesNumber = number;

/** Samples of one series inside one hour, ascending by `at`, no two of one `at`. */
export interface HourSamples {
  readonly at: Float64Array;
  readonly value: Float64Array;
  /** Index into QUALITIES. */
  readonly quality: Uint8Array;
  /** 1 where it was received more than 10 minutes after its bucket's end. */
  readonly late: Uint8Array;
}

/** Summaries of one series whose `at` lies inside one hour, ascending by `at`, no two of one `at`. */
export interface HourSummaries extends SummaryColumns {
  readonly quality: Uint8Array;
  readonly late: Uint8Array;
}

export interface Hour {
  readonly samples: HourSamples;
  readonly summaries: HourSummaries;
}

/** 15 UTC minutes of a series: a pure function of its deduplicated samples and summaries. */
export interface Bucket {
  readonly series: SeriesNumber;
  /** Start of the quarter hour. */
  readonly start: EpochMicros;
  /** Good and suspect readings (readings inside summaries included). */
  readonly n: number;
  /** Where n is 0: min Infinity, max -Infinity, first and last 0, their instants the bucket's start. */
  readonly min: number;
  readonly max: number;
  /** Compensated sum of good and suspect readings. */
  readonly sum: number;
  readonly first: number;
  readonly firstAt: EpochMicros;
  readonly last: number;
  readonly lastAt: EpochMicros;
  /** Microseconds of the quarter for which a value is known (held at most `max_hold`, carry-in included). */
  readonly covered: number;
  /** Sum of value x held time, unit x microseconds. */
  readonly weightedSum: number;
  /** Readings of quality suspect; a summary of quality suspect counts with its whole n (it does not say which). */
  readonly suspect: number;
  readonly bad: number;
  readonly late: number;
  /** Counts how often the bucket changed after it was final. */
  readonly revision: number;
}

export interface HourPut {
  readonly series: SeriesNumber;
  /** Start of the UTC hour. */
  readonly hour: EpochMicros;
  /** The hour as it is now, whole. */
  readonly whole: Hour;
  /** Indexes into `whole.samples` and `whole.summaries` that are new or changed since it was loaded. */
  readonly changedSamples: readonly number[];
  readonly changedSummaries: readonly number[];
}

/** How far the store is: what it has durably of the journal, in its own transaction. */
export interface Progress {
  /** Number of the last journal row whose readings are all in; 0 in a new store. */
  readonly position: number;
  /** Opaque to the store: what the collector wrote with the last put (outcomes of its batches). */
  readonly note: string;
}

export interface LoadUnit {
  readonly hours: readonly HourPut[];
  readonly buckets: readonly Bucket[];
  readonly progress: Progress;
}

export interface Span {
  /** Inclusive. */
  readonly from: EpochMicros;
  /** Exclusive. */
  readonly to: EpochMicros;
}

/** A neighbour across an hour's border: a sample or summary of quality good or suspect. */
export interface HeldValue {
  /** Of a summary the instant of its first value. */
  readonly at: EpochMicros;
  /** Of a summary its last value. */
  readonly value: number;
  /** True for a summary. Its window has held its last value already, so nothing of it is carried on. */
  readonly summary: boolean;
}

/** Nothing was read and nothing is held in it: the same as no bucket. */
export function isEmptyBucket(bucket: Bucket): boolean {
  return bucket.n === 0 && bucket.bad === 0 && bucket.covered === 0;
}

export interface Store {
  readonly supports: {
    /** A put is all or nothing, its progress included. Elsewhere a repeated put repairs a broken one. */
    readonly atomicPut: boolean;
  };
  /** @throws Fault that says why the data cannot be used and what to do. */
  open(): Promise<void>;
  progress(): Promise<Progress>;
  /** Samples and summaries of a UTC hour; empty columns where there is nothing. */
  loadHour(series: SeriesNumber, hour: EpochMicros): Promise<Hour>;
  /** The newest good or suspect value before `at`, not older than `at - reach`; the sample where both stand at one instant. */
  lastBefore(series: SeriesNumber, at: EpochMicros, reach: number): Promise<HeldValue | undefined>;
  /** The oldest good or suspect value at or after `at` and before `at + reach`. */
  firstAfter(series: SeriesNumber, at: EpochMicros, reach: number): Promise<HeldValue | undefined>;
  /** Overwrites by (series, at) and (series, start). A bucket with nothing in it (`isEmptyBucket`) is taken out. */
  put(unit: LoadUnit): Promise<void>;
  /** Buckets of one series that start inside the span, ascending. */
  buckets(series: SeriesNumber, span: Span): Promise<readonly Bucket[]>;
  /** Samples of one series inside the span, ascending, at most `limit`. */
  samples(series: SeriesNumber, span: Span, limit: number): Promise<HourSamples>;
  /**
   * From the first bucket's start to the last bucket's end; undefined where there is none. It may end in the
   * future: a held value reaches as far as its sensor promised to be silent.
   */
  extent(series: SeriesNumber): Promise<Span | undefined>;
  close(): Promise<void>;
}
