/**
 * independent-decoder: a second reader of everything that travels, written from protocol/SPEC.md alone, before its
 * author had seen the codec. It shares no code with the product, so what both read alike is what the text says. Where
 * the text had left something open, the text was made to say it, and this follows the text.
 *
 * It cares for nothing but being right: it is slow, and it answers anything wrong by throwing.
 */
import { createHash } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { decodeCatalogBody, decodeDataBody, decodeGapBody } from "./independent-body.ts";
import { Cursor, hex, refuse } from "./independent-cursor.ts";
import { Fields, readMsgpack, type Value } from "./independent-msgpack.ts";

const STANDINGS = ["welcome", "rolled_back", "denied"] as const;
const KINDS = ["data", "gap", "catalog"] as const;
const NACKS = ["conflict", "crc", "too_big", "catalog", "version", "quarantined", "busy", "denied"];
const BATCH_BYTES = 98_304;
const BODY_BYTES = 1_048_576;
const READINGS = 5_000;
const RANGES = 256;
const ANSWERS = 512;

/** A batch, header and body. The names of all forms that are met go into `seen`. */
export function decodeBatch(payload: Uint8Array, seen: Set<string> = new Set()) {
  const cursor = new Cursor(payload);
  const header = readHeader(cursor);
  const body = openBody(cursor.take(cursor.left), header.deflated);
  seen.add(`kind ${header.kind}`);
  seen.add(`body ${header.deflated ? "deflated" : "plain"}`);
  if (header.kind === "data") return { header, body: decodeDataBody(body, header.count, seen) };
  return { header, body: header.kind === "gap" ? decodeGapBody(body) : decodeCatalogBody(body) };
}

function readHeader(cursor: Cursor) {
  const version = cursor.byte();
  if (version !== 0xa1) refuse(`first byte ${version}`);
  if (cursor.bytes.length > BATCH_BYTES) refuse("a batch of too many bytes");
  const epoch = hex(cursor.take(8));
  const seq = cursor.varint();
  const packed = cursor.varint();
  const catalog = hex(cursor.take(4));
  const hash = hex(cursor.take(8));
  if (hash !== hashOf(cursor.bytes, cursor.place)) refuse("the hash does not agree");
  const kind = KINDS[Math.floor(packed / 2) % 4] ?? refuse("an unknown kind");
  const count = Math.floor(packed / 8);
  if (seq < 1) refuse("seq 0");
  if (count > READINGS) refuse(`${count} readings`);
  if ((kind === "data") !== count > 0) refuse(`${count} readings of a ${kind}`);
  return { kind, deflated: packed % 2 === 1, epoch, seq, count, catalog, hash };
}

/** "the first 8 bytes of SHA-256 over the header with a hash field of zeros, followed by the body as sent". */
function hashOf(payload: Uint8Array, headerEnd: number): string {
  const zeroed = Uint8Array.from(payload).fill(0, headerEnd - 8, headerEnd);
  return createHash("sha256").update(zeroed).digest("hex").slice(0, 16);
}

function openBody(sent: Uint8Array, deflated: boolean): Uint8Array {
  if (!deflated) return sent.length <= BODY_BYTES ? sent : refuse("a body of too many bytes");
  // With `info`, zlib tells how much of the input its stream took: nothing may follow.
  const { buffer, engine } = inflateRawSync(sent, { maxOutputLength: BODY_BYTES, info: true }) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  return engine.bytesWritten === sent.length ? buffer : refuse("bytes behind the deflate stream");
}

export function decodeHelloMessage(payload: Uint8Array) {
  return message(payload, "hello", (fields) => ({
    session: fields.id(),
    software: fields.string(40),
    epochs: fields.list(64, (value) => group(value, (epoch) => ({ epoch: epoch.id(), from: epoch.integer(), to: epoch.integer() }))),
    catalogs: fields.list(64, hash),
    token: fields.secret(),
    fingerprint: fields.secret(),
    clock: group(fields.next(), (clock) => ({ wall: clock.integer(), trusted: clock.boolean(), source: clock.string(40) })),
    pending: fields.integer(),
    ...(fields.hasMore && { labels: labelsOf(fields.next()) }),
  }));
}

/** 1 to 16 pairs, ascending by name. */
function labelsOf(value: Value): Record<string, string> {
  if (!Array.isArray(value) || value.length === 0 || value.length > 16) refuse("a list of labels");
  const labels: Record<string, string> = {};
  let before = "";
  for (const each of value as Value[]) {
    const [key, text] = group(each, (pair): [string, string] => [pair.string(40), pair.string(256)]);
    if (!/^[a-z0-9][a-z0-9_-]{0,39}$/.test(key) || key <= before) refuse("the name of a label");
    if ([...text].length < 1 || [...text].length > 64 || /[,\p{C}]/u.test(text) || text !== text.trim()) refuse("the value of a label");
    labels[key] = text;
    before = key;
  }
  return labels;
}

export function decodeHelloAckMessage(payload: Uint8Array) {
  return message(payload, "hello-ack", (fields) => ({
    session: fields.id(),
    collector: fields.string(64),
    generation: fields.string(64),
    token: fields.secret(),
    standing: STANDINGS[fields.integer()] ?? refuse("an unknown standing"),
    time: fields.integer(),
    timeTrusted: fields.boolean(),
    epochs: fields.list(64, (value) => group(value, (epoch) => ({ epoch: epoch.id(), ranges: readRanges(new Cursor(epoch.bytes())) }))),
    missingCatalogs: fields.list(64, hash),
    credit: credit(fields),
  }));
}

/** "its first seq minus the last one of the range before (from 0, and at least 1), then its length minus 1". */
function readRanges(cursor: Cursor): [number, number][] {
  const ranges: [number, number][] = [];
  let before = 0;
  while (cursor.left > 0) {
    const ahead = cursor.varint();
    const last = before + ahead + cursor.varint();
    if (ahead < 1 || !Number.isSafeInteger(last)) refuse("ranges that do not ascend");
    ranges.push([before + ahead, last]);
    before = last;
  }
  return ranges.length <= RANGES ? ranges : refuse(`${ranges.length} ranges`);
}

export function decodeAckMessage(payload: Uint8Array) {
  const ack = message(payload, "ack", (fields) => ({
    generation: fields.string(64),
    time: fields.integer(),
    timeTrusted: fields.boolean(),
    credit: credit(fields),
    answers: fields.rest((value) => group(value, answersOf)).flat(),
  }));
  return ack.answers.length <= ANSWERS ? ack : refuse(`${ack.answers.length} answers`);
}

function answersOf(fields: Fields) {
  const epoch = fields.id();
  const acked = readAnswers(new Cursor(fields.bytes()), () => ({}));
  const nacked = readAnswers(new Cursor(fields.bytes()), (cursor) => ({ nack: NACKS[cursor.byte()] ?? "busy" }));
  return [...acked, ...nacked].map((answer) => ({ epoch, ...answer }));
}

function readAnswers<T extends object>(cursor: Cursor, more: (cursor: Cursor) => T) {
  const answers: ({ seq: number; hash: string } & T)[] = [];
  while (cursor.left > 0) {
    const seq = cursor.varint();
    if (seq < 1) refuse("an answer to seq 0");
    answers.push({ seq, hash: hex(cursor.take(8)), ...more(cursor) });
  }
  return answers;
}

export function decodeAgentStatusMessage(payload: Uint8Array) {
  return message(payload, "agent", (fields) => ({ online: fields.boolean(), session: fields.string(40) }));
}

export function decodeCollectorStatusMessage(payload: Uint8Array) {
  return message(payload, "collector", (fields) => ({
    online: fields.boolean(),
    collector: fields.string(64),
    generation: fields.string(64),
  }));
}

function message<T>(payload: Uint8Array, title: string, read: (fields: Fields) => T): T {
  return group(readMsgpack(payload), (fields) => {
    fields.literal(title);
    return read(fields);
  });
}

function group<T>(value: Value, read: (fields: Fields) => T): T {
  const fields = new Fields(value);
  const result = read(fields);
  fields.end();
  return result;
}

function credit(fields: Fields) {
  return group(fields.next(), (entry) => ({
    batches: entry.integer(0, 1_024),
    bytes: entry.integer(),
    waitMs: entry.integer(0, 3_600_000),
  }));
}

function hash(value: Value): string {
  return value instanceof Uint8Array && value.length === 8 ? hex(value) : refuse("no hash");
}
