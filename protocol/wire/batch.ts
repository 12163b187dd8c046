/**
 * batch: the envelope of everything an agent sends for keeps. SPEC.md section "Batch".
 *
 *   byte 0      0xA1: magic A, version 1
 *   8 bytes     epoch
 *   varint      seq, from 1
 *   varint      readings x 8 + kind x 2 + deflated
 *   4 bytes     catalog reference (zero for gaps and catalogs)
 *   8 bytes     hash
 *   the rest    body, deflate-raw where `deflated`
 *
 * The header says enough to drop a resend, enforce limits and answer before anything is inflated.
 * The hash covers header and body as sent, so published bytes equal sealed bytes or they are refused.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { ByteReader, ByteWriter, fromHex, toHex } from "../bytes.ts";
import { Fault } from "../faults.ts";
import { LIMITS } from "../limits.ts";
import {
  type BatchHash,
  CATALOG_REF_BYTES,
  type CatalogRef,
  EPOCH_BYTES,
  type EpochId,
  epochId,
  HASH_BYTES,
  sha256Prefix,
} from "./identity.ts";
import { mayDeflate } from "./may-deflate.ts";

const MAGIC = 0xa0;
const VERSION = 1;

export type BatchKind = "data" | "gap" | "catalog";
const KINDS: readonly BatchKind[] = ["data", "gap", "catalog"];

export interface BatchHeader {
  readonly kind: BatchKind;
  readonly deflated: boolean;
  readonly epoch: EpochId;
  readonly seq: number;
  /** Readings inside: values of samples and summaries; 0 for gaps and catalogs. */
  readonly count: number;
  readonly catalog: CatalogRef;
  readonly hash: BatchHash;
}

export interface SealedBatch {
  readonly hash: BatchHash;
  /** As published: header and body. */
  readonly bytes: Uint8Array;
}

/** Encodes and hashes a batch around `body`; deflates it where that is smaller. */
export function encodeBatch(header: Omit<BatchHeader, "deflated" | "hash">, body: Uint8Array): SealedBatch {
  const deflatedBody = mayDeflate(body) ? deflateRawSync(body, { level: 9 }) : body;
  const deflated = deflatedBody.length < body.length;
  const out = new ByteWriter(body.length + 32);
  out.byte(MAGIC | VERSION);
  out.append(fromHex(header.epoch));
  out.varint(header.seq);
  out.varint(header.count * 8 + KINDS.indexOf(header.kind) * 2 + (deflated ? 1 : 0));
  out.append(fromHex(header.catalog));
  const hashAt = out.length;
  out.append(new Uint8Array(HASH_BYTES));
  out.append(deflated ? deflatedBody : body);
  const bytes = out.finish();
  const hash = sha256Prefix(bytes) as BatchHash;
  bytes.set(fromHex(hash), hashAt);
  return { hash, bytes };
}

export interface ParsedBatch {
  readonly header: BatchHeader;
  /** Body as sent, a view into the payload. */
  readonly body: Uint8Array;
}

/**
 * Reads the header and verifies the hash; nothing is inflated.
 * @throws Fault `malformed` (no batch at all), `version` (of a later protocol), `too_big`, `crc` (hash mismatch).
 */
export function parseBatch(payload: Uint8Array): ParsedBatch {
  const { header, bodyAt } = readHeader(payload);
  if (payload.length > LIMITS.batchBytes) {
    throw new Fault("too_big", `batch: expected at most ${LIMITS.batchBytes} bytes, got ${payload.length}`);
  }
  const expected = hashOf(payload, bodyAt);
  if (header.hash !== expected) {
    throw new Fault("crc", `batch ${header.epoch}/${header.seq}: expected hash ${expected}, got ${header.hash}`, { retry: true });
  }
  return { header, body: payload.subarray(bodyAt) };
}

/**
 * The header of a batch that may be damaged or too big: for an answer that names it, and for nothing else.
 * @throws Fault `malformed`, `version`.
 */
export function peekHeader(payload: Uint8Array): BatchHeader {
  return readHeader(payload).header;
}

function readHeader(payload: Uint8Array): { readonly header: BatchHeader; readonly bodyAt: number } {
  const input = new ByteReader(payload);
  checkMagic(input.byte());
  const epoch = epochId(input.take(EPOCH_BYTES));
  const seq = input.varint();
  const packed = input.varint();
  const kind = KINDS[Math.floor(packed / 2) % 4];
  const catalog = toHex(input.take(CATALOG_REF_BYTES)) as CatalogRef;
  const hash = toHex(input.take(HASH_BYTES)) as BatchHash;
  if (kind === undefined || seq === 0) throw new Fault("malformed", `batch ${epoch}/${seq}: unknown kind or seq 0`);
  const count = Math.floor(packed / 8);
  if ((kind === "data") !== count > 0)
    throw new Fault("malformed", `batch ${epoch}/${seq}: expected readings in data and in nothing else, got ${count} of a ${kind}`);
  return { header: { kind, deflated: packed % 2 === 1, epoch, seq, count, catalog, hash }, bodyAt: input.offset };
}

function hashOf(payload: Uint8Array, bodyAt: number): string {
  return sha256Prefix(payload.subarray(0, bodyAt - HASH_BYTES), new Uint8Array(HASH_BYTES), payload.subarray(bodyAt));
}

function checkMagic(byte: number): void {
  if ((byte & 0xf0) !== MAGIC) throw new Fault("malformed", `batch: expected first byte 0xA1, got 0x${byte.toString(16)}`);
  if ((byte & 0x0f) !== VERSION) throw new Fault("version", `batch: expected version ${VERSION}, got ${byte & 0x0f}`);
}

interface Inflated {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/**
 * The body, inflated where it was deflated, never more than the limit.
 * @throws Fault `malformed` (broken deflate stream), `too_big` (inflates beyond the limit).
 */
export function openBody({ header, body }: ParsedBatch): Uint8Array {
  if (!header.deflated) return body;
  const { buffer, used } = inflate(header, body);
  if (used !== body.length)
    throw new Fault("malformed", `batch ${header.epoch}/${header.seq}: ${body.length - used} bytes behind the deflate stream`);
  return buffer;
}

function inflate(header: BatchHeader, body: Uint8Array): { readonly buffer: Uint8Array; readonly used: number } {
  try {
    // With `info` zlib also tells how much it read; its types do not say so.
    const { buffer, engine } = inflateRawSync(body, { maxOutputLength: LIMITS.bodyBytes, info: true }) as unknown as Inflated;
    return { buffer, used: engine.bytesWritten };
  } catch (error) {
    const tooBig = error instanceof RangeError;
    throw new Fault(
      tooBig ? "too_big" : "malformed",
      `batch ${header.epoch}/${header.seq}: ${tooBig ? "inflates beyond the limit" : "broken deflate stream"}`,
      {
        cause: error,
      },
    );
  }
}
