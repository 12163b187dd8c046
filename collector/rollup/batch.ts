/**
 * batch: a committed batch on its way from the journal into the store, and what became of it.
 */
import type { EpochMicros, Frame, SeriesSpec } from "../../protocol/index.ts";
import type { SeriesNumber } from "../stores/contract.ts";

/** One journal row, decoded. Rows are loaded in the order of `row`, which decides which value stays. */
export interface JournalBatch {
  readonly row: number;
  readonly receivedAt: EpochMicros;
  readonly frames: readonly Frame[];
  /** By catalog index: number and description of the series; undefined = refused (too_many_series). */
  readonly series: readonly ({ readonly number: SeriesNumber; readonly spec: SeriesSpec } | undefined)[];
  /** Ordinals of readings that were refused at ingest (order of frames, then columns, then instants). */
  readonly refused: ReadonlySet<number>;
}

/** A reading whose key is taken by another value: it goes to quarantine. */
export interface Conflict {
  readonly row: number;
  readonly series: SeriesNumber;
  readonly at: EpochMicros;
  /** The value that came second (of a summary its sum); the first in journal order stays. */
  readonly value: number;
  /** Index into QUALITIES. */
  readonly quality: number;
}

/** stored + duplicate + conflict = readings of the batch that were not refused. */
export interface BatchOutcome {
  readonly row: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly conflict: number;
}
