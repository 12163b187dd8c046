import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BatchHash,
  type BatchHeader,
  catalogHash,
  catalogRef,
  decodeAnswer,
  decodeCatalog,
  decodeDataBody,
  decodeGaps,
  decodeHello,
  encodeAck,
  encodeBatch,
  encodeCatalog,
  encodeDataBody,
  encodeGaps,
  encodeHello,
  encodeHelloAck,
  epochId,
  type Frame,
  frameCount,
  isFault,
  LIMITS,
  micros,
  NACK_CODES,
  NO_CATALOG,
  NO_TOTALS,
  openBody,
  parseBatch,
} from "../../protocol/index.ts";

const epoch = epochId(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));

/** Doubles of every sort a sensor or an adversary may send, finite ones. */
const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -100_000, max: 100_000 }).map((n) => n / 100),
  fc.constantFrom(0, -0, 5e-324, 2 ** 53, -(2 ** 53), Number.MAX_VALUE, 0.1 + 0.2),
);
const instants = fc.oneof(
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  fc.integer({ min: 0, max: 1000 }).map((n) => 1_790_000_000_000_000 + n * 1_000_000),
);

/** An endless supply, going round a few drawn ones. */
function supply<T>(arbitrary: fc.Arbitrary<T>) {
  return fc.array(arbitrary, { minLength: 1, maxLength: 60 }).map((drawn) => {
    let next = 0;
    return (count: number) => Array.from({ length: count }, () => drawn[next++ % drawn.length] as T);
  });
}

const sampleFrame = fc.integer({ min: 1, max: 40 }).chain((count) =>
  fc
    .tuple(
      fc.array(instants, { minLength: count, maxLength: count }),
      fc.uniqueArray(fc.integer({ min: 0, max: 31 }), { minLength: 1, maxLength: 5 }),
      supply(finite),
      supply(fc.integer({ min: 0, max: 2 })),
      supply(fc.integer({ min: 0, max: 1 })),
      fc.tuple(fc.boolean(), fc.boolean()),
    )
    .map(([at, series, values, qualities, bits, [sparse, doubtful]]): Frame => {
      const columns = series
        .sort((a, b) => a - b)
        .map((index, position) => {
          // An instant without any value is in no frame: the first channel has them all.
          const present = sparse && position > 0 ? Uint8Array.from(bits(count)) : undefined;
          const size = present === undefined ? count : present.reduce((sum, bit) => sum + bit, 0);
          const quality = doubtful ? Uint8Array.from(qualities(size)) : undefined;
          return { series: index, present, quality, values: Float64Array.from(values(size)) };
        });
      return { form: "samples", at: Float64Array.from(at), columns };
    }),
);

const summaryFrame = fc.integer({ min: 1, max: 20 }).chain((count) =>
  fc
    .tuple(fc.array(fc.integer({ min: 0, max: 2 ** 51 }), { minLength: count, maxLength: count }), supply(finite))
    .map(([at, values]): Frame => {
      const column = () => Float64Array.from(values(count));
      const lasting = (step: number) => Float64Array.from(at, (instant) => instant + step);
      return {
        form: "summaries",
        series: 7,
        at: Float64Array.from(at),
        n: new Float64Array(count).fill(60),
        min: column(),
        max: column(),
        sum: column(),
        first: column(),
        last: column(),
        lastAt: lasting(59_000_000),
        covered: new Float64Array(count).fill(60_000_000),
        weightedSum: column(),
        quality: undefined,
      };
    }),
);

function header(fields: Partial<BatchHeader>) {
  return { kind: "data" as const, epoch, seq: 1, count: 1, catalog: NO_CATALOG, ...fields };
}

describe("a batch", () => {
  it("comes back bit for bit, whatever the columns hold", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(sampleFrame, summaryFrame), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 1e12 }),
        (frames, seq) => {
          const count = frames.reduce((sum, frame) => sum + frameCount(frame), 0);
          const totals = { ...NO_TOTALS, read: 1000, sealed: 1003, derived: 3, dropped: 0 };
          const { bytes, hash } = encodeBatch(header({ seq, count }), encodeDataBody({ totals, frames }));
          const parsed = parseBatch(bytes);
          expect(parsed.header).toMatchObject({ seq, count, hash, epoch, kind: "data" });
          expect(decodeDataBody(openBody(parsed), count)).toStrictEqual({ totals, frames });
        },
      ),
      { numRuns: 300 },
    );
  });

  it("of one minute of one sensor has a header of 24 bytes", () => {
    const { bytes } = encodeBatch(header({ seq: 100, count: 180 }), Uint8Array.of(0x90));
    expect(bytes.length - 1).toBe(24);
  });

  it("with any one bit flipped is refused by its hash or its first byte", () => {
    const { bytes } = encodeBatch(header({ count: 1 }), encodeDataBody({ totals: NO_TOTALS, frames: [oneReading()] }));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(
        codeOf(() => parseBatch(flipped)),
        `bit ${bit}`,
      ).toMatch(/^(crc|malformed|version)$/);
    }
  });

  it("cut short anywhere is refused", () => {
    const { bytes } = encodeBatch(header({ count: 1 }), encodeDataBody({ totals: NO_TOTALS, frames: [oneReading()] }));
    for (let length = 0; length < bytes.length; length++) {
      expect(
        codeOf(() => parseBatch(bytes.subarray(0, length))),
        `${length} bytes`,
      ).toMatch(/^(crc|malformed)$/);
    }
  });

  it("that would inflate beyond the limit is stopped while it inflates", () => {
    const bomb = encodeBatch(header({ count: 1 }), new Uint8Array(64 * 1024 * 1024));
    expect(bomb.bytes.length).toBeLessThan(LIMITS.batchBytes);
    expect(codeOf(() => openBody(parseBatch(bomb.bytes)))).toBe("too_big");
  });

  it("that is a stranger's text is malformed, not a later version", () => {
    for (const text of ["{}", "23.5", "[1]", "on", "\u0000"]) expect(codeOf(() => parseBatch(Buffer.from(text)))).toBe("malformed");
  });

  it("whose frames hold another number of readings than its header is malformed", () => {
    const body = encodeDataBody({ totals: NO_TOTALS, frames: [oneReading()] });
    expect(codeOf(() => decodeDataBody(body, 2))).toBe("malformed");
    expect(codeOf(() => decodeDataBody(body, 0))).toBe("malformed");
  });

  it("of random bytes behind a true header throws faults only", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 5000 }), (body, count) => {
        const parsed = parseBatch(encodeBatch(header({ count }), body).bytes);
        for (const decode of [
          () => decodeDataBody(openBody(parsed), count),
          () => decodeCatalog(openBody(parsed)),
          () => decodeGaps(openBody(parsed)),
        ]) {
          codeOf(decode);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("with one byte of its body changed under a true hash throws faults only", () => {
    const body = encodeDataBody({ totals: NO_TOTALS, frames: [oneReading(), ...fc.sample(sampleFrame, { numRuns: 3, seed: 7 })] });
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.nat(255), (place, value) => {
        const changed = Uint8Array.from(body);
        changed[place] = value;
        codeOf(() => decodeDataBody(changed, 10));
      }),
      { numRuns: 3000 },
    );
  });
});

describe("the other messages", () => {
  it("catalogs and gaps come back as they were", () => {
    const catalog = [
      {
        sensor: "air",
        channel: "temperature",
        unit: "Cel",
        kind: "gauge",
        sampling: "on_change",
        period: micros(1e6),
        heartbeat: micros(3e8),
        calibration: 2,
      },
      {
        sensor: "door",
        channel: "open",
        unit: "1",
        kind: "state",
        sampling: "periodic",
        period: micros(0),
        heartbeat: micros(0),
        calibration: 0,
      },
    ] as const;
    expect(decodeCatalog(encodeCatalog(catalog))).toStrictEqual(catalog);
    expect(catalogRef(catalogHash(encodeCatalog(catalog)))).toMatch(/^[0-9a-f]{8}$/);
    const gaps = [
      { epoch, seq: 12, hash: "0011223344556677" as BatchHash, count: 600, reason: "dropped_oldest" },
      { epoch, seq: 13, count: 0, reason: "evicted_after_ack" },
    ];
    expect(decodeGaps(encodeGaps(gaps))).toStrictEqual(gaps);
  });

  it("a hello and its answer come back as they were", () => {
    const hello = {
      session: "00ff00ff00ff00ff",
      software: "0.1.0",
      epochs: [{ epoch, from: 3, to: 812 }],
      catalogs: [catalogHash(Uint8Array.of(1))],
      token: "",
      fingerprint: "aabb",
      clock: { wall: 1_790_000_000_000_000, trusted: true, source: "ntp" },
      pending: 17,
    };
    expect(decodeHello(encodeHello(hello))).toStrictEqual(hello);
    const helloAck = {
      session: hello.session,
      collector: "c-1",
      generation: "g-1",
      token: "0102",
      standing: "rolled_back" as const,
      time: 1_790_000_000_000_001,
      timeTrusted: false,
      epochs: [{ epoch, ranges: [[1, 9] as const, [11, 812] as const] }],
      missingCatalogs: hello.catalogs,
      credit: { batches: 8, bytes: 1_000_000, waitMs: 0 },
    };
    expect(decodeAnswer(encodeHelloAck(helloAck))).toStrictEqual({ helloAck });
  });

  it("an ack carries the hash of every batch it speaks of", () => {
    const other = epochId(Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9));
    const { hash } = encodeBatch(header({}), Uint8Array.of(0));
    const answers = [
      { epoch, seq: 1, hash },
      { epoch, seq: 300, hash },
      ...NACK_CODES.map((nack, index) => ({ epoch: other, seq: index + 1, hash, nack })),
    ];
    const ack = { generation: "g", time: 5, timeTrusted: true, credit: { batches: 0, bytes: 0, waitMs: 5000 }, answers };
    expect(decodeAnswer(encodeAck(ack))).toStrictEqual({ ack });
  });

  it("deep, wide and long msgpack is refused before it is decoded", () => {
    const deep = Buffer.concat([Buffer.alloc(40, 0x91), Buffer.of(0xc0)]);
    const wide = Buffer.from("dd7fffffff", "hex");
    const long = Buffer.concat([Buffer.from("da0200", "hex"), Buffer.alloc(512, 0x61)]);
    const extension = Buffer.from("c7010000", "hex");
    const many = Buffer.concat([Buffer.from("dd0000ffff", "hex"), Buffer.alloc(65_535, 0xc0)]);
    for (const bytes of [deep, wide, long, extension, many]) expect(codeOf(() => decodeAnswer(bytes))).toBe("malformed");
  });
});

function oneReading(): Frame {
  const values = Float64Array.of(21.5);
  return {
    form: "samples",
    at: Float64Array.of(1_790_000_000_000_000),
    columns: [{ series: 0, present: undefined, quality: undefined, values }],
  };
}

/** The code of the fault that `run` throws, undefined where it throws none; anything else thrown fails the test. */
function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (isFault(error)) return error.code;
    throw error;
  }
}
