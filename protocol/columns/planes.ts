/**
 * planes: full doubles with their bytes sorted: all first bytes, all second bytes, and so on, little endian.
 *
 *   byte    mask of the planes that are one byte throughout (bit i = byte i of every value)
 *   planes  1 byte for such a plane, else one byte a value
 *
 * Signs and exponents of a column are alike, so what is left is for the body's deflate. Single-precision floats have
 * three planes of zeros.
 */
import type { ByteReader, ByteWriter } from "../bytes.ts";

const PLANES = 8;

export function writePlanes(out: ByteWriter, values: Float64Array): void {
  const bytes = littleEndian(values);
  const uniform = Array.from({ length: PLANES }, (_, plane) => isUniform(bytes, plane));
  out.byte(uniform.reduce((mask, same, plane) => mask + (same ? 1 << plane : 0), 0));
  uniform.forEach((same, plane) => {
    const end = same ? Math.min(plane + 1, bytes.length) : bytes.length;
    for (let at = plane; at < end; at += PLANES) out.byte(bytes[at] as number);
  });
}

/** @throws Fault `malformed`. */
export function readPlanes(input: ByteReader, count: number): Float64Array {
  const mask = input.byte();
  const bytes = new Uint8Array(count * PLANES);
  for (let plane = 0; plane < PLANES; plane++) {
    const same = (mask >> plane) & 1;
    const source = input.take(same === 1 ? Math.min(1, count) : count);
    for (let i = 0; i < count; i++) bytes[i * PLANES + plane] = source[same === 1 ? 0 : i] as number;
  }
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: count }, (_, index) => view.getFloat64(index * PLANES, true));
}

function littleEndian(values: Float64Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * PLANES));
  values.forEach((value, index) => {
    view.setFloat64(index * PLANES, value, true);
  });
  return new Uint8Array(view.buffer);
}

function isUniform(bytes: Uint8Array, plane: number): boolean {
  for (let at = plane + PLANES; at < bytes.length; at += PLANES) if (bytes[at] !== bytes[plane]) return false;
  return true;
}
