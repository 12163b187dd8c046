/**
 * numbers: a column of doubles as tagged bytes, the smallest of several forms, lossless to the bit. SPEC.md section
 * "Numbers". The number of values is not stored: the frame knows it.
 *
 *   0 raw       8 bytes a value, little endian
 *   1 constant  the one value, 8 bytes
 *   2 planes    the bytes of all values, sorted by place (planes.ts)
 *   3 pieces    varint length, then each piece of so many values (the last may be shorter) as a column of its own
 *   scaled      scale x 32 + patched x 16 + exponent: values are integers by a scale (scales.ts); where patched, first
 *               varint count and for each exception a varint distance and its 8 bytes; then integers (integers.ts)
 */
import { type ByteReader, ByteWriter } from "../bytes.ts";
import { Fault } from "../faults.ts";
import { readIntegers, writeIntegers } from "./integers.ts";
import { readPlanes, writePlanes } from "./planes.ts";
import { type Scaled, scaleOf, unscale } from "./scales.ts";

const RAW = 0;
const CONSTANT = 1;
const PLANES = 2;
const PIECES = 3;
const PATCHED = 16;
const SCALED = 32;

/** A piece has its own scale, its own levels and its own odds. */
const PIECE = 256;
const CONSTANT_BYTES = 9;
/** Below so many bytes a value no form of whole doubles is smaller. */
const WELL = 1;
/** Columns that take more than this many bytes a value are tried in pieces. */
const POOR = 3;

export function writeNumbers(out: ByteWriter, values: Float64Array): void {
  const whole = pack(values);
  if (values.length < 2 * PIECE || whole.length < POOR * values.length) {
    out.append(whole);
    return;
  }
  const pieces = packPieces(values);
  out.append(pieces.length < whole.length ? pieces : whole);
}

/** Reads `count` values; `count` has been checked against the limits by the caller. @throws Fault `malformed`. */
export function readNumbers(input: ByteReader, count: number): Float64Array {
  const form = input.byte();
  if (form === PIECES) return readPieces(input, count);
  return readForm(input, count, form);
}

function pack(values: Float64Array): Uint8Array {
  const scaled = scaleOf(values);
  const whole = scaled === undefined ? undefined : packScaled(scaled, values);
  if (whole !== undefined && whole.length <= CONSTANT_BYTES) return whole;
  if (isConstant(values)) return packConstant(values);
  if (whole !== undefined && whole.length < WELL * values.length) return whole;
  const found = [whole, packPlanes(values), packRaw(values)].filter((packed) => packed !== undefined);
  return found.reduce((best, packed) => (packed.length < best.length ? packed : best));
}

function packPieces(values: Float64Array): Uint8Array {
  const out = new ByteWriter(values.length * 4);
  out.byte(PIECES);
  out.varint(PIECE);
  for (let from = 0; from < values.length; from += PIECE) out.append(pack(values.subarray(from, from + PIECE)));
  return out.written();
}

function readPieces(input: ByteReader, count: number): Float64Array {
  const length = input.varint();
  if (length === 0 || length >= count)
    throw new Fault("malformed", `byte ${input.offset}: expected pieces of 1 to ${count - 1} values, got ${length}`);
  const values = new Float64Array(count);
  for (let from = 0; from < count; from += length) values.set(readForm(input, Math.min(length, count - from), input.byte()), from);
  return values;
}

function readForm(input: ByteReader, count: number, form: number): Float64Array {
  if (form >= SCALED && form < 4 * SCALED) return readScaled(input, count, form);
  if (form === CONSTANT) return new Float64Array(count).fill(input.double());
  if (form === PLANES) return readPlanes(input, count);
  if (form === RAW) return readRaw(input, count);
  throw new Fault("malformed", `byte ${input.offset - 1}: expected a form of numbers, got ${form}`);
}

function packPlanes(values: Float64Array): Uint8Array {
  const out = new ByteWriter(values.length * 8 + 2);
  out.byte(PLANES);
  writePlanes(out, values);
  return out.written();
}

function packRaw(values: Float64Array): Uint8Array {
  const out = new ByteWriter(values.length * 8 + 1);
  out.byte(RAW);
  for (const value of values) out.double(value);
  return out.written();
}

function readRaw(input: ByteReader, count: number): Float64Array {
  if (input.remaining < count * 8) throw new Fault("malformed", `byte ${input.offset}: expected ${count} doubles, got the end`);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = input.double();
  return values;
}

function packConstant(values: Float64Array): Uint8Array {
  const out = new ByteWriter(CONSTANT_BYTES);
  out.byte(CONSTANT);
  out.double(values[0] ?? 0);
  return out.written();
}

function packScaled({ scale, integers, exceptions }: Scaled, values: Float64Array): Uint8Array {
  const out = new ByteWriter(values.length * 2 + 32);
  out.byte(scale.kind * SCALED + (exceptions.length > 0 ? PATCHED : 0) + scale.exponent);
  if (exceptions.length > 0) {
    out.varint(exceptions.length);
    let before = -1;
    for (const place of exceptions) {
      out.varint(place - before - 1);
      out.double(values[place] as number);
      before = place;
    }
  }
  writeIntegers(out, integers);
  return out.written();
}

function readScaled(input: ByteReader, count: number, form: number): Float64Array {
  const patches = form & PATCHED ? readPatches(input, count) : [];
  const values = readIntegers(input, count);
  unscale(values, { kind: Math.floor(form / SCALED), exponent: form & (PATCHED - 1) });
  for (const { place, value } of patches) values[place] = value;
  return values;
}

interface Patch {
  readonly place: number;
  readonly value: number;
}

function readPatches(input: ByteReader, count: number): Patch[] {
  const size = input.varint();
  if (size > count) throw new Fault("malformed", `byte ${input.offset}: expected at most ${count} exceptions, got ${size}`);
  const patches: Patch[] = [];
  let place = -1;
  for (let i = 0; i < size; i++) {
    place += input.varint() + 1;
    if (place >= count) throw new Fault("malformed", `byte ${input.offset}: expected an exception below ${count}, got ${place}`);
    patches.push({ place, value: input.double() });
  }
  return patches;
}

function isConstant(values: Float64Array): boolean {
  const first = values[0];
  return values.length > 0 && values.every((value) => Object.is(value, first));
}
