/**
 * ledger: what is known of one stream, a stream being one epoch of one agent.
 *
 * The last HASHES_KEPT batches are known by their hashes, older ones as ranges only: a resend of one of these is
 * taken in again, and the natural key of its readings finds that they are there. Pure data, no I/O: `journal.ts`
 * keeps the same on disk.
 */
import type { BatchHash, EpochId, SeqRange } from "../../protocol/index.ts";
import { RangeSet } from "./range-set.ts";

export const HASHES_KEPT = 4_096;

/** A batch under this seq is durable with this content, or is being committed, or was declared lost. */
export type Known =
  | { readonly as: "data"; readonly hash: BatchHash }
  | { readonly as: "committing"; readonly hash: BatchHash }
  | { readonly as: "gap"; readonly hash?: BatchHash | undefined };

export class Ledger {
  readonly agent: string;
  readonly epoch: EpochId;
  /** Data and gaps, the ones being committed not yet among them. */
  readonly ranges: RangeSet;
  readonly #known = new Map<number, Known>();

  constructor(agent: string, epoch: EpochId, ranges: readonly SeqRange[] = []) {
    this.agent = agent;
    this.epoch = epoch;
    this.ranges = new RangeSet(ranges);
  }

  /** The highest seq that is here; 0 where nothing is. */
  get highest(): number {
    return this.ranges.highest;
  }

  /** Batches known by their hash, and gaps. */
  get known(): number {
    return this.#known.size;
  }

  /** "range": it was there once, its hash is not kept any more. */
  lookUp(seq: number): Known | { readonly as: "range" } | undefined {
    return this.#known.get(seq) ?? (this.ranges.has(seq) ? { as: "range" } : undefined);
  }

  begin(seq: number, hash: BatchHash): void {
    this.#known.set(seq, { as: "committing", hash });
  }

  /** The commit failed: the batch was never here. */
  forget(seq: number): void {
    if (this.#known.get(seq)?.as === "committing") this.#known.delete(seq);
  }

  settle(seq: number, known: Known): void {
    this.#known.delete(seq);
    this.#known.set(seq, known);
    this.ranges.add(seq);
    if (this.#known.size <= HASHES_KEPT) return;
    for (const [oldest, { as }] of this.#known) {
      if (as === "committing") continue;
      this.#known.delete(oldest);
      break;
    }
  }
}
