/**
 * numbers: a column of doubles as tagged bytes; the smallest of three forms, lossless to the bit.
 *
 *   0 raw       8 bytes a value, little endian
 *   1 constant  the one value, 8 bytes
 *   2 decimal   one byte k, then the integers value x 10^k as zigzag varint differences, the first from 0
 *
 * `decimal` is taken only where every value comes back bit for bit; -0 and what needs more than 2^51 do not,
 * and are raw. The number of values is not stored: the frame knows it.
 */
import { type ByteReader, ByteWriter } from "../bytes.ts";
import { Fault } from "../faults.ts";

const RAW = 0;
const CONSTANT = 1;
const DECIMAL = 2;

const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;
const LARGEST_INTEGER = 2 ** 51;

export function writeNumbers(out: ByteWriter, values: Float64Array): void {
  if (isConstant(values)) {
    out.byte(CONSTANT);
    out.double(values[0] ?? 0);
    return;
  }
  const decimals = decimalsOf(values);
  const packed = decimals === undefined ? undefined : packDecimal(values, decimals);
  if (packed === undefined || packed.length >= values.length * 8) {
    out.byte(RAW);
    for (const value of values) out.double(value);
    return;
  }
  out.byte(DECIMAL);
  out.append(packed);
}

/** Reads `count` values; `count` has been checked against the limits by the caller. */
export function readNumbers(input: ByteReader, count: number): Float64Array {
  const form = input.byte();
  if (form === CONSTANT) return new Float64Array(count).fill(input.double());
  if (form === RAW) return readRaw(input, count);
  if (form === DECIMAL) return readDecimal(input, count);
  throw new Fault("malformed", `byte ${input.offset - 1}: expected a number column of form 0 to 2, got ${form}`);
}

function readRaw(input: ByteReader, count: number): Float64Array {
  if (input.remaining < count * 8) throw new Fault("malformed", `byte ${input.offset}: expected ${count} doubles, got the end`);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = input.double();
  return values;
}

function readDecimal(input: ByteReader, count: number): Float64Array {
  const power = POWERS[input.byte()];
  if (power === undefined) throw new Fault("malformed", `byte ${input.offset - 1}: expected 0 to 9 decimals`);
  if (input.remaining < count) throw new Fault("malformed", `byte ${input.offset}: expected ${count} differences, got the end`);
  const values = new Float64Array(count);
  let integer = 0;
  for (let i = 0; i < count; i++) {
    integer += input.zigzag();
    values[i] = integer / power;
  }
  return values;
}

function packDecimal(values: Float64Array, decimals: number): Uint8Array {
  const power = POWERS[decimals] ?? 1;
  const out = new ByteWriter(values.length * 2 + 9);
  out.byte(decimals);
  let before = 0;
  for (const value of values) {
    const integer = Math.round(value * power);
    out.zigzag(integer - before);
    before = integer;
  }
  return out.finish();
}

/** The fewest decimals under which every value is an exact integer; undefined where there are none. */
function decimalsOf(values: Float64Array): number | undefined {
  let decimals = 0;
  for (const value of values) {
    while (!isExact(value, decimals)) {
      decimals += 1;
      if (decimals >= POWERS.length) return undefined;
    }
  }
  return values.every((value) => isExact(value, decimals)) ? decimals : undefined;
}

function isExact(value: number, decimals: number): boolean {
  const power = POWERS[decimals] ?? 1;
  const integer = Math.round(value * power) + 0; // -0 becomes 0, so a value of -0 is not exact
  return Math.abs(integer) < LARGEST_INTEGER && Object.is(integer / power, value);
}

function isConstant(values: Float64Array): boolean {
  const first = values[0];
  return values.length > 0 && values.every((value) => Object.is(value, first));
}
