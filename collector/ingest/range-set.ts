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
    this.addRange(seq, seq);
  }

  /** Both inclusive. */
  addRange(from: number, to: number): void {
    const index = this.#firstEndingAt(from - 1);
    const joined: [number, number] = [from, to];
    let end = index;
    for (let range = this.#ranges[end]; range !== undefined && range[0] <= to + 1; range = this.#ranges[end]) {
      joined[0] = Math.min(joined[0], range[0]);
      joined[1] = Math.max(joined[1], range[1]);
      end += 1;
    }
    this.#ranges.splice(index, end - index, joined);
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
