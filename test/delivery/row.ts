/**
 * row: a batch as the collector's journal has it.
 */
import type { CommittedEntry } from "../../collector/ingest/delivery.ts";
import { type Answer, type BatchHeader, catalogHash, decodeGaps, openBody, type ParsedBatch } from "../../protocol/index.ts";
import { nameOf, readingsIn } from "./witness.ts";

export const AGENT = "greenhouse-1";

export interface Row extends CommittedEntry {
  readonly name: string;
  readonly readings: readonly number[];
}

export function plain({ epoch, seq, hash }: BatchHeader): Answer {
  return { epoch, seq, hash };
}

export function toRow(parsed: ParsedBatch, payload: Uint8Array): Row {
  const { header } = parsed;
  const body = openBody(parsed);
  return {
    agent: AGENT,
    header,
    name: nameOf(header),
    // One batch in fifty cannot be read here: it is kept raw, which counts as an ack.
    unreadable: header.kind === "data" && Number.parseInt(header.hash.slice(0, 4), 16) % 50 === 0,
    gaps: header.kind === "gap" ? decodeGaps(body) : [],
    catalog: header.kind === "catalog" ? catalogHash(body) : undefined,
    readings: readingsIn(payload),
  };
}
