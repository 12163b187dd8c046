import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../protocol/bytes.ts";
import { readInstants, writeInstants } from "../../protocol/columns/instants.ts";
import { readNumbers, writeNumbers } from "../../protocol/columns/numbers.ts";
import { readRuns, writeRuns } from "../../protocol/columns/runs.ts";
import * as protocol from "../../protocol/index.ts";
import { ByteReader, fromHex, LIMITS, NACK_CODES, toHex } from "../../protocol/index.ts";
import { ROOT } from "../support/project-files.ts";
import { decodeCatalogBody } from "./independent-body.ts";
import { decodeNumbers, decodeRuns } from "./independent-columns.ts";
import { Cursor } from "./independent-cursor.ts";
import * as independent from "./independent-decoder.ts";
import { decodeInstants } from "./independent-integers.ts";
import { plain, readBatch } from "./plain.ts";

const SPEC = fs.readFileSync(path.join(ROOT, "protocol/SPEC.md"), "utf8");

interface Example {
  /** What stands behind `hex` on the fence. */
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly json: unknown;
  readonly title: string;
}

const EXAMPLES = examplesIn(SPEC);

/** How the product reads each kind of example, and how it writes it again. */
const CODEC: Readonly<Record<string, (bytes: Uint8Array, json: unknown) => { readonly read: unknown; readonly written: Uint8Array }>> = {
  batch: (bytes) => {
    const read = readBatch(bytes);
    return { read, written: writeBatch(read, bytes) };
  },
  // As a simple agent writes it.
  "batch:simple": (bytes) => {
    const read = readBatch(bytes);
    return { read, written: writeBatch(read, bytes) };
  },
  "body:catalog": (bytes) => {
    const read = protocol.decodeCatalog(bytes);
    return { read, written: protocol.encodeCatalog(read) };
  },
  hello: (bytes) => {
    const read = protocol.decodeHello(bytes);
    return { read, written: protocol.encodeHello(read) };
  },
  "hello-ack": (bytes) => {
    const answer = protocol.decodeAnswer(bytes) as { helloAck: protocol.HelloAck };
    return { read: answer.helloAck, written: protocol.encodeHelloAck(answer.helloAck) };
  },
  ack: (bytes) => {
    const answer = protocol.decodeAnswer(bytes) as { ack: protocol.Ack };
    return { read: answer.ack, written: protocol.encodeAck(answer.ack) };
  },
  status: (bytes) => {
    const read = protocol.decodeAgentStatus(bytes);
    return { read, written: protocol.encodeAgentStatus(read) };
  },
  "collector-status": (bytes) => {
    const read = protocol.decodeCollectorStatus(bytes);
    return { read, written: protocol.encodeCollectorStatus(read) };
  },
  varints: (bytes) =>
    column(
      bytes,
      (input) => drain(input, () => input.varint()),
      (out, values) => write(values, (value) => out.varint(value)),
    ),
  zigzags: (bytes) =>
    column(
      bytes,
      (input) => drain(input, () => input.zigzag()),
      (out, values) => write(values, (value) => out.zigzag(value)),
    ),
  "column:instants": (bytes, json) =>
    column(
      bytes,
      (input) => readInstants(input, sizeOf(json)),
      (out, values) => writeInstants(out, Float64Array.from(values)),
    ),
  "column:numbers": (bytes, json) =>
    column(
      bytes,
      (input) => readNumbers(input, sizeOf(json)),
      (out, values) => writeNumbers(out, Float64Array.from(values)),
    ),
  "column:runs": (bytes, json) =>
    column(
      bytes,
      (input) => readRuns(input, sizeOf(json), 2),
      (out, values) => writeRuns(out, Uint8Array.from(values)),
    ),
};

const INDEPENDENT: Readonly<Record<string, (bytes: Uint8Array, json: unknown) => unknown>> = {
  batch: (bytes) => independent.decodeBatch(bytes),
  "batch:simple": (bytes) => independent.decodeBatch(bytes),
  "body:catalog": decodeCatalogBody,
  hello: independent.decodeHelloMessage,
  "hello-ack": independent.decodeHelloAckMessage,
  ack: independent.decodeAckMessage,
  status: independent.decodeAgentStatusMessage,
  "collector-status": independent.decodeCollectorStatusMessage,
  varints: (bytes, json) => whole(bytes, (cursor) => times(json, () => cursor.varint())),
  zigzags: (bytes, json) => whole(bytes, (cursor) => times(json, () => cursor.zigzag())),
  "column:instants": (bytes, json) => whole(bytes, (cursor) => decodeInstants(cursor, sizeOf(json))),
  "column:numbers": (bytes, json) => whole(bytes, (cursor) => decodeNumbers(cursor, sizeOf(json))),
  "column:runs": (bytes, json) => whole(bytes, (cursor) => decodeRuns(cursor, sizeOf(json))),
};

describe("SPEC.md", () => {
  it("has an example of everything that travels", () => {
    const kinds = new Set(EXAMPLES.map(({ what }) => what));
    expect([...kinds].sort()).toEqual(Object.keys(CODEC).sort());
    const batches = EXAMPLES.filter(({ what }) => what === "batch").map(({ json }) => (json as { header: { kind: string } }).header.kind);
    expect(new Set(batches)).toEqual(new Set(["data", "gap", "catalog"]));
  });

  for (const { what, title, bytes, json } of EXAMPLES) {
    it(`${title}: the codec reads the example as it says and writes ${hasChoice(what, json) ? "as few bytes" : "the same bytes"}`, () => {
      const { read, written } = codecOf(what)(bytes, json);
      expect(plain(read)).toStrictEqual(json);
      if (hasChoice(what, json)) {
        expect(plain(codecOf(what)(written, json).read)).toStrictEqual(withHashOf(written, json));
        expect(written.length).toBeLessThanOrEqual(bytes.length);
      } else expect(toHex(written)).toBe(toHex(bytes));
    });

    it(`${title}: a decoder written from the text alone reads the example as it says`, () => {
      expect(independentOf(what)(bytes, json)).toStrictEqual(json);
    });
  }

  for (const { what, title, bytes, json } of EXAMPLES.filter(isMessage)) {
    it(`${title}: with a byte missing or added at the end, both decoders refuse the example`, () => {
      for (const changed of [bytes.subarray(0, -1), Uint8Array.of(...bytes, 0)]) {
        expect(() => codecOf(what)(changed, json)).toThrow(expect.objectContaining({ name: "Fault" }));
        expect(() => independentOf(what)(changed, json)).toThrow();
      }
    });
  }

  it("names the hash of its catalog", () => {
    const body = EXAMPLES.find(({ what }) => what === "body:catalog")?.bytes as Uint8Array;
    expect(SPEC).toContain(`its hash is \`${protocol.catalogHash(body)}\``);
  });

  it("lists every limit with its value, and no other", () => {
    const rows = [...section("Limits").matchAll(/^\| `(\w+)` +\| (\d+) +\|/gm)].map(([, key, value]) => [key, Number(value)]);
    expect(Object.fromEntries(rows)).toEqual(LIMITS);
    expect(rows).toHaveLength(Object.keys(LIMITS).length);
  });

  it("lists every nack code with its byte", () => {
    const rows = [...section("Ack").matchAll(/^\| (\d) +\| `(\w+)` +\|/gm)].map(([, byte, code]) => [Number(byte), code]);
    expect(rows).toEqual(NACK_CODES.map((code, byte) => [byte, code]));
  });

  it("names the topics that there are", () => {
    const topics = [...section("Names and topics").matchAll(/^\| `<prefix>\/<agent>\/(\w+)` +\| (\w+)/gm)].map(
      ([, name, way]) => `${way} ${name}`,
    );
    const expected = [...protocol.UP_CHANNELS.map((name) => `up ${name}`), ...protocol.DOWN_CHANNELS.map((name) => `down ${name}`)];
    expect(topics.sort()).toEqual(expected.sort());
    expect(section("Names and topics")).toContain(`\`${protocol.DEFAULT_PREFIX}\``);
  });
});

function examplesIn(text: string): Example[] {
  const fences = [...text.matchAll(/```hex (\S+)\n([^`]*)```\n+(?:```json\n([^`]*)```)/g)];
  return fences.map(([, what = "", hex = "", json = ""], index) => ({
    what,
    bytes: fromHex(hex.replace(/#.*$/gm, "").replace(/\s/g, "")),
    json: JSON.parse(json),
    title: `example ${index + 1} (${what})`,
  }));
}

/** A column and a list of varints have no end of their own. */
function isMessage({ what }: Example): boolean {
  return !what.startsWith("column:") && what !== "varints" && what !== "zigzags";
}

/** The text under a heading of the second level. */
function section(title: string): string {
  const [, rest = ""] = SPEC.split(`\n## ${title}\n`);
  return rest.split("\n## ")[0] ?? "";
}

/** May a writer choose between forms? Then its bytes are its own affair, and only how few they are is not. */
function hasChoice(what: string, json: unknown): boolean {
  if (what.startsWith("batch")) return (json as { header: { kind: string } }).header.kind === "data";
  return what === "column:instants" || what === "column:numbers";
}

/** What a batch of other bytes says: all the same but its hash. */
function withHashOf(written: Uint8Array, json: unknown): unknown {
  if (Array.isArray(json)) return json;
  const { header, body } = json as { header: object; body: unknown };
  return { header: { ...header, hash: protocol.parseBatch(written).header.hash }, body };
}

function codecOf(what: string) {
  return CODEC[what] as (typeof CODEC)[string];
}

function independentOf(what: string) {
  return INDEPENDENT[what] as (typeof INDEPENDENT)[string];
}

/**
 * Body and header encoded again. Compressed bytes are the writer's own affair and differ between builds of zlib,
 * so behind a deflated body the ones of the example stand in for them, once both inflate to the same.
 */
function writeBatch({ header, body }: ReturnType<typeof readBatch>, example: Uint8Array): Uint8Array {
  const encoded = protocol.encodeBatch(header, encodeBody(header.kind, body));
  if (!header.deflated) return encoded.bytes;
  const again = protocol.parseBatch(encoded.bytes);
  expect(again.header).toEqual({ ...header, hash: again.header.hash });
  expect(toHex(protocol.openBody(again))).toBe(toHex(protocol.openBody(protocol.parseBatch(example))));
  return example;
}

function encodeBody(kind: protocol.BatchKind, body: unknown): Uint8Array {
  if (kind === "data") return protocol.encodeDataBody(body as protocol.DataBody);
  return kind === "gap" ? protocol.encodeGaps(body as protocol.Gap[]) : protocol.encodeCatalog(body as protocol.Catalog);
}

function column(
  bytes: Uint8Array,
  read: (input: ByteReader) => ArrayLike<number>,
  writeAll: (out: ByteWriter, values: readonly number[]) => void,
) {
  const input = new ByteReader(bytes);
  const values = Array.from(read(input));
  expect(input.remaining).toBe(0);
  const out = new ByteWriter();
  writeAll(out, values);
  return { read: values, written: out.finish() };
}

function write(values: readonly number[], one: (value: number) => void): void {
  for (const value of values) one(value);
}

function drain(input: ByteReader, next: () => number): number[] {
  const values: number[] = [];
  while (input.remaining > 0) values.push(next());
  return values;
}

function whole<T>(bytes: Uint8Array, read: (cursor: Cursor) => T): T {
  const cursor = new Cursor(bytes);
  const value = read(cursor);
  cursor.end();
  return value;
}

function times(json: unknown, next: () => number): number[] {
  return Array.from({ length: sizeOf(json) }, next);
}

function sizeOf(json: unknown): number {
  return (json as unknown[]).length;
}
