/**
 * levels: the grid of numbers that a sensor can say at all, so that a column counts in its steps.
 *
 *   0 none        every integer
 *   1 divisor     g = m x 10^e as varint m x 8 + e, then a varint rest: rest + g x j
 *   2 step        varints p and q: round(j x p / q), the steps of a converter rounded to decimals (142, 143, 143 ...)
 *   3 dictionary  varint size, then the table as integers in rising order: table[j]
 */
import type { ByteReader, ByteWriter } from "../bytes.ts";
import { Fault } from "../faults.ts";
import { findStep, type Step } from "./step.ts";
import { LARGEST_TABLE, type Table, tableOf } from "./table.ts";

const DICTIONARY = 3;
const NO_LEVELS = 0;
const DIVISOR = 1;
const STEP = 2;
/** Fewer steps than this between the smallest and the largest integer need no table. */
const DENSE = 16;
const LARGEST_TENS = 7;

/** One way to count a column in steps. */
export interface Levels {
  readonly kind: number;
  /** Writes what stands behind the header byte. */
  writeParameters(out: ByteWriter): void;
  /** About the bytes that this takes. */
  readonly parameterBytes: number;
  readonly integers: Float64Array;
}

type WriteTable = (out: ByteWriter, table: Float64Array) => void;
type ReadTable = (input: ByteReader, count: number) => Float64Array;

/** All the ways that fit, the plain one first. `writeTable` undefined = no dictionary. */
export function findLevels(integers: Float64Array, writeTable: WriteTable | undefined): Levels[] {
  const divisor = divisorOf(integers);
  const found = [divisor > 1 ? divided(integers, divisor) : { kind: NO_LEVELS, writeParameters: () => {}, parameterBytes: 0, integers }];
  if (integers.length < 4) return found;
  const table = tableOf(integers, DENSE * divisor);
  if (table === undefined) return found;
  const step = divisor > 1 ? undefined : findStep(table.integers);
  if (step !== undefined) found.push(stepped(integers, step));
  if (writeTable !== undefined) found.push(listed(table, writeTable));
  return found;
}

/**
 * Reads the parameters of a kind and returns what turns steps into integers, in place.
 * @throws Fault `malformed`.
 */
export function readLevels(input: ByteReader, kind: number, count: number, readTable: ReadTable): (integers: Float64Array) => void {
  if (kind === DIVISOR) return readDivisor(input);
  if (kind === STEP) return readStep(input);
  if (kind === DICTIONARY) return readDictionary(input, count, readTable);
  return () => {};
}

function divided(integers: Float64Array, divisor: number): Levels {
  let tens = 0;
  let rest = divisor;
  while (tens < LARGEST_TENS && rest % 10 === 0) {
    rest /= 10;
    tens += 1;
  }
  const first = (((integers[0] as number) % divisor) + divisor) % divisor;
  const steps = new Float64Array(integers.length);
  for (let i = 0; i < integers.length; i++) steps[i] = ((integers[i] as number) - first) / divisor;
  const writeParameters = (out: ByteWriter) => {
    out.varint(rest * 8 + tens);
    out.varint(first);
  };
  return { kind: DIVISOR, writeParameters, parameterBytes: 3, integers: steps };
}

function readDivisor(input: ByteReader): (integers: Float64Array) => void {
  const packed = input.varint();
  const divisor = Math.floor(packed / 8) * 10 ** (packed % 8);
  const rest = input.varint();
  return (integers) => {
    for (let i = 0; i < integers.length; i++) integers[i] = (integers[i] as number) * divisor + rest;
  };
}

function stepped(integers: Float64Array, { p, q }: Step): Levels {
  const steps = new Float64Array(integers.length);
  for (let i = 0; i < integers.length; i++) steps[i] = Math.round(((integers[i] as number) * q) / p);
  const writeParameters = (out: ByteWriter) => {
    out.varint(p);
    out.varint(q);
  };
  return { kind: STEP, writeParameters, parameterBytes: 3, integers: steps };
}

function readStep(input: ByteReader): (integers: Float64Array) => void {
  const p = input.varint();
  const q = input.varint();
  if (p === 0 || q === 0) throw new Fault("malformed", `byte ${input.offset}: expected a step above 0`);
  return (integers) => {
    for (let i = 0; i < integers.length; i++) integers[i] = Math.round(((integers[i] as number) * p) / q) + 0; // never -0
  };
}

function listed({ integers: table, places }: Table, writeTable: WriteTable): Levels {
  const span = (table.at(-1) as number) - (table[0] as number);
  const writeParameters = (out: ByteWriter) => {
    out.varint(table.length);
    writeTable(out, table);
  };
  const parameterBytes = 6 + (table.length * Math.log2(span / table.length)) / 8;
  return { kind: DICTIONARY, writeParameters, parameterBytes, integers: places };
}

function readDictionary(input: ByteReader, count: number, readTable: ReadTable): (integers: Float64Array) => void {
  const size = input.varint();
  if (size === 0 || size > Math.min(count, LARGEST_TABLE))
    throw new Fault(
      "malformed",
      `byte ${input.offset}: expected a table of at most ${Math.min(count, LARGEST_TABLE)} integers, got ${size}`,
    );
  const table = readTable(input, size);
  return (integers) => {
    for (let i = 0; i < integers.length; i++) {
      const integer = table[integers[i] as number];
      if (integer === undefined) throw new Fault("malformed", `byte ${input.offset}: expected places below ${size}, got ${integers[i]}`);
      integers[i] = integer;
    }
  };
}

/** The largest g with which all integers leave one rest; of a constant column the power of ten in it, of all zeros 1. */
function divisorOf(integers: Float64Array): number {
  const first = integers[0] ?? 0;
  let divisor = 0;
  for (let i = 1; i < integers.length && divisor !== 1; i++) {
    let rest = Math.abs((integers[i] as number) - first);
    const quotient = rest / divisor;
    if (divisor > 0 && Math.floor(quotient) === quotient) continue; // exact below 2^53, and far cheaper than a remainder
    while (rest !== 0) [divisor, rest] = [rest, divisor % rest];
  }
  if (divisor > 0) return divisor;
  divisor = 1;
  while (first !== 0 && divisor < 10 ** LARGEST_TENS && first % (divisor * 10) === 0) divisor *= 10;
  return divisor;
}
