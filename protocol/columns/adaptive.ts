/**
 * adaptive: small unsigned integers, each at the price of its surprise given those before. SPEC.md section "Adaptive".
 *
 *   byte     k: so many low bits of every integer are noise and stand apart, as they are
 *   bytes    q = integer / 2^k of each through the range coder: the bit length of q + 1 in unary, then its bits below the
 *            highest, of which the first two have odds of their own
 *   bits     the low bits
 *
 * It gains over blocks where one value rules (a plug that is off, a step that hardly changes) and pays with a few
 * nanoseconds an integer.
 */
import { type ByteReader, ByteWriter } from "../bytes.ts";
import { Fault } from "../faults.ts";
import { BitWriter, bitWidth, peek, readWide, WIDEST_GROUP } from "./bits.ts";
import { Odds, RangeDecoder, RangeEncoder } from "./range-coder.ts";

const LARGEST_LENGTH = 53;
const LARGEST_SHIFT = 50;
/** Odds of the unary bits, by what the integer before was: 0, 1 or more. */
const CONTEXTS = 3;
const LENGTHS = CONTEXTS * (LARGEST_LENGTH + 1);
/** Odds of the two bits below the highest: three per length. */
const TOTAL = LENGTHS + (LARGEST_LENGTH + 1) * 4;

/** The bytes of this form. */
export function packAdaptive(values: Float64Array): Uint8Array {
  const shift = shiftOf(values);
  const scale = 2 ** shift;
  const out = new ByteWriter(values.length + 16);
  out.byte(shift);
  const coder = new RangeEncoder(out);
  const odds = new Odds(TOTAL);
  let context = 0;
  for (const value of values) {
    const length = writeQuotient(coder, odds, context, Math.floor(value / scale) + 1);
    context = Math.min(length, CONTEXTS - 1);
  }
  coder.finish();
  if (shift > 0) writeLowBits(out, values, shift);
  return out.finish();
}

/**
 * Fills `values` from index `from` on.
 * @throws Fault `malformed`.
 */
export function readAdaptive(input: ByteReader, values: Float64Array, from: number): void {
  const shift = input.byte();
  if (shift > LARGEST_SHIFT)
    throw new Fault("malformed", `byte ${input.offset - 1}: expected at most ${LARGEST_SHIFT} low bits, got ${shift}`);
  const coder = new RangeDecoder(input.rest());
  const odds = new Odds(TOTAL);
  let context = 0;
  for (let i = from; i < values.length; i++) {
    const base = context * (LARGEST_LENGTH + 1);
    let length = 0;
    while (coder.bit(odds, base + length) === 1) {
      length += 1;
      if (length > LARGEST_LENGTH) throw new Fault("malformed", `byte ${input.offset}: expected integers below 2^53`);
    }
    values[i] = length === 0 ? 0 : readMantissa(coder, odds, length) - 1;
    context = length < CONTEXTS ? length : CONTEXTS - 1;
  }
  input.take(coder.used());
  if (shift > 0) readLowBits(input, values, from, shift);
}

/** Codes a positive integer; returns its bit length - 1. */
function writeQuotient(coder: RangeEncoder, odds: Odds, context: number, quotient: number): number {
  const length = bitWidth(quotient) - 1;
  const base = context * (LARGEST_LENGTH + 1);
  for (let i = 0; i < length; i++) coder.bit(odds, base + i, 1);
  coder.bit(odds, base + length, 0);
  let node = 1;
  for (let place = length - 1; place >= 0; place--) {
    const bit = Math.floor(quotient / 2 ** place) % 2;
    if (node < 4) coder.bit(odds, LENGTHS + length * 4 + node, bit);
    else coder.plain(bit);
    node = node < 4 ? node * 2 + bit : node;
  }
  return length;
}

function readMantissa(coder: RangeDecoder, odds: Odds, length: number): number {
  let quotient = 1;
  for (let place = 0; place < length; place++) {
    const bit = place < 2 ? coder.bit(odds, LENGTHS + length * 4 + quotient) : coder.plain();
    quotient = quotient * 2 + bit;
  }
  return quotient;
}

/** Low bits below an eighth of the mean say nothing about each other. */
function shiftOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / Math.max(1, values.length);
  return mean < 8 ? 0 : Math.min(LARGEST_SHIFT, bitWidth(mean) - 3);
}

function writeLowBits(out: ByteWriter, values: Float64Array, shift: number): void {
  const bits = new BitWriter(out);
  for (const value of values) bits.writeWide(value % 2 ** shift, shift);
  bits.finish();
}

function readLowBits(input: ByteReader, values: Float64Array, from: number, shift: number): void {
  const bytes = input.take(Math.ceil(((values.length - from) * shift) / 8));
  const scale = 2 ** shift;
  let place = 0;
  for (let i = from; i < values.length; i++) {
    const low = shift <= WIDEST_GROUP ? peek(bytes, place) >>> (32 - shift) : readWide(bytes, place, shift);
    values[i] = (values[i] as number) * scale + low;
    place += shift;
  }
}
