/**
 * frame: all channels of one sensor over some instants, as columns.
 *
 * One `at` column serves every channel, so an instant is paid for once. A channel of which filters
 * kept only part carries a presence column; below half it becomes a frame of its own. Every instant
 * has a value of at least one channel.
 * Columns are typed arrays: there is no object per reading between socket and store.
 */

/** Samples of one channel. */
export interface SampleColumn {
  /** Index of the series in the batch's catalog. */
  readonly series: number;
  /** 1 where the channel has a value at that instant; undefined = everywhere. */
  readonly present: Uint8Array | undefined;
  /** One finite double per present instant. */
  readonly values: Float64Array;
  /** Index into QUALITIES per present instant; undefined = all good. */
  readonly quality: Uint8Array | undefined;
}

export interface SampleFrame {
  readonly form: "samples";
  /** EpochMicros, one per instant, in the order in which they were measured. */
  readonly at: Float64Array;
  readonly columns: readonly SampleColumn[];
}

/** The fields of `Summary` that are numbers, in the order of every table that lists them. */
export const SUMMARY_COLUMNS = ["at", "n", "min", "max", "sum", "first", "last", "lastAt", "covered", "weightedSum"] as const;

export type SummaryColumn = (typeof SUMMARY_COLUMNS)[number];

/** Summaries as columns, all of one length. */
export type SummaryColumns = { readonly [Column in SummaryColumn]: Float64Array };

export function summaryColumns(column: (name: SummaryColumn) => Float64Array): SummaryColumns {
  return Object.fromEntries(SUMMARY_COLUMNS.map((name) => [name, column(name)])) as SummaryColumns;
}

/** Summaries of one channel. */
export interface SummaryFrame extends SummaryColumns {
  readonly form: "summaries";
  readonly series: number;
  readonly quality: Uint8Array | undefined;
}

export type Frame = SampleFrame | SummaryFrame;

/** Readings in a frame: values of samples, or summaries (each counts as one reading on the wire). */
export function frameCount(frame: Frame): number {
  if (frame.form === "summaries") return frame.at.length;
  let count = 0;
  for (const column of frame.columns) count += column.values.length;
  return count;
}
