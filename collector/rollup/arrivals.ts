/**
 * arrivals: readings of one series and one UTC hour in the order in which they came, as growing columns.
 *
 * There is no object per reading: a batch's columns are copied into these once, and once more when merged.
 */
import type { SummaryFrame } from "../../protocol/index.ts";

/** A load holds a few readings each of many series; columns of up to 64 bytes cost V8 no buffer of their own. */
const FIRST_CAPACITY = 8;

/** Samples of one series and hour, in journal order. */
export class SampleArrivals {
  length = 0;
  at = new Float64Array(FIRST_CAPACITY);
  value = new Float64Array(FIRST_CAPACITY);
  quality = new Uint8Array(FIRST_CAPACITY);
  late = new Uint8Array(FIRST_CAPACITY);
  /** Index of the batch that brought it. */
  batch = new Uint32Array(FIRST_CAPACITY);

  add(at: number, value: number, quality: number, late: number, batch: number): void {
    const index = this.length++;
    if (index === this.at.length) this.#grow(2 * index);
    this.at[index] = at;
    this.value[index] = value + 0; // makes 0 of -0: no store has to keep the difference
    this.quality[index] = quality;
    this.late[index] = late;
    this.batch[index] = batch;
  }

  #grow(capacity: number): void {
    const { at, value, quality, late, batch } = this;
    this.at = new Float64Array(capacity);
    this.value = new Float64Array(capacity);
    this.quality = new Uint8Array(capacity);
    this.late = new Uint8Array(capacity);
    this.batch = new Uint32Array(capacity);
    this.at.set(at);
    this.value.set(value);
    this.quality.set(quality);
    this.late.set(late);
    this.batch.set(batch);
  }
}

/** Where a summary came from: `index` into the columns of `frame`. */
export interface SummaryArrival {
  readonly at: number;
  readonly frame: SummaryFrame;
  readonly index: number;
  readonly late: number;
  readonly batch: number;
}

/** What came for one series in one hour. Summaries are few (one stands for many readings), so each is an object. */
export interface HourArrivals {
  readonly samples: SampleArrivals;
  readonly summaries: SummaryArrival[];
}
