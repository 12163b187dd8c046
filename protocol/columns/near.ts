/**
 * near: a column of doubles of which others already say nearly what it is. SPEC.md section "Near".
 *
 *   0 own       numbers (numbers.ts), the guess is of no use
 *   1 ulps      integers: the distance to the guess in steps of the last place, where signs agree
 *   2 decimals  byte k, then integers: value x 10^k less guess x 10^k, each rounded to the nearest
 *
 * Both sides compute the guess in IEEE doubles, operation by operation as the SPEC has it, so it is the same to the bit.
 */
import { type ByteReader, ByteWriter } from "../bytes.ts";
import { Fault } from "../faults.ts";
import { readIntegers, writeIntegers } from "./integers.ts";
import { readNumbers, writeNumbers } from "./numbers.ts";
import { LARGEST_EXPONENT, scaleOf } from "./scales.ts";

const OWN = 0;
const ULPS = 1;
const DECIMALS = 2;
const WORD = 2 ** 32;
/** Distances stay exact below. */
const FAR = 2 ** 48;
const DIVIDED = 1;

export function writeNear(out: ByteWriter, values: Float64Array, guess: Float64Array): void {
  const own = new ByteWriter(values.length * 2 + 16);
  own.byte(OWN);
  writeNumbers(own, values);
  const found = [own, packUlps(values, guess), packDecimals(values, guess)].filter((packed) => packed !== undefined);
  out.append(found.reduce((least, packed) => (packed.length < least.length ? packed : least)).written());
}

/** @throws Fault `malformed`. */
export function readNear(input: ByteReader, guess: Float64Array): Float64Array {
  const form = input.byte();
  if (form === OWN) return readNumbers(input, guess.length);
  if (form === ULPS) return addUlps(guess, readIntegers(input, guess.length));
  if (form === DECIMALS) return readDecimals(input, guess);
  throw new Fault("malformed", `byte ${input.offset - 1}: expected a form of near numbers from 0 to 2, got ${form}`);
}

function packUlps(values: Float64Array, guess: Float64Array): ByteWriter | undefined {
  const [bits, guessed] = [wordsOf(values), wordsOf(guess)];
  const distances = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const [low, high] = [bits[2 * i] as number, bits[2 * i + 1] as number];
    const [lowGuess, highGuess] = [guessed[2 * i] as number, guessed[2 * i + 1] as number];
    distances[i] = (high - highGuess) * WORD + (low - lowGuess);
    if (high >>> 31 !== highGuess >>> 31 || !(Math.abs(distances[i] as number) < FAR)) return undefined;
  }
  const out = new ByteWriter(values.length * 2 + 16);
  out.byte(ULPS);
  writeIntegers(out, distances);
  return out;
}

function addUlps(guess: Float64Array, distances: Float64Array): Float64Array {
  const values = guess.slice();
  const words = wordsOf(values);
  distances.forEach((distance, i) => {
    const steps = Math.floor(distance / WORD);
    const low = (words[2 * i] as number) + (distance - steps * WORD);
    words[2 * i] = low;
    words[2 * i + 1] = (words[2 * i + 1] as number) + steps + (low >= WORD ? 1 : 0);
  });
  return values;
}

function packDecimals(values: Float64Array, guess: Float64Array): ByteWriter | undefined {
  const scaled = scaleOf(values);
  if (scaled === undefined || scaled.scale.kind !== DIVIDED || scaled.exceptions.length > 0) return undefined;
  const power = 10 ** scaled.scale.exponent;
  const distances = scaled.integers.map((integer, i) => integer - Math.round((guess[i] as number) * power));
  if (!distances.every((distance) => Math.abs(distance) < FAR)) return undefined;
  const out = new ByteWriter(values.length * 2 + 16);
  out.byte(DECIMALS);
  out.byte(scaled.scale.exponent);
  writeIntegers(out, distances);
  return out;
}

function readDecimals(input: ByteReader, guess: Float64Array): Float64Array {
  const exponent = input.byte();
  if (exponent > LARGEST_EXPONENT)
    throw new Fault("malformed", `byte ${input.offset - 1}: expected 0 to ${LARGEST_EXPONENT} decimals, got ${exponent}`);
  const power = 10 ** exponent;
  return readIntegers(input, guess.length).map((distance, i) => (Math.round((guess[i] as number) * power) + distance) / power);
}

/** The values as pairs of 32-bit words, low word first: a view where the machine is little endian. */
function wordsOf(values: Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
}
