/**
 * reseal: a sealed batch that cannot go as it is gets new seqs; a gap of 0 readings stands for the old one (rule 4).
 *
 * `conflict`: the collector holds other content under this seq, so the epoch is not ours alone: a new one begins.
 * `too_big`: the collector's limit is lower than ours; the batch goes as two halves.
 */
import { decodeDataBody, encodeBatch, encodeDataBody, openBody, parseBatch } from "../../protocol/index.ts";
import { countReadings, halves } from "./seal.ts";
import type { BatchInfo, BatchKey, SpoolFile } from "./spool-file.ts";

export type ResealReason = "conflict" | "too_big";

/** The batches that stand in for the old one, its gap included; none where it is gone already. */
export function reseal(spool: SpoolFile, key: BatchKey, reason: ResealReason, now: number): BatchInfo[] {
  return spool.transaction(() => {
    const bytes = spool.soundBytes(key, now);
    if (bytes === undefined) return [];
    if (reason === "conflict" && key.epoch === spool.epochs.current().epoch) spool.epochs.mint("conflict");
    const sealed = sealAgain(spool, bytes, reason, now);
    spool.remove(key);
    const { hash } = parseBatch(bytes).header;
    return [...sealed, ...spool.declare([{ epoch: key.epoch, seq: key.seq, hash, count: 0, reason: "resealed" }], now)];
  });
}

function sealAgain(spool: SpoolFile, bytes: Uint8Array, reason: ResealReason, now: number): BatchInfo[] {
  const parsed = parseBatch(bytes);
  const { kind, count, catalog } = parsed.header;
  const body = openBody(parsed);
  if (kind !== "data" || reason === "conflict") return [spool.insert(kind, count, catalog, body, now)];
  const { totals, frames } = decodeDataBody(body, count);
  return halves(frames, count).map((half) => {
    const readings = countReadings(half);
    const { epoch, nextSeq: seq } = spool.epochs.current();
    const halfBody = encodeDataBody({ totals, frames: half });
    return spool.insert(kind, readings, catalog, halfBody, now, encodeBatch({ kind, epoch, seq, count: readings, catalog }, halfBody));
  });
}
