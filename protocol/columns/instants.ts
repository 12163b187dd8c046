/**
 * instants: a column of integer microseconds as tagged bytes, lossless, in any order.
 *
 *   0 raw    8 bytes an instant, a little-endian double
 *   1 steps  the common divisor of all differences (varint), the first instant (varint), then each difference
 *            divided by it, as zigzag varint differences from the difference before
 *
 * On a regular grid every byte after the first two steps is zero, which the body's deflate then removes.
 */
import { type ByteReader, ByteWriter } from "../bytes.ts";
import { Fault } from "../faults.ts";

const RAW = 0;
const STEPS = 1;
/** A larger change of step would not fit a zigzag varint of 53 bits; such a column goes raw. */
const LARGEST_CHANGE = 2 ** 51;

export function writeInstants(out: ByteWriter, at: Float64Array): void {
  const packed = packSteps(at);
  if (packed === undefined || packed.length >= at.length * 8) {
    out.byte(RAW);
    for (const instant of at) out.double(instant);
    return;
  }
  out.byte(STEPS);
  out.append(packed);
}

/** @throws Fault `malformed` where an instant is no safe integer. */
export function readInstants(input: ByteReader, count: number): Float64Array {
  const form = input.byte();
  if (form !== RAW && form !== STEPS)
    throw new Fault("malformed", `byte ${input.offset - 1}: expected a time column of form 0 or 1, got ${form}`);
  const at = form === RAW ? readRaw(input, count) : readSteps(input, count);
  for (const instant of at) {
    if (!Number.isSafeInteger(instant)) throw new Fault("malformed", `expected integer microseconds, got ${instant}`);
  }
  return at;
}

function readRaw(input: ByteReader, count: number): Float64Array {
  if (input.remaining < count * 8) throw new Fault("malformed", `byte ${input.offset}: expected ${count} instants, got the end`);
  const at = new Float64Array(count);
  for (let i = 0; i < count; i++) at[i] = input.double();
  return at;
}

function readSteps(input: ByteReader, count: number): Float64Array {
  if (input.remaining < count) throw new Fault("malformed", `byte ${input.offset}: expected ${count} steps, got the end`);
  const divisor = input.varint();
  if (divisor === 0) throw new Fault("malformed", `byte ${input.offset - 1}: expected a divisor of at least 1`);
  const at = new Float64Array(count);
  let instant = 0;
  let step = 0;
  for (let i = 0; i < count; i++) {
    if (i === 0) instant = input.varint();
    else {
      step += input.zigzag();
      instant += step * divisor;
    }
    at[i] = instant;
  }
  return at;
}

/** The steps form, or undefined where an instant is negative or a step too wild for it. */
function packSteps(at: Float64Array): Uint8Array | undefined {
  const divisor = commonDivisor(at);
  const out = new ByteWriter(at.length * 2 + 16);
  out.varint(divisor);
  let before = at[0] ?? 0;
  let stepBefore = 0;
  // Differences of instants on both sides of 0 may need 54 bits.
  if (at.some((instant) => instant < 0)) return undefined;
  if (at.length > 0) out.varint(before);
  for (const instant of at.subarray(1)) {
    const step = (instant - before) / divisor;
    if (Math.abs(step - stepBefore) > LARGEST_CHANGE) return undefined;
    out.zigzag(step - stepBefore);
    stepBefore = step;
    before = instant;
  }
  return out.finish();
}

function commonDivisor(at: Float64Array): number {
  let divisor = 0;
  for (let i = 1; i < at.length && divisor !== 1; i++) {
    let rest = Math.abs((at[i] ?? 0) - (at[i - 1] ?? 0));
    while (rest !== 0) [divisor, rest] = [rest, divisor % rest];
  }
  return divisor === 0 ? 1 : divisor;
}
