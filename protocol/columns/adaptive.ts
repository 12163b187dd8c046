/**
 * adaptive: small unsigned integers, each at the price of its surprise given those before. SPEC.md section "Adaptive".
 *
 *   byte     k, and x = integer + 2^k is what is said of each integer:
 *   bytes    through the range coder: the length of x in bits beyond k + 1, in unary; then up to two bits of x below its
 *            highest, each with odds of its own
 *   bits     what is left of x, as it is: noise that nothing foretells
 *
 * It gains over blocks where one value rules (a plug that is off, a step that hardly changes) and pays with a few
 * nanoseconds an integer.
 */
import { type ByteReader, ByteWriter } from "../bytes.ts";
import { Fault } from "../faults.ts";
import { BitWriter, bitWidth, peek, readWide, TWO_TO, WIDEST_GROUP } from "./bits.ts";
import { Odds, RangeDecoder, RangeEncoder } from "./range-coder.ts";

/** x stays below 2^53. */
const LONGEST = 52;
const LARGEST_SHIFT = 50;
/** Odds of the unary bits, by the length of the integer before: 0, 1 or more. */
const CONTEXTS = 3;
const UNARY = LONGEST + 1;
const HEADS = CONTEXTS * UNARY;
/** Odds of the two bits below the highest: three per length. */
const TOTAL = HEADS + UNARY * 4;
const HEAD_BITS = 2;
/** Below this, 32-bit operations say the same, and a tail is one group of bits. */
const NARROW = 2 ** 24;

/** The bytes of this form. */
export function packAdaptive(values: Float64Array): Uint8Array {
  const shift = shiftOf(values);
  const scale = TWO_TO[shift] as number;
  const out = new ByteWriter(values.length + 16);
  out.byte(shift);
  const tails = new ByteWriter(values.length + 16);
  const bits = new BitWriter(tails);
  const coder = new RangeEncoder(out);
  const odds = new Odds(TOTAL);
  let context = 0;
  for (let i = 0; i < values.length; i++) {
    const integer = (values[i] as number) + scale;
    const length = bitWidth(integer) - 1 - shift;
    const tail = length > HEAD_BITS ? shift + length - HEAD_BITS : shift;
    if (integer < NARROW) {
      writeHead(coder, odds, context, length, integer >>> tail);
      if (tail > 0) bits.write(integer & ((1 << tail) - 1), tail);
    } else {
      writeHead(coder, odds, context, length, Math.floor(integer / (TWO_TO[tail] as number)));
      bits.writeWide(integer, tail);
    }
    context = length < CONTEXTS ? length : CONTEXTS - 1;
  }
  bits.finish();
  coder.finish();
  out.append(tails.written());
  return out.written();
}

/** About the bytes that `packAdaptive` will take, without packing: the entropy of the lengths, and the bits below. */
export function guessAdaptive(values: Float64Array): number {
  const counts = new Uint32Array(HEADS);
  const sums = new Uint32Array(CONTEXTS);
  let bits = 16;
  let context = 0;
  for (let i = 0; i < values.length; i++) {
    const length = bitWidth((values[i] as number) + 1) - 1;
    const index = context * UNARY + length;
    counts[index] = (counts[index] as number) + 1;
    sums[context] = (sums[context] as number) + 1;
    bits += length;
    context = length < CONTEXTS ? length : CONTEXTS - 1;
  }
  counts.forEach((count, index) => {
    if (count > 0) bits += count * Math.log2((sums[Math.floor(index / UNARY)] as number) / count);
  });
  return bits / 8;
}

/**
 * Fills `values` from index `from` on.
 * @throws Fault `malformed`.
 */
export function readAdaptive(input: ByteReader, values: Float64Array, from: number): void {
  const shift = input.byte();
  if (shift > LARGEST_SHIFT)
    throw new Fault("malformed", `byte ${input.offset - 1}: expected at most ${LARGEST_SHIFT} low bits, got ${shift}`);
  const lengths = new Uint8Array(values.length);
  input.take(readHeads(input.rest(), values, lengths, from, LONGEST - shift));
  const bytes = input.rest();
  const scale = TWO_TO[shift] as number;
  let place = 0;
  for (let i = from; i < values.length; i++) {
    const tail = shift + Math.max(0, (lengths[i] as number) - HEAD_BITS);
    const head = values[i] as number;
    if (tail === 0) values[i] = head - scale;
    else if (tail <= WIDEST_GROUP) values[i] = ((head << tail) | (peek(bytes, place) >>> (32 - tail))) - scale;
    else values[i] = head * (TWO_TO[tail] as number) + readWide(bytes, place, tail) - scale;
    place += tail;
  }
  input.take((place + 7) >>> 3);
}

/** Says a length and the `head` above the tail: the highest bit and up to two below. */
function writeHead(coder: RangeEncoder, odds: Odds, context: number, length: number, head: number): void {
  for (let i = 0; i < length; i++) coder.bit(odds, context * UNARY + i, 1);
  coder.bit(odds, context * UNARY + length, 0);
  if (length > 1) coder.bit(odds, HEADS + length * 4 + 1, (head >> 1) & 1);
  if (length > 0) coder.bit(odds, HEADS + length * 4 + (length > 1 ? head >> 1 : 1), head & 1);
}

/** The other way round: fills in heads and lengths, and returns the bytes that belong to them. */
function readHeads(bytes: Uint8Array, heads: Float64Array, lengths: Uint8Array, from: number, longest: number): number {
  const coder = new RangeDecoder(bytes);
  const odds = new Odds(TOTAL);
  let context = 0;
  for (let i = from; i < heads.length; i++) {
    const base = context * UNARY;
    let length = 0;
    while (coder.bit(odds, base + length) === 1) {
      length += 1;
      if (length > longest) throw new Fault("malformed", "adaptive: expected integers below 2^53");
    }
    let head = 1;
    if (length > 0) head = 2 + coder.bit(odds, HEADS + length * 4 + 1);
    if (length > 1) head = head * 2 + coder.bit(odds, HEADS + length * 4 + head);
    heads[i] = head;
    lengths[i] = length;
    context = length < CONTEXTS ? length : CONTEXTS - 1;
  }
  return coder.used();
}

/** Low bits below an eighth of the mean say nothing about each other. */
function shiftOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  const mean = sum / Math.max(1, values.length);
  return mean < 8 ? 0 : Math.min(LARGEST_SHIFT, bitWidth(mean) - 3);
}
