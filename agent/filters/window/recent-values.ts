/**
 * recent-values: the last values of a channel, and their median.
 */
import { z } from "zod";

/** How many values a window has: an odd number, so that one of them is in the middle. */
export function windowSize(usual: number) {
  return z
    .int()
    .min(3)
    .max(101)
    .refine((size) => size % 2 === 1, "expected an odd number of readings")
    .default(usual);
}

export class RecentValues {
  readonly #size: number;
  /** Oldest first. */
  #values: number[];

  constructor(size: number) {
    this.#size = size;
    this.#values = [];
  }

  get isFull(): boolean {
    return this.#values.length === this.#size;
  }

  /** Oldest first: plain data to be saved. */
  get values(): readonly number[] {
    return [...this.#values];
  }

  set values(saved: readonly number[]) {
    this.#values = saved.slice(-this.#size);
  }

  add(value: number): void {
    this.#values.push(value);
    if (this.#values.length > this.#size) this.#values.shift();
  }

  /** Of at least one value. */
  median(): number {
    return medianOf(this.#values);
  }

  /** Median of the distances from `centre`. */
  medianDistance(centre: number): number {
    return medianOf(this.#values.map((value) => Math.abs(value - centre)));
  }
}

/** The middle one, or the mean of the two in the middle; the distance of two doubles may be more than a double holds. */
function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] as number;
  if (sorted.length % 2 === 1) return upper;
  const lower = sorted[(sorted.length >> 1) - 1] as number;
  return lower / 2 + upper / 2;
}
