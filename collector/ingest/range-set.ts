/**
 * range-set: which seqs of a stream are there, as ascending closed ranges that neither touch nor overlap.
 */
import type { SeqRange } from "../../protocol/index.ts";

export class RangeSet {
  #ranges: [number, number][];

  constructor(ranges: readonly SeqRange[] = []) {
    this.#ranges = ranges.map(([from, to]) => [from, to]);
  }

  has(seq: number): boolean {
    const range = this.#ranges[this.#firstEndingAt(seq)];
    return range !== undefined && range[0] <= seq;
  }

  add(seq: number): void {
    const index = this.#firstEndingAt(seq - 1);
    const range = this.#ranges[index];
    if (range === undefined || range[0] > seq + 1) {
      this.#ranges.splice(index, 0, [seq, seq]);
      return;
    }
    range[0] = Math.min(range[0], seq);
    range[1] = Math.max(range[1], seq);
    const next = this.#ranges[index + 1];
    if (next !== undefined && next[0] <= range[1] + 1) {
      range[1] = Math.max(range[1], next[1]);
      this.#ranges.splice(index + 1, 1);
    }
  }

  /** Ascending; the newest `most` where there are more. */
  list(most = Number.POSITIVE_INFINITY): SeqRange[] {
    return this.#ranges.slice(-Math.min(most, this.#ranges.length || 1)).map(([from, to]) => [from, to]);
  }

  /** Ascending: the seqs from 1 to `end` that are not there. */
  *holes(end: number): Generator<SeqRange> {
    let next = 1;
    for (const [from, to] of this.#ranges) {
      if (next > end) return;
      if (next < from) yield [next, Math.min(from - 1, end)];
      next = to + 1;
    }
    if (next <= end) yield [next, end];
  }

  /** 0 in an empty set. */
  get highest(): number {
    return this.#ranges.at(-1)?.[1] ?? 0;
  }

  /** Index of the first range that ends at `seq` or later: in-order arrival finds it at the end. */
  #firstEndingAt(seq: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ranges[middle]?.[1] ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
