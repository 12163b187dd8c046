/**
 * ledger: what is known of one stream, a stream being one epoch of one agent.
 *
 * The journal knows the last HASHES_KEPT batches by their hashes, older ones as ranges only: a resend of one of these is
 * taken in again, and the natural key of its readings finds that they are there. In memory are the last HASHES_AT_HAND,
 * far more than an agent has in flight: ten thousand agents with all of theirs would be gigabytes. What is not at hand is
 * looked up in the journal and told by `remember`. Pure data, no I/O.
 */
import type { BatchHash, BatchKind, EpochId, SeqRange } from "../../protocol/index.ts";
import { RangeSet } from "./range-set.ts";

export const HASHES_KEPT = 4_096;
export const HASHES_AT_HAND = 64;

/** A batch under this seq is durable with this content, or is being committed, or was declared lost. */
export type Known =
  | { readonly as: "data"; readonly hash: BatchHash }
  | { readonly as: "committing"; readonly hash: BatchHash }
  | { readonly as: "gap"; readonly hash?: BatchHash | undefined };

/** What a row of the journal's ledger says. @param hash null where the content is not known. */
export function knownAs({ kind, hash }: { readonly kind: BatchKind | "declared"; readonly hash: BatchHash | null }): Known {
  return hash === null || kind === "declared" ? { as: "gap", hash: hash ?? undefined } : { as: "data", hash };
}

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

  /** "range": it was there once, its hash is not at hand. */
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
    this.ranges.add(seq);
    this.remember(seq, known);
  }

  /** What the journal knows of a seq that is in a range. */
  remember(seq: number, known: Known): void {
    this.#known.delete(seq);
    this.#known.set(seq, known);
    if (this.#known.size <= HASHES_AT_HAND) return;
    for (const [oldest, { as }] of this.#known) {
      if (as === "committing") continue;
      this.#known.delete(oldest);
      break;
    }
  }
}
