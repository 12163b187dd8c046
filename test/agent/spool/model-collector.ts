/**
 * model-collector: a collector as a map of what it has. It may lose everything, or know seqs nobody sealed here.
 */
import type { Greeting } from "../../../agent/spool/reconcile.ts";
import { type Answer, decodeGaps, type HelloAckEpoch, openBody, parseBatch, type SeqRange } from "../../../protocol/index.ts";

export class ModelCollector {
  /** By epoch, then seq: the hash of a batch, or "gap". */
  #has = new Map<string, Map<number, string>>();

  /** Takes a batch as published, and answers. */
  take(bytes: Uint8Array): Answer {
    const parsed = parseBatch(bytes);
    const { epoch, seq, hash, kind } = parsed.header;
    this.#of(epoch).set(seq, hash);
    if (kind === "gap") {
      for (const gap of decodeGaps(openBody(parsed))) if (!this.has(gap)) this.#of(gap.epoch).set(gap.seq, "gap");
    }
    return { epoch, seq, hash };
  }

  has({ epoch, seq }: { readonly epoch: string; readonly seq: number }): boolean {
    return this.#of(epoch).has(seq);
  }

  /** Restored from a backup: keeps the first `share` of each epoch. */
  restore(share: number): void {
    for (const [epoch, seqs] of this.#has) this.#has.set(epoch, new Map([...seqs].slice(0, Math.floor(seqs.size * share))));
  }

  /** Somebody else counted in this epoch. */
  takeForeign(epoch: string, seq: number): void {
    this.#of(epoch).set(seq, "foreign");
  }

  forgetForeign(): void {
    for (const seqs of this.#has.values()) for (const [seq, hash] of seqs) if (hash === "foreign") seqs.delete(seq);
  }

  /** Ranges of every epoch asked for, as a hello-ack lists them. */
  ranges(epochs: readonly { readonly epoch: HelloAckEpoch["epoch"] }[]): HelloAckEpoch[] {
    return epochs.map(({ epoch }) => ({ epoch, ranges: toRanges([...this.#of(epoch).keys()].sort((a, b) => a - b)) }));
  }

  /** What of a hello-ack the spool is held against, from a collector that does not judge devices. */
  greeting(epochs: readonly { readonly epoch: HelloAckEpoch["epoch"] }[]): Greeting {
    return { epochs: this.ranges(epochs), token: "", standing: "welcome" };
  }

  #of(epoch: string): Map<number, string> {
    const known = this.#has.get(epoch);
    if (known !== undefined) return known;
    const seqs = new Map<number, string>();
    this.#has.set(epoch, seqs);
    return seqs;
  }
}

function toRanges(seqs: readonly number[]): SeqRange[] {
  const ranges: [number, number][] = [];
  for (const seq of seqs) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === seq) last[1] = seq;
    else ranges.push([seq, seq]);
  }
  return ranges;
}
