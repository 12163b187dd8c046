/**
 * by-hand: batches in forms that a reader has to read and this encoder never, or seldom, chooses. Each names the values
 * that its author meant, a third word beside the two decoders.
 */
import { encodeSimpleBatch } from "../independent-encoder.ts";
import { bits, bytes, dataBody, doubles, plainFrame, seal, zigzag as z } from "./seal.ts";

const BEGIN = 1_795_200_000_000_000;

export interface ByHand {
  readonly title: string;
  readonly bytes: Uint8Array;
  /** What the first column of the first frame holds. */
  readonly values?: readonly number[];
}

/** One reading a second: double delta without residuals. */
const grid = `08 ${z(BEGIN)} ${z(1_000_000)}`;

/** A batch of one channel, one reading a second, its values in the column given. */
function column(title: string, hex: string, values: readonly number[]): ByHand {
  return { title, values, bytes: seal({ count: values.length }, dataBody(plainFrame(values.length, grid, hex))) };
}

const wide = (value: number, width: number) => value.toString(2).padStart(width, "0");

const MINUTE = Array.from({ length: 60 }, (_, i) => (2_150 + ((i * i * 3) % 11) + Math.floor(i / 10)) / 100);

export const BY_HAND: Readonly<Record<string, ByHand>> = {
  "simplest-agent": {
    title: "the least that an agent has to write: raw instants, raw numbers, one channel a frame, not deflated",
    values: [21.5, 21.45, -0.5],
    bytes: seal(
      { count: 3 },
      dataBody(plainFrame(3, `c0 ${doubles(BEGIN, BEGIN + 1e6, BEGIN + 2.5e6)}`, `00 ${doubles(21.5, 21.45, -0.5)}`)),
    ),
  },
  "simple-agent-compact": {
    title: "a minute of one reading a second, its instants some milliseconds off, as a simple agent may write it a step up",
    values: MINUTE,
    bytes: encodeSimpleBatch(7, 60, [{ series: 0, at: MINUTE.map((_, i) => BEGIN + i * 1e6 + ((i * i) % 7) * 1e3), values: MINUTE }], true),
  },
  "numbers-pieces": column(
    "pieces of two readings: constant, raw, and a shorter last one",
    `03 02  01 ${doubles(7.5)}  00 ${doubles(1e300, -1e-300)}  01 ${doubles(-0)}`,
    [7.5, 7.5, 1e300, -1e-300, -0],
  ),
  "numbers-planes": column(
    "planes: all bytes but the lowest two the same throughout",
    "02 fc  18 17 1a  2d 2e 2f  44 54 fb 21 09 40",
    ["400921fb54442d18", "400921fb54442e17", "400921fb54442f1a"].map((big) => Buffer.from(big, "hex").readDoubleBE()),
  ),
  "numbers-patched": column(
    "two exceptions in a column of tenths, the second right behind the first",
    `31 02 01 ${doubles(-0)} 00 ${doubles(Math.PI)}  40 ${z(200)} ${bits("000010 01 10 11 00")}`,
    [20, -0, Math.PI, 20.3, 20],
  ),
  "numbers-multiplied": column(
    "multiplied by the double nearest to 0.001, which is not the same as divided by 1,000",
    `43 40 ${z(3)} ${bits("000011 000 011 110")}`,
    [3, 3, 6, 9].map((n) => n * 0.001),
  ),
  "numbers-single": column(
    "tenths from a float register",
    `61 64 ${z(213)} ${bits("000010 10 01 11")}`,
    [213, 214, 213, 211].map((n) => Math.fround(n / 10)),
  ),
  "integers-delta": column(
    "prediction delta, signed, with an offset",
    `20 74 ${z(5)} ${z(10)} ${bits("000011 001 010 000")}`,
    [5, 14, 25, 35],
  ),
  "integers-double-delta": column("prediction double delta, signed", `20 68 ${z(0)} ${z(4)} ${bits("000010 01 10 00")}`, [0, 3, 7, 11]),
  "integers-line": column("prediction line, signed", `21 6c ${z(100)} ${z(10)} ${bits("000011 001 010 000")}`, [10, 10.9, 12.1, 13]),
  "integers-divisor": column("levels of 3,000 and a rest", `20 05 1b 11 ${z(-2)}`, [-5983, -5983, -5983]),
  "integers-step": column(
    "levels of 7/2: a half goes to the larger integer",
    `20 42 07 02 ${z(-1)} ${bits("000010 00 01 10 11")}`,
    [-3, -3, 0, 4, 7],
  ),
  "integers-dictionary": column(
    "a dictionary of three, its table delta-coded",
    `20 43 03 44 ${z(-50)} ${bits("000111 0110010 1001101")} ${z(0)} ${bits("000010 01 10 00 10 01")}`,
    [-50, 0, 77, -50, 77, 0],
  ),
  "integers-dictionary-raw-table": column(
    "a dictionary whose table is raw",
    `20 43 02 c0 ${doubles(-(2 ** 53), 2 ** 53)} ${z(0)} ${bits("000001 1 0")}`,
    [-(2 ** 53), 2 ** 53, -(2 ** 53)],
  ),
  "integers-raw": column("integers as doubles, beyond any prediction", `20 c0 ${doubles(2 ** 53, -(2 ** 53), 1)}`, [
    2 ** 53,
    -(2 ** 53),
    1,
  ]),
  "blocks-rice": column("Rice with k = 3", `20 40 00 ${bits("010000 0 111 10 000 1110 101 0 000")}`, [0, 7, 8, 29, 0]),
  "blocks-rice-escape": column(
    "20 ones in a row are no unary: 53 bits follow",
    `20 40 00 ${bits(`001101 111110 ${"1".repeat(20)} ${wide(2 ** 40 + 1, 53)} ${"1".repeat(19)}0`)}`,
    [0, 5, 2 ** 40 + 1, 19],
  ),
  "blocks-rice-widest": column("Rice with k = 50, the largest there is", `20 40 00 ${bits(`111111 10 ${wide(3, 50)} 0 ${wide(9, 50)}`)}`, [
    0,
    2 ** 50 + 3,
    9,
  ]),
  "blocks-two": column(
    "a block of 64 zeros that takes 6 bits, then one of two residuals",
    `20 40 ${z(1)} ${bits("000000 001100 111111111111 000000000001")}`,
    [...new Array<number>(65).fill(1), 4096, 2],
  ),
  "instants-exceptions": {
    title: "instants on a grid with two exceptions, the second right behind the first",
    values: [1, 1, 1, 1],
    bytes: seal({ count: 4 }, dataBody(plainFrame(4, `c1 02 01 ${z(-1)} 00 ${z(250_000)} ${grid}`, `01 ${doubles(1)}`))),
  },
  "instants-negative": {
    title: "instants before 1970, out of order, down to the least there is",
    values: [1, 1, 1],
    bytes: seal({ count: 3 }, dataBody(plainFrame(3, `c0 ${doubles(-1, -(2 ** 53 - 1), -5)}`, `01 ${doubles(1)}`))),
  },
  "channel-without-values": {
    title: "the second of two channels has no value at all: its column is one of no entries",
    values: [1, 1],
    bytes: seal({ count: 2 }, dataBody(bytes(`00 03 02 01 ${grid} 00 01 ${doubles(1)}  01 00 02 20 00 00`))),
  },
  "summaries-near": {
    title: "a summary whose last is an ulp above the guess, its min in decimals, its others on their own",
    bytes: seal(
      { count: 1 },
      dataBody(
        bytes(`01 05 01 00 ${z(BEGIN)} 00  01 ${doubles(2)}  01 ${doubles(1.5)}  01 00 ${z(1)}  02 01 00 ${z(-2)}
          00 01 ${doubles(1.75)}  01 00 ${z(-1)}  20 00 ${z(5)}  00 ${doubles(10)}  00 00 ${doubles(15.5)}`),
      ),
    ),
  },
  "totals-other-varints": {
    title: "a varint of more bytes than it needs: a writer must not, a reader takes it",
    values: [1],
    bytes: seal({ count: 1, seq: "8700" }, dataBody(plainFrame(1, `00 ${z(BEGIN)}`, `01 ${doubles(1)}`))),
  },
  "gap-other-integers": {
    title: "integers as uint 64 and as whole float 64, a string and an array of the long forms",
    bytes: seal(
      { count: 0, kind: 1, catalog: "00000000" },
      bytes(
        "dd00000001 dc0005 c408 0ddba11c0ffee000 cf0000000000000009 c50008 24058f9c65de3aee cb405e000000000000 d90e 64726f707065645f6f6c64657374",
      ),
    ),
  },
};
