/**
 * integers: a column of integers in as few bytes as they allow. SPEC.md section "Integers".
 *
 *   byte     coder x 64 + signed x 32 + offset x 16 + prediction x 4 + levels
 *   levels   parameters of the levels (levels.ts)
 *   zigzag   the first integer, in steps of its levels
 *   zigzag   slope, with predictions 2 and 3
 *   zigzag   offset, where the header says so
 *   coder    residuals of all integers but the first, less the offset, zigzag-mapped where signed:
 *            0 = all zero and not written, 1 = blocks, 2 = adaptive
 *
 * Coder 3 stands for 8 bytes an integer as a little-endian double and nothing else. Every choice is the writer's;
 * this one foretells what is smallest and tries only where that is cheap. The reader follows the header.
 */
import { type ByteReader, ByteWriter } from "../bytes.ts";
import { Fault } from "../faults.ts";
import { guessAdaptive, packAdaptive, readAdaptive } from "./adaptive.ts";
import { planBlocks, readBlocks, writeBlocks } from "./blocks.ts";
import { findLevels, type Levels, readLevels } from "./levels.ts";
import { DOUBLE_DELTA, integrate, middleOf, type Prediction, predict, residualsOf } from "./prediction.ts";

const ZEROS = 0;
const BLOCKS = 1;
const ADAPTIVE = 2;
const RAW = 3;
const SIGNED = 32;
const OFFSET = 16;

/** Integers and their spread below these stay exact through every difference, offset and zigzag. */
const LARGEST_INTEGER = 2 ** 51;
const LARGEST_SPREAD = 2 ** 48;
/** The guess knows nothing of the odds inside a length, which make it smaller. */
const GUESS = 0.9;
/** Where blocks take more bytes an integer than this, it is noise, and nothing is gained. */
const NOISE = 0.5;
/** Columns up to this length are tried with all their levels, longer ones with those that look best. */
const SMALL = 128;
const NARROW = 2 ** 31;
/** Even noise sums up alike from its smallest and around its middle; from the smallest its range is a whole number of bits. */
const ALIKE = 1.03;
/** The adaptive coder takes several times as long, so it must save one byte in so many. */
const WORTH = 3;

/** Writes any column of doubles that are integers; those too far apart as they are. */
export function writeIntegers(out: ByteWriter, integers: Float64Array): void {
  write(out, integers, writeTable);
}

/** @throws Fault `malformed`. The integers may be any finite doubles where the bytes are not from `writeIntegers`. */
export function readIntegers(input: ByteReader, count: number): Float64Array {
  return read(input, count, readTable);
}

function writeTable(out: ByteWriter, table: Float64Array): void {
  write(out, table, undefined);
}

function readTable(input: ByteReader, count: number): Float64Array {
  return read(input, count, () => {
    throw new Fault("malformed", `byte ${input.offset}: expected no dictionary inside a dictionary`);
  });
}

function write(out: ByteWriter, integers: Float64Array, table: typeof writeTable | undefined): void {
  if (!isTame(integers)) {
    writeRaw(out, integers);
    return;
  }
  const ways = findLevels(integers, table).map((levels): Way => ({ levels, prediction: predict(levels.integers) }));
  const tried = integers.length > SMALL ? [ways.reduce((best, way) => (roughBits(way) < roughBits(best) ? way : best))] : ways;
  const packed = tried.map(pack).reduce((best, bytes) => (bytes.length < best.length ? bytes : best));
  if (packed.length <= 1 + 8 * integers.length) out.append(packed);
  else writeRaw(out, integers);
}

function writeRaw(out: ByteWriter, integers: Float64Array): void {
  out.byte(RAW * 64);
  for (const integer of integers) out.double(integer);
}

/** A column in steps of some levels, and how the steps may be foretold. */
interface Way {
  readonly levels: Levels;
  readonly prediction: Prediction;
}

function roughBits({ levels, prediction }: Way): number {
  return levels.parameterBytes * 8 + prediction.bits;
}

function pack({ levels, prediction }: Way): Uint8Array {
  const { kind, writeParameters, integers } = levels;
  const residuals = residualsOf(integers, prediction);
  const folding = foldingOf(residuals);
  const { offset, signed } = folding;
  fold(residuals, folding);
  const { coder, writeResiduals } = coderOf(residuals);
  const out = new ByteWriter(integers.length + 32);
  out.byte(coder * 64 + (signed ? SIGNED : 0) + (offset === 0 ? 0 : OFFSET) + prediction.kind * 4 + kind);
  writeParameters(out);
  out.zigzag(integers[0] ?? 0);
  if (prediction.kind >= DOUBLE_DELTA) out.zigzag(prediction.slope);
  if (offset !== 0) out.zigzag(offset);
  writeResiduals(out);
  return out.written();
}

/** How residuals become integers from 0 up: less the offset, then zigzag-mapped where signed. */
interface Folding {
  readonly offset: number;
  readonly signed: boolean;
}

/** From the smallest residual up, around 0, or around the middle: whichever makes the smallest integers on average. */
function foldingOf(residuals: Float64Array): Folding {
  const middle = middleOf(residuals);
  let smallest = residuals[0] ?? 0;
  let sum = 0;
  let around0 = 0;
  let aroundMiddle = 0;
  for (let i = 0; i < residuals.length; i++) {
    const residual = residuals[i] as number;
    if (residual < smallest) smallest = residual;
    sum += residual;
    around0 += Math.abs(residual);
    aroundMiddle += Math.abs(residual - middle);
  }
  if (sum - smallest * residuals.length <= ALIKE * 2 * Math.min(around0, aroundMiddle)) return { offset: smallest, signed: false };
  return { offset: around0 <= aroundMiddle ? 0 : middle, signed: true };
}

/** In place. */
function fold(residuals: Float64Array, { offset, signed }: Folding): void {
  if (!signed && offset === 0) return;
  for (let i = 0; i < residuals.length; i++) {
    const residual = (residuals[i] as number) - offset;
    residuals[i] = !signed ? residual : residual < 0 ? -2 * residual - 1 : 2 * residual;
  }
}

interface Coded {
  readonly coder: number;
  writeResiduals(out: ByteWriter): void;
}

function coderOf(unsigned: Float64Array): Coded {
  const plan = planBlocks(unsigned);
  const { tags, bytes } = plan;
  if (tags.every((tag) => tag === 0)) return { coder: ZEROS, writeResiduals: () => {} };
  if (bytes < unsigned.length * NOISE && guessAdaptive(unsigned) * GUESS + bytes / WORTH < bytes) {
    const adaptive = packAdaptive(unsigned);
    if (adaptive.length + Math.max(1, bytes / WORTH) <= bytes) return { coder: ADAPTIVE, writeResiduals: (out) => out.append(adaptive) };
  }
  return { coder: BLOCKS, writeResiduals: (out) => writeBlocks(out, unsigned, plan) };
}

function read(input: ByteReader, count: number, table: typeof readTable): Float64Array {
  const header = input.byte();
  const coder = header >> 6;
  if (coder === RAW) return readRaw(input, count, header);
  const prediction = (header >> 2) & 3;
  const expand = readLevels(input, header & 3, count, table);
  const integers = new Float64Array(count);
  const first = input.zigzag();
  if (count > 0) integers[0] = first;
  const slope = prediction >= DOUBLE_DELTA ? input.zigzag() : 0;
  const offset = header & OFFSET ? input.zigzag() : 0;
  if (coder === BLOCKS) readBlocks(input, integers, 1);
  else if (coder === ADAPTIVE) readAdaptive(input, integers, 1);
  unfold(integers, offset, (header & SIGNED) !== 0);
  integrate(integers, prediction, slope);
  expand(integers);
  return integers;
}

function readRaw(input: ByteReader, count: number, header: number): Float64Array {
  if (header !== RAW * 64) throw new Fault("malformed", `byte ${input.offset - 1}: expected a header of integers, got ${header}`);
  if (input.remaining < count * 8) throw new Fault("malformed", `byte ${input.offset}: expected ${count} doubles, got the end`);
  const integers = new Float64Array(count);
  for (let i = 0; i < count; i++) integers[i] = input.double();
  return integers;
}

/** Adds the offset and undoes the zigzag; 32-bit operations where they say the same. */
function unfold(integers: Float64Array, offset: number, signed: boolean): void {
  if (!signed && offset === 0) return;
  for (let i = 1; i < integers.length; i++) {
    const residual = integers[i] as number;
    if (!signed) integers[i] = residual + offset;
    else if (residual < NARROW) integers[i] = ((residual >>> 1) ^ -(residual & 1)) + offset;
    else integers[i] = (residual % 2 === 0 ? residual / 2 : -(residual + 1) / 2) + offset;
  }
}

function isTame(integers: Float64Array): boolean {
  let smallest = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  for (const integer of integers) {
    if (integer < smallest) smallest = integer;
    if (integer > largest) largest = integer;
  }
  return integers.length === 0 || (smallest > -LARGEST_INTEGER && largest < LARGEST_INTEGER && largest - smallest < LARGEST_SPREAD);
}
