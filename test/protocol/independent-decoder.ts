/**
 * independent-decoder: a second reader of the wire format, written from the text of protocol/SPEC.md alone.
 *
 * It imports nothing of the product, so where it and the codec read the same bytes alike, the text says enough
 * to write an agent from. It gives plain values (arrays, hex strings) and throws a plain Error for what the text
 * says must be refused. It is not fast, and checks limits only where the format depends on them.
 */
import { createHash } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { decodeInstants, decodeNumbers, decodeSummaryColumns } from "./independent-columns.ts";
import { Cursor, readMsgpack, type Value } from "./independent-msgpack.ts";

const KINDS = ["data", "gap", "catalog"] as const;
const SERIES_KINDS = ["gauge", "counter", "angle", "state"] as const;
const NACKS = ["conflict", "crc", "too_big", "catalog", "version", "quarantined", "busy", "denied"] as const;
const TOTALS = ["open", "filtered", "derived", "summarised", "inWindow", "dropped"] as const;

export function decodeBatch(payload: Uint8Array) {
  const cursor = new Cursor(payload);
  if (cursor.byte() !== 0xa1) throw new Error("no batch of version 1");
  const epoch = hex(cursor.bytes(8));
  const seq = cursor.varint();
  const packed = BigInt(cursor.varint());
  const catalog = hex(cursor.bytes(4));
  const hashAt = cursor.at;
  const hash = hex(cursor.bytes(8));
  const kind = KINDS[Number((packed / 2n) % 4n)];
  if (kind === undefined || seq === 0) throw new Error("unknown kind, or seq 0");
  const blank = Uint8Array.from(payload);
  blank.fill(0, hashAt, hashAt + 8);
  if (createHash("sha256").update(blank).digest("hex").slice(0, 16) !== hash) throw new Error("hash mismatch");
  const deflated = packed % 2n === 1n;
  const count = Number(packed / 8n);
  const sent = cursor.bytes(cursor.left);
  const body = deflated ? new Uint8Array(inflateRawSync(sent, { maxOutputLength: 1_048_576 })) : sent;
  return { header: { kind, deflated, epoch, seq, count, catalog, hash }, body: decodeBody(kind, body, count) };
}

function decodeBody(kind: (typeof KINDS)[number], body: Uint8Array, count: number) {
  if (kind === "data") return decodeData(body, count);
  return kind === "gap" ? decodeGapBody(body) : decodeCatalogBody(body);
}

function decodeData(body: Uint8Array, count: number) {
  const [totals = new Uint8Array(), ...parts] = readMsgpack(body) as Uint8Array[];
  const frames = parts.map(decodeFrameBytes);
  const readings = frames.map(({ readings }) => readings).reduce((sum, of) => sum + of, 0);
  if (readings !== count) throw new Error(`${readings} readings where the header says ${count}`);
  return { totals: decodeTotals(totals), frames: frames.map(({ frame }) => frame) };
}

function decodeTotals(bytes: Uint8Array) {
  const cursor = new Cursor(bytes);
  const read = cursor.left > 0 ? cursor.varint() : 0;
  const sealed = read - (cursor.left > 0 ? cursor.zigzag() : 0);
  const rest = TOTALS.map((name) => [name, cursor.left > 0 ? cursor.varint() : 0] as const);
  cursor.end();
  return { read, sealed, ...Object.fromEntries(rest) };
}

function decodeFrameBytes(bytes: Uint8Array) {
  const cursor = new Cursor(bytes);
  const form = cursor.byte();
  const series = cursor.varint();
  const instants = cursor.varint();
  if (form > 2 || instants === 0 || instants > 5_000) throw new Error("unknown form, or no or too many instants");
  const decoded = form === 1 ? decodeSummaries(cursor, series, instants) : decodeSamples(cursor, form === 2, series, instants);
  cursor.end();
  return decoded;
}

function decodeSamples(cursor: Cursor, isPlain: boolean, series: number, instants: number) {
  const mask = BigInt(cursor.varint());
  const at = decodeInstants(cursor, instants);
  const indexes = [series];
  for (let i = 0; i < 31; i++) if ((mask >> BigInt(i)) % 2n === 1n) indexes.push(series + 1 + i);
  const columns = indexes.map((index) => {
    const flags = isPlain ? 0 : cursor.byte();
    const present = flags & 1 ? decodeRuns(cursor, instants) : undefined;
    const size = present?.filter((bit) => bit === 1).length ?? instants;
    const quality = flags & 2 ? decodeRuns(cursor, size) : undefined;
    return { series: index, ...given("present", present), ...given("quality", quality), values: decodeNumbers(cursor, size) };
  });
  const readings = columns.reduce((sum, { values }) => sum + values.length, 0);
  return { readings, frame: { form: "samples", at, columns } };
}

function decodeSummaries(cursor: Cursor, series: number, instants: number) {
  const at = decodeInstants(cursor, instants);
  const quality = cursor.byte() === 2 ? decodeRuns(cursor, instants) : undefined;
  const { lasting, ...others } = decodeSummaryColumns(cursor, instants);
  const lastAt = lasting.map((span, i) => (at[i] as number) + span);
  return { readings: instants, frame: { form: "summaries", series, at, ...others, lastAt, ...given("quality", quality) } };
}

/** The entry, or nothing where it is undefined. */
function given<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });
}

export function decodeRuns(cursor: Cursor, count: number): number[] {
  const codes: number[] = [];
  while (codes.length < count) {
    const code = cursor.byte();
    const length = cursor.varint();
    if (length === 0 || length > count - codes.length) throw new Error("runs that do not add up");
    codes.push(...new Array<number>(length).fill(code));
  }
  return codes;
}

function decodeGapBody(body: Uint8Array) {
  const entries = readMsgpack(body) as [Uint8Array, number, number, string][];
  return entries.map(([epoch, seq, count, reason]) => ({ epoch: hex(epoch), seq, count, reason }));
}

export function decodeCatalogBody(body: Uint8Array) {
  const entries = readMsgpack(body) as [string, string, string, number, number, number, number, number][];
  return entries.map(([sensor, channel, unit, kind, sampling, period, heartbeat, calibration]) => ({
    sensor,
    channel,
    unit,
    kind: SERIES_KINDS[kind],
    sampling: sampling === 0 ? "periodic" : "on_change",
    period,
    heartbeat,
    calibration,
  }));
}

export function decodeHelloMessage(payload: Uint8Array) {
  const [word, session, software, epochs, catalogs, token, fingerprint, clock, pending] = tuple(payload);
  if (word !== "hello") throw new Error("no hello");
  const [wall, trusted, source] = clock as Value[];
  return {
    session: hex(session),
    software,
    epochs: (epochs as Value[][]).map(([epoch, from, to]) => ({ epoch: hex(epoch), from, to })),
    catalogs: (catalogs as Value[]).map(hex),
    token: hex(token),
    fingerprint: hex(fingerprint),
    clock: { wall, trusted, source },
    pending,
  };
}

export function decodeHelloAckMessage(payload: Uint8Array) {
  const [word, session, collector, generation, token, time, timeTrusted, epochs, missing, credit] = tuple(payload);
  if (word !== "hello-ack") throw new Error("no hello-ack");
  return {
    session: hex(session),
    collector,
    generation,
    token: hex(token),
    time,
    timeTrusted,
    epochs: (epochs as Value[][]).map(([epoch, ranges]) => ({ epoch: hex(epoch), ranges: decodeRanges(ranges as Uint8Array) })),
    missingCatalogs: (missing as Value[]).map(hex),
    credit: decodeCredit(credit),
  };
}

function decodeRanges(bytes: Uint8Array): [number, number][] {
  const cursor = new Cursor(bytes);
  const ranges: [number, number][] = [];
  while (cursor.left > 0) {
    const from = (ranges.at(-1)?.[1] ?? 0) + cursor.varint();
    ranges.push([from, from + cursor.varint()]);
  }
  return ranges;
}

export function decodeAckMessage(payload: Uint8Array) {
  const [word, generation, time, timeTrusted, credit, ...groups] = tuple(payload);
  if (word !== "ack") throw new Error("no ack");
  const answers = (groups as [Uint8Array, Uint8Array, Uint8Array][]).flatMap(([epoch, acked, nacked]) => [
    ...decodeAnswers(hex(epoch), acked, false),
    ...decodeAnswers(hex(epoch), nacked, true),
  ]);
  return { generation, time, timeTrusted, credit: decodeCredit(credit), answers };
}

function decodeAnswers(epoch: string, bytes: Uint8Array, isNacked: boolean) {
  const cursor = new Cursor(bytes);
  const answers = [];
  while (cursor.left > 0) {
    const answer = { epoch, seq: cursor.varint(), hash: hex(cursor.bytes(8)) };
    answers.push(isNacked ? { ...answer, nack: NACKS[cursor.byte()] ?? "busy" } : answer);
  }
  return answers;
}

function decodeCredit(credit: Value | undefined) {
  const [batches, bytes, waitMs] = credit as number[];
  return { batches, bytes, waitMs };
}

export function decodeAgentStatusMessage(payload: Uint8Array) {
  const [word, online, session] = tuple(payload);
  if (word !== "agent") throw new Error("no status of an agent");
  return { online, session };
}

export function decodeCollectorStatusMessage(payload: Uint8Array) {
  const [word, online, collector, generation] = tuple(payload);
  if (word !== "collector") throw new Error("no status of a collector");
  return { online, collector, generation };
}

function tuple(payload: Uint8Array): Value[] {
  const value = readMsgpack(payload);
  if (!Array.isArray(value)) throw new Error("no array");
  return value;
}

function hex(bytes: Value | undefined): string {
  return Buffer.from(bytes as Uint8Array).toString("hex");
}
