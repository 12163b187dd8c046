/**
 * independent-integers: columns of integers and of instants, for the decoder that was written from SPEC.md alone.
 */
import { type Cursor, refuse, unfold } from "./independent-cursor.ts";
import { readAdaptive, readBlocks } from "./independent-residuals.ts";

const LEVELS = ["none", "divisor", "step", "dictionary"] as const;
const PREDICTIONS = ["none", "delta", "double delta", "line"] as const;
const CODERS = ["zero", "blocks", "adaptive", "raw"] as const;
const RAW = 0xc0;
const WITH_EXCEPTIONS = 0xc1;
const MAX_TABLE = 1024;

/** A column of so many integers. */
export function decodeIntegers(cursor: Cursor, count: number, isTable = false): number[] {
  const header = cursor.byte();
  const levels = LEVELS[header & 3] as (typeof LEVELS)[number];
  const prediction = PREDICTIONS[(header >> 2) & 3] as (typeof PREDICTIONS)[number];
  const coder = CODERS[header >> 6] as (typeof CODERS)[number];
  const [hasOffset, isSigned] = [(header & 16) !== 0, (header & 32) !== 0];
  cursor.note(`coder ${coder}`);
  if (coder === "raw") return header === RAW ? times(count, () => cursor.double()) : refuse(`integers of form ${header}`);
  if (isTable && levels === "dictionary") refuse("a dictionary in a dictionary");
  cursor.note(`levels ${levels}`);
  cursor.note(`prediction ${prediction}`);
  if (hasOffset) cursor.note("residuals offset");
  if (isSigned) cursor.note("residuals signed");

  const toInteger = readLevels(cursor, levels, count);
  const first = cursor.zigzag();
  const slope = prediction === "double delta" || prediction === "line" ? cursor.zigzag() : 0;
  const offset = hasOffset ? cursor.zigzag() : 0;
  const mapped = readResiduals(cursor, coder, Math.max(0, count - 1));
  const residuals = mapped.map((u) => (isSigned ? unfold(u) : u) + offset);
  return count === 0 ? [] : undoPrediction(prediction, first, slope, residuals).map(toInteger);
}

function readResiduals(cursor: Cursor, coder: (typeof CODERS)[number], count: number): number[] {
  if (coder === "blocks") return readBlocks(cursor, count);
  if (coder === "adaptive") return readAdaptive(cursor, count);
  return times(count, () => 0);
}

function undoPrediction(prediction: (typeof PREDICTIONS)[number], first: number, slope: number, residuals: readonly number[]): number[] {
  const steps = [first];
  let before = first;
  let d = slope;
  residuals.forEach((r, index) => {
    if (prediction === "none") before = r + first;
    else if (prediction === "delta") before = before + r;
    else if (prediction === "line") before = r + (first + slope * (index + 1));
    else {
      d = d + r;
      before = before + d;
    }
    steps.push(before);
  });
  return steps;
}

/** Reads the parameters of the levels; the answer makes an integer of a step. */
function readLevels(cursor: Cursor, levels: (typeof LEVELS)[number], count: number): (x: number) => number {
  if (levels === "none") return (x) => x;
  if (levels === "dictionary") return readDictionary(cursor, count);
  const [one, two] = [cursor.varint(), cursor.varint()];
  if (levels === "divisor") return (x) => x * (Math.floor(one / 8) * 10 ** (one % 8)) + two;
  if (one === 0 || two === 0) refuse("a step of 0");
  return (x) => Math.round((x * one) / two) + 0; // an integer has no -0
}

function readDictionary(cursor: Cursor, count: number): (x: number) => number {
  const size = cursor.varint();
  if (size < 1 || size > MAX_TABLE || size > count) refuse(`a table of ${size} for ${count} entries`);
  const table = decodeIntegers(cursor, size, true);
  return (x) => table[x] ?? refuse(`place ${x} in a table of ${size}`);
}

/** A column of so many instants, microseconds since 1970. */
export function decodeInstants(cursor: Cursor, count: number): number[] {
  const isPatched = cursor.bytes[cursor.place] === WITH_EXCEPTIONS;
  cursor.note(`instants ${isPatched ? "exceptions" : "integers"}`);
  const exceptions = isPatched ? readExceptions(cursor, count) : [];
  const instants = decodeIntegers(cursor, count);
  for (const { place, value } of exceptions) instants[place] = (instants[place] as number) + value;
  return instants.every(Number.isSafeInteger) ? instants : refuse("an instant that is no integer in range");
}

function readExceptions(cursor: Cursor, count: number) {
  cursor.byte();
  return readPatches(cursor, count, () => cursor.zigzag());
}

/** "varint count; for each a varint, the number of entries between it and the one before (or the beginning)", and what `one` reads. */
export function readPatches(cursor: Cursor, count: number, one: () => number): { readonly place: number; readonly value: number }[] {
  const size = cursor.varint();
  if (size > count) refuse(`${size} exceptions for ${count} entries`);
  let next = 0;
  return times(size, () => {
    const place = next + cursor.varint();
    if (place >= count) refuse(`an exception at ${place} of ${count}`);
    next = place + 1;
    return { place, value: one() };
  });
}

export function times<T>(count: number, one: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => one(index));
}
