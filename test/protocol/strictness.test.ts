/** What looks right up to a last detail: each is one rule of SPEC.md broken, and refused. */
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../protocol/bytes.ts";
import {
  type Ack,
  type BatchHash,
  decodeAnswer,
  decodeDataBody,
  type EpochId,
  encodeAck,
  encodeBatch,
  encodeHelloAck,
  type HelloAck,
  LIMITS,
  NO_CATALOG,
  openBody,
  pack,
  parseBatch,
  sha256Prefix,
} from "../../protocol/index.ts";
import { codeOf } from "./code-of.ts";

const EPOCH = "0102030405060708" as EpochId;
const CREDIT = { batches: 8, bytes: 1, waitMs: 0 };
/** One sample at instant 0: form, series, instants, mask, raw instant, flags, constant value. */
const FRAME = [0, 0, 1, 0, 0xc0, ...new Array(8).fill(0), 0, 1, ...new Array(8).fill(0)];
const dataBody = (totals: readonly number[], ...frames: (readonly number[])[]) =>
  pack([Uint8Array.from(totals), ...frames.map((frame) => Uint8Array.from(frame))]);

describe("a data body", () => {
  it("is read where every detail is right", () => {
    expect(decodeDataBody(dataBody([1], FRAME), 1).totals).toMatchObject({ read: 1, sealed: 1 });
  });

  it.each([
    ["a ninth number in its totals", dataBody([1, 0, 0, 0, 0, 0, 0, 0, 0], FRAME), 1],
    ["totals cut inside a number", dataBody([0x80], FRAME), 1],
    ["less than nothing sealed", dataBody([1, 4], FRAME), 1],
    ["no totals and no frames where a reading is announced", pack([]), 1],
    ["a part that is no binary", pack([Uint8Array.of(1), "frame"]), 1],
    ["a map around it", pack({ totals: 1 }), 1],
    ["a byte behind a frame", dataBody([1], [...FRAME, 0]), 1],
    ["an empty frame", dataBody([1], []), 1],
    ["a frame more than announced", dataBody([1], FRAME, FRAME), 1],
    ["a frame less than announced", dataBody([1], FRAME), 2],
    ["a frame of no instants", dataBody([1], [0, 0, 0, 0, 0, 0]), 0],
    ["a form of frame that is not known", dataBody([1], [3, ...FRAME.slice(1)]), 1],
    ["a flag that is not known", dataBody([1], [...FRAME.slice(0, 13), 4, ...FRAME.slice(14)]), 1],
    ["a series beyond any catalog", dataBody([1], [0, 0x80, 0x04, ...FRAME.slice(2)]), 1],
    ["a mask that reaches beyond any catalog", dataBody([2], [0, 0xff, 0x03, 1, 1, ...FRAME.slice(4), ...FRAME.slice(13)]), 2],
    ["a mask of more channels than share a frame", dataBody([1], [0, 0, 1, 0x80, 0x80, 0x80, 0x80, 0x08, ...FRAME.slice(4)]), 1],
  ])("with %s is malformed", (_what, body, count) => {
    expect(codeOf(() => decodeDataBody(body, count))).toBe("malformed");
  });

  it("of more readings than a batch may hold is too big before it is opened", () => {
    expect(codeOf(() => decodeDataBody(new Uint8Array(), LIMITS.readingsPerBatch + 1))).toBe("too_big");
  });
});

describe("a batch", () => {
  it("with bytes behind its deflate stream is malformed, hash or no hash", () => {
    const content = Buffer.alloc(200, 7);
    expect(codeOf(() => openBody(parseBatch(handMade(deflateRawSync(content)))))).toBeUndefined();
    expect(codeOf(() => openBody(parseBatch(handMade(Buffer.concat([deflateRawSync(content), Buffer.of(0)])))))).toBe("malformed");
    expect(codeOf(() => openBody(parseBatch(handMade(deflateRawSync(content).subarray(0, -1)))))).toBe("malformed");
  });

  it("may be as large as the limit says and not one byte more", () => {
    const sized = (size: number) => handMade(new Uint8Array(size - 23), 8);
    expect(sized(LIMITS.batchBytes)).toHaveLength(LIMITS.batchBytes);
    expect(codeOf(() => parseBatch(sized(LIMITS.batchBytes)))).toBeUndefined();
    expect(codeOf(() => parseBatch(sized(LIMITS.batchBytes + 1)))).toBe("too_big");
  });

  it("may inflate to as much as the limit says and not one byte more", () => {
    const inflating = (size: number) =>
      encodeBatch({ kind: "data", epoch: EPOCH, seq: 1, count: 1, catalog: NO_CATALOG }, new Uint8Array(size)).bytes;
    expect(openBody(parseBatch(inflating(LIMITS.bodyBytes)))).toHaveLength(LIMITS.bodyBytes);
    expect(codeOf(() => openBody(parseBatch(inflating(LIMITS.bodyBytes + 1))))).toBe("too_big");
  });

  it("of seq 0, of a kind that is not known, or of another version is refused with its own code", () => {
    expect(codeOf(() => parseBatch(handMade(Buffer.of(0x90), 8, { seq: 0 })))).toBe("malformed");
    expect(codeOf(() => parseBatch(handMade(Buffer.of(0x90), 14)))).toBe("malformed");
    for (const [what, packed] of Object.entries({ "data without readings": 0, "a gap with readings": 10, "a catalog with readings": 12 }))
      expect(
        codeOf(() => parseBatch(handMade(Buffer.of(0x90), packed))),
        what,
      ).toBe("malformed");
    for (const first of [0xa0, 0xa2, 0xaf]) expect(codeOf(() => parseBatch(handMade(Buffer.of(0x90), 8, { first })))).toBe("version");
    for (const first of [0x00, 0x7b, 0x91, 0xb1])
      expect(codeOf(() => parseBatch(handMade(Buffer.of(0x90), 8, { first })))).toBe("malformed");
  });
});

describe("an answer", () => {
  it("with as many acks as the limit says is read, with one more it is malformed", () => {
    const answers = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ epoch: EPOCH, seq: i + 1, hash: EPOCH as string as BatchHash }));
    const ack = (acked: number, nacked: number): Ack => {
      const refused = answers(nacked).map((answer) => ({ ...answer, nack: "busy" as const }));
      return { generation: "g", time: 1, timeTrusted: true, credit: CREDIT, answers: [...answers(acked), ...refused] };
    };
    expect(codeOf(() => decodeAnswer(encodeAck(ack(LIMITS.acksPerMessage, 0))))).toBeUndefined();
    expect(codeOf(() => decodeAnswer(encodeAck(ack(LIMITS.acksPerMessage, 1))))).toBe("malformed");
  });

  it("with a nack code of a later collector is read as busy", () => {
    const nacked = Uint8Array.of(7, ...new Array(8).fill(1), 200);
    const bytes = pack(["ack", "g", 1, true, [8, 1, 0], [Buffer.from(EPOCH, "hex"), new Uint8Array(), nacked]]);
    expect(decodeAnswer(bytes)).toMatchObject({ ack: { answers: [{ seq: 7, nack: "busy" }] } });
  });

  it("with ranges that go back, overflow, or are more than the limit is malformed", () => {
    const helloAck = (ranges: HelloAck["epochs"][number]["ranges"]) =>
      encodeHelloAck({
        session: EPOCH,
        collector: "c",
        generation: "g",
        token: "",
        standing: "welcome",
        time: 1,
        timeTrusted: true,
        epochs: [{ epoch: EPOCH, ranges }],
        missingCatalogs: [],
        credit: CREDIT,
      });
    const single = (count: number) => Array.from({ length: count }, (_, i): [number, number] => [2 * i + 1, 2 * i + 1]);
    expect(codeOf(() => decodeAnswer(helloAck(single(LIMITS.rangesPerEpoch))))).toBeUndefined();
    expect(codeOf(() => decodeAnswer(helloAck(single(LIMITS.rangesPerEpoch + 1))))).toBe("malformed");
    expect(codeOf(() => decodeAnswer(helloAck([[0, 3]])))).toBe("malformed");
    expect(
      codeOf(() =>
        decodeAnswer(
          helloAck([
            [1, 4],
            [4, 5],
          ]),
        ),
      ),
    ).toBe("malformed");
    expect(codeOf(() => decodeAnswer(helloAck([[5, Number.MAX_SAFE_INTEGER + 5]])))).toBe("malformed");
  });
});

/** A batch around a body as it stands, under a true hash. `packed` = count x 8 + kind x 2 + deflated. */
function handMade(body: Uint8Array, packed = 9, { seq = 1, first = 0xa1 } = {}): Uint8Array {
  const out = new ByteWriter();
  out.byte(first);
  out.append(Buffer.from(EPOCH, "hex"));
  out.varint(seq);
  out.varint(packed);
  out.append(new Uint8Array(4));
  const hashAt = out.length;
  out.append(new Uint8Array(8));
  out.append(body);
  const bytes = out.finish();
  bytes.set(Buffer.from(sha256Prefix(bytes), "hex"), hashAt);
  return bytes;
}
