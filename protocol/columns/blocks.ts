/**
 * blocks: small unsigned integers in blocks of 64, each block in the form that suits it. SPEC.md section "Blocks".
 *
 * A block begins with 6 bits: 0 = nothing but zeros; 1 to 12 = every integer in so many bits; 13 to 63 = Rice
 * (Rice 1971) with parameter 0 to 50: the quotient by 2^k in unary, then k bits. A quotient of 20 or more is written as
 * 20 ones and the integer in 53 bits, so one wild integer costs its own bits and nobody else's.
 */
import type { ByteReader, ByteWriter } from "../bytes.ts";
import { Fault } from "../faults.ts";
import { BitWriter, bitWidth, peek, readWide, TWO_TO, WIDEST_GROUP } from "./bits.ts";

const BLOCK = 64;
const TAG_BITS = 6;
const WIDEST_PACK = 12;
const RICE_0 = WIDEST_PACK + 1;
const LARGEST_RICE = 50;
const ESCAPE = 20;
const ESCAPED_BITS = 53;
/** Below this, shifts of 32-bit integers say the same as divisions. */
const NARROW = 2 ** 31;

/** How each block will be written, and what that takes. */
export interface BlockPlan {
  readonly tags: Uint8Array;
  readonly bytes: number;
}

/** Chooses the form of each block; nothing is written. */
export function planBlocks(values: Float64Array): BlockPlan {
  const tags = new Uint8Array(Math.ceil(values.length / BLOCK));
  let bits = tags.length * TAG_BITS;
  for (let block = 0; block < tags.length; block++) {
    const from = block * BLOCK;
    const to = Math.min(from + BLOCK, values.length);
    let sum = 0;
    let largest = 0;
    for (let i = from; i < to; i++) {
      const value = values[i] as number;
      sum += value;
      if (value > largest) largest = value;
    }
    if (largest === 0) continue;
    const width = bitWidth(largest);
    let best = width <= WIDEST_PACK ? width * (to - from) : Number.POSITIVE_INFINITY;
    tags[block] = width;
    const middle = Math.min(LARGEST_RICE, Math.max(0, bitWidth(sum / (to - from)) - 1));
    for (let k = Math.max(0, middle - 1); k <= middle; k++) {
      const cost = largest < NARROW ? narrowCost(values, from, to, k) : wideCost(values, from, to, k);
      if (cost >= best) continue;
      best = cost;
      tags[block] = RICE_0 + k;
    }
    bits += best;
  }
  return { tags, bytes: Math.ceil(bits / 8) };
}

export function writeBlocks(out: ByteWriter, values: Float64Array, { tags }: BlockPlan): void {
  const bits = new BitWriter(out);
  for (let block = 0; block < tags.length; block++) {
    const tag = tags[block] as number;
    const from = block * BLOCK;
    const to = Math.min(from + BLOCK, values.length);
    bits.write(tag, TAG_BITS);
    if (tag >= RICE_0) for (let i = from; i < to; i++) writeRice(bits, values[i] as number, tag - RICE_0);
    else if (tag > 0) for (let i = from; i < to; i++) bits.write(values[i] as number, tag);
  }
  bits.finish();
}

/**
 * Fills `values` from index `from` on.
 * @throws Fault `malformed` where the bits end too early.
 */
export function readBlocks(input: ByteReader, values: Float64Array, from: number): void {
  const bytes = input.rest();
  let place = 0;
  for (let start = from; start < values.length; start += BLOCK) {
    // Every block has a tag: what claims more of them than there are bits ends here, not after a long loop.
    if (place >= bytes.length * 8) throw new Fault("malformed", `byte ${input.offset + bytes.length}: expected a block, got the end`);
    const tag = peek(bytes, place) >>> (32 - TAG_BITS);
    place += TAG_BITS;
    const to = Math.min(start + BLOCK, values.length);
    if (tag >= RICE_0) place = readRice(bytes, place, values, start, to, tag - RICE_0);
    else if (tag > 0) place = readPacked(bytes, place, values, start, to, tag);
  }
  input.take((place + 7) >>> 3);
}

function writeRice(bits: BitWriter, value: number, k: number): void {
  const scale = TWO_TO[k] as number;
  const quotient = Math.floor(value / scale);
  if (quotient >= ESCAPE) {
    bits.write((1 << ESCAPE) - 1, ESCAPE);
    bits.writeWide(value, ESCAPED_BITS);
    return;
  }
  const unary = (2 << quotient) - 2;
  if (quotient + 1 + k <= WIDEST_GROUP) bits.write((unary << k) | (value - quotient * scale), quotient + 1 + k);
  else {
    bits.write(unary, quotient + 1);
    bits.writeWide(value - quotient * scale, k);
  }
}

function readRice(bytes: Uint8Array, start: number, values: Float64Array, from: number, to: number, k: number): number {
  let place = start;
  for (let i = from; i < to; i++) {
    const word = peek(bytes, place);
    const quotient = Math.clz32(~word);
    if (quotient >= ESCAPE) {
      values[i] = readWide(bytes, place + ESCAPE, ESCAPED_BITS);
      place += ESCAPE + ESCAPED_BITS;
      continue;
    }
    place += quotient + 1;
    if (k === 0) values[i] = quotient;
    else if (quotient + 1 + k <= 25) values[i] = (quotient << k) | ((word << (quotient + 1)) >>> (32 - k));
    else values[i] = quotient * (TWO_TO[k] as number) + readWide(bytes, place, k);
    place += k;
  }
  return place;
}

function readPacked(bytes: Uint8Array, start: number, values: Float64Array, from: number, to: number, width: number): number {
  let place = start;
  for (let i = from; i < to; i++) {
    values[i] = peek(bytes, place) >>> (32 - width);
    place += width;
  }
  return place;
}

function narrowCost(values: Float64Array, from: number, to: number, k: number): number {
  let cost = (to - from) * (k + 1);
  for (let i = from; i < to; i++) {
    const quotient = (values[i] as number) >>> k;
    cost += quotient < ESCAPE ? quotient : ESCAPE + ESCAPED_BITS - k - 1;
  }
  return cost;
}

function wideCost(values: Float64Array, from: number, to: number, k: number): number {
  let cost = (to - from) * (k + 1);
  for (let i = from; i < to; i++) {
    const quotient = Math.floor((values[i] as number) / (TWO_TO[k] as number));
    cost += quotient < ESCAPE ? quotient : ESCAPE + ESCAPED_BITS - k - 1;
  }
  return cost;
}
