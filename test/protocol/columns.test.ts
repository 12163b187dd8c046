import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../../protocol/bytes.ts";
import { readInstants, writeInstants } from "../../protocol/columns/instants.ts";
import { readNumbers, writeNumbers } from "../../protocol/columns/numbers.ts";
import { readRuns, writeRuns } from "../../protocol/columns/runs.ts";
import { LIMITS } from "../../protocol/index.ts";
import { effort } from "../support/effort.ts";
import { instantColumn, numberColumn } from "./arbitraries.ts";
import { codeOf } from "./code-of.ts";

const RUNS = effort("column-properties", { quick: 200, test: 1_000, prove: 10_000 });
const SMALL = { min: 1, max: 60 };
const START = 1_790_000_000_000_000;

type Column = Float64Array | Uint8Array;
interface Codec {
  readonly name: string;
  readonly columns: fc.Arbitrary<Column>;
  write(out: ByteWriter, column: Column): void;
  read(input: ByteReader, count: number): Column;
}

const CODECS: readonly Codec[] = [
  {
    name: "numbers",
    columns: numberColumn(SMALL),
    write: (out, column) => writeNumbers(out, column as Float64Array),
    read: readNumbers,
  },
  {
    name: "instants",
    columns: instantColumn(SMALL),
    write: (out, column) => writeInstants(out, column as Float64Array),
    read: readInstants,
  },
  {
    name: "runs",
    columns: fc.uint8Array({ minLength: 1, maxLength: 60, max: 2 }),
    write: (out, column) => writeRuns(out, column as Uint8Array),
    read: (input, count) => readRuns(input, count, 2),
  },
];

describe.each(CODECS)("a column of $name", ({ columns, write, read }) => {
  const encode = (column: Column) => {
    const out = new ByteWriter();
    write(out, column);
    return out.finish();
  };

  it("comes back bit for bit and reads no byte more than was written", () => {
    fc.assert(
      fc.property(columns, fc.uint8Array({ maxLength: 10 }), (column, behind) => {
        const bytes = encode(column);
        const input = new ByteReader(Uint8Array.of(...bytes, ...behind));
        expect(bitsOf(read(input, column.length))).toBe(bitsOf(column));
        expect(input.offset).toBe(bytes.length);
      }),
      { numRuns: RUNS },
    );
  });

  it("is never larger than a form and eight bytes an entry", () => {
    fc.assert(
      fc.property(columns, (column) => {
        expect(encode(column).length).toBeLessThanOrEqual(1 + 8 * column.length);
      }),
      { numRuns: RUNS },
    );
  });

  it("cut short anywhere is malformed", () => {
    fc.assert(
      fc.property(columns, (column) => {
        const bytes = encode(column);
        for (let length = 0; length < bytes.length; length++) {
          expect(codeOf(() => read(new ByteReader(bytes.subarray(0, length)), column.length))).toBe("malformed");
        }
      }),
      { numRuns: RUNS / 10 },
    );
  });

  it("of random bytes is read whole or malformed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.integer({ min: 1, max: 60 }), (bytes, count) => {
        const code = codeOf(() => expect(read(new ByteReader(bytes), count)).toHaveLength(count));
        expect([undefined, "malformed"]).toContain(code);
      }),
      { numRuns: RUNS },
    );
  });
});

describe("numbers", () => {
  it("of 5,000 values come back bit for bit, whatever they are", () => {
    fc.assert(
      fc.property(numberColumn({ min: LIMITS.readingsPerBatch, max: LIMITS.readingsPerBatch }), (column) => {
        expect(bitsOf(numbersAgain(column))).toBe(bitsOf(column));
      }),
      { numRuns: effort("columns-of-5000", { quick: 3, test: 10, prove: 200 }) },
    );
  });

  it.each([
    ["minus zero", [-0, 0, -0]],
    ["subnormals", [5e-324, -5e-324, 2.2250738585072009e-308]],
    ["the edge of the integers", [2 ** 53, 2 ** 53 - 1, -(2 ** 53), 2 ** 51, 2 ** 51 - 1, -(2 ** 51 - 1)]],
    ["mixed magnitudes", [1e300, 1e-300, 0.1, 1e15, 123_456_789.123_456_78]],
    ["sums that are no decimals", [0.1 + 0.2, 1 / 3, 0.3]],
    ["decimals with nine places", [0.123456789, -0.000000001, 2_000_000.000000001]],
    ["one value", [21.5]],
    ["one minus zero", [-0]],
  ])("keep %s", (_what, values) => {
    expect(bitsOf(numbersAgain(Float64Array.from(values)))).toBe(bitsOf(Float64Array.from(values)));
  });

  it("of a slow sensor with two places take a third of a byte each, and a steady one four bytes in all", () => {
    const slow = Float64Array.from({ length: 600 }, (_, i) => Math.round(2_150 + 40 * Math.sin(i / 100)) / 100);
    expect(written((out) => writeNumbers(out, slow)).length).toBeLessThan(600 / 8);
    expect(written((out) => writeNumbers(out, new Float64Array(600).fill(21.5))).length).toBe(4);
  });

  it.each([
    ["a register multiplied by 0.1", 0.25, (n: number) => n * 0.1],
    ["single-precision floats of two places", 0.3, (n: number) => Math.fround(n / 100)],
    ["the steps of a converter, rounded", 0.3, (n: number) => Math.round((n * 1_000) / 7) / 100],
    ["sixteenths of a degree", 0.3, (n: number) => n / 16],
    ["a few levels in no order", 0.75, (n: number) => [17.31, 404.2, 23.978, 1.5, 99.04][n % 5] as number],
    ["tenths with a fault of 1/3 now and then", 0.6, (n: number, i: number) => (i % 100 === 50 ? 1 / 3 : n / 10)],
  ])("say %s as what they are", (_what, bytesEach, value) => {
    const walk = Float64Array.from({ length: 600 }, (_, i) => value(300 + ((i * 7_919) % 4), i));
    expect(bitsOf(numbersAgain(walk))).toBe(bitsOf(walk));
    expect(written((out) => writeNumbers(out, walk)).length).toBeLessThan(600 * bytesEach);
  });

  it("of one value nearly always, and of noise, take what they say and little more", () => {
    const off = Float64Array.from({ length: 600 }, (_, i) => (i % 200 === 100 ? 7 : 0));
    expect(written((out) => writeNumbers(out, off)).length).toBeLessThan(20);
    const noise = Float64Array.from({ length: 600 }, (_, i) => (Math.imul((i + 1) ** 3, 0x9e3779b1) >>> 20) / 10); // 12 bits each
    expect(written((out) => writeNumbers(out, noise)).length).toBeLessThan((600 * 12.5) / 8);
  });

  it("of an unknown form, of pieces inside pieces, or with more exceptions than values are malformed", () => {
    for (const form of [...range(4, 32), ...range(128, 256)])
      expect(codeOf(() => readNumbers(new ByteReader(Uint8Array.of(form, ...new Array(8).fill(0))), 1))).toBe("malformed");
    for (const bytes of [
      [3, 1, 3, 1, 32, 0, 0, 32, 0, 0],
      [3, 0],
      [3, 2],
      [0x30, 3],
      [0x30, 1, 2],
    ])
      expect(codeOf(() => readNumbers(new ByteReader(Uint8Array.from([...bytes, ...new Array(40).fill(0)])), 2))).toBe("malformed");
  });
});

describe("instants", () => {
  it("of 5,000 come back, in order or not", () => {
    fc.assert(
      fc.property(instantColumn({ min: LIMITS.readingsPerBatch, max: LIMITS.readingsPerBatch }), (column) => {
        expect(bitsOf(instantsAgain(column))).toBe(bitsOf(column));
      }),
      { numRuns: effort("columns-of-5000", { quick: 3, test: 10, prove: 200 }) },
    );
  });

  it.each([
    ["one", [START]],
    ["one moment three times", [START, START, START]],
    ["a clock that goes back", [START, START + 1_000_000, START - 3_600_000_000, START]],
    ["the whole range of integers", [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 0, 1, -1]],
    ["a far jump", [0, Number.MAX_SAFE_INTEGER, 0]],
    ["odd distances over the epoch", [2 ** 53 - 1, -(2 ** 53 - 2)]],
  ])("keep %s", (_what, values) => {
    expect(bitsOf(instantsAgain(Float64Array.from(values)))).toBe(bitsOf(Float64Array.from(values)));
  });

  it("on a grid take fifteen bytes at most, and a few more where two share a slot", () => {
    for (const every of [1_000, 1_000_000, 60_000_000, 86_400_000_000]) {
      const grid = Float64Array.from({ length: 600 }, (_, i) => START + i * every);
      expect(written((out) => writeInstants(out, grid)).length).toBeLessThan(16);
      const repeated = Float64Array.of(...grid.subarray(0, 300), (grid[299] as number) + 1, ...grid.subarray(300));
      expect(bitsOf(instantsAgain(repeated))).toBe(bitsOf(repeated));
      expect(written((out) => writeInstants(out, repeated)).length).toBeLessThan(40);
    }
  });

  it.each([
    ["no integer", [0xc0, ...doubleBytes(0.5)]],
    ["no number", [0xc0, ...doubleBytes(Number.NaN)]],
    ["infinity", [0xc0, ...doubleBytes(Number.POSITIVE_INFINITY)]],
    ["2^53", [0xc0, ...doubleBytes(2 ** 53)]],
    ["more than 2^53 by its divisor", [0x01, 0xff, 0xff, 0xff, 0x7f, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ["raw integers with more in the header", [0xc2, ...doubleBytes(1)]],
    ["a step of 0", [0x02, 0, 1, 0]],
    ["a step by 0", [0x02, 1, 0, 0]],
    ["a dictionary of nothing", [0x03, 0, 0, 0]],
    ["a dictionary larger than the column", [0x03, 2, 0, 0, 0]],
    ["a place that is not in the dictionary", [0x03, 1, 0x00, 0, 2]],
    ["a dictionary in a dictionary", [0x03, 1, 0x03, 1, 0, 0, 0]],
    ["more exceptions than entries", [0xc1, 2, 0, 0, 0, 0, 0, 0]],
    ["an exception behind the last entry", [0xc1, 1, 1, 0, 0, 0]],
  ])("of %s are malformed", (_what, bytes) => {
    expect(codeOf(() => readInstants(new ByteReader(Uint8Array.from(bytes)), 1))).toBe("malformed");
  });
});

describe("runs", () => {
  it("with a code that is not allowed, of no length, too long or too few are malformed", () => {
    for (const bytes of [
      [3, 4],
      [0, 0],
      [0, 5],
      [0, 3, 1, 2],
      [0, 3],
    ]) {
      expect(codeOf(() => readRuns(new ByteReader(Uint8Array.from(bytes)), 4, 2))).toBe("malformed");
    }
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function doubleBytes(value: number): number[] {
  return [...written((out) => out.double(value))];
}

function written(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter(1);
  write(out);
  return out.finish();
}

function numbersAgain(column: Float64Array): Float64Array {
  return readNumbers(new ByteReader(written((out) => writeNumbers(out, column))), column.length);
}

function instantsAgain(column: Float64Array): Float64Array {
  return readInstants(new ByteReader(written((out) => writeInstants(out, column))), column.length);
}

function bitsOf(column: Column): string {
  return Buffer.from(column.buffer, column.byteOffset, column.byteLength).toString("hex");
}
