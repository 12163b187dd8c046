/**
 * bits: single bits into bytes and back, the first bit in a byte's highest place.
 *
 * The reader lives in the loops that use it (they keep their place in a local variable); what is here is the look
 * ahead they share. Bits behind the end read as 0: whoever reads checks afterwards how far it came.
 */
import type { ByteWriter } from "../bytes.ts";

/** Widest group that `BitWriter.write` and `peek` handle at once. */
export const WIDEST_GROUP = 24;

/** 2^0 to 2^53: a power takes longer to compute than to look up. */
export const TWO_TO = Float64Array.from({ length: 54 }, (_, exponent) => 2 ** exponent);

export class BitWriter {
  readonly #out: ByteWriter;
  #pending = 0;
  #count = 0;

  constructor(out: ByteWriter) {
    this.#out = out;
  }

  /** Appends the low `width` bits of `value`, at most 24. */
  write(value: number, width: number): void {
    this.#pending = (this.#pending << width) | value;
    this.#count += width;
    while (this.#count >= 8) {
      this.#count -= 8;
      this.#out.byte((this.#pending >>> this.#count) & 0xff);
    }
    this.#pending &= (1 << this.#count) - 1;
  }

  /** Appends an integer below 2^53 in `width` bits. */
  writeWide(value: number, width: number): void {
    let left = width;
    while (left > 0) {
      const group = Math.min(WIDEST_GROUP, left);
      left -= group;
      this.write(Math.floor(value / (TWO_TO[left] as number)) % (TWO_TO[group] as number), group);
    }
  }

  /** Fills the last byte with zeros. */
  finish(): void {
    if (this.#count > 0) this.write(0, 8 - this.#count);
  }
}

/** The 32 bits from bit `place` on, of which the upper 25 are valid; as a signed integer. */
export function peek(bytes: Uint8Array, place: number): number {
  const at = place >>> 3;
  const word =
    ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  return word << (place & 7);
}

/** An integer of `width` bits, at most 53, from bit `place` on. */
export function readWide(bytes: Uint8Array, place: number, width: number): number {
  let value = 0;
  let at = place;
  let left = width;
  while (left > 0) {
    const group = Math.min(WIDEST_GROUP, left);
    value = value * (TWO_TO[group] as number) + (peek(bytes, at) >>> (32 - group));
    at += group;
    left -= group;
  }
  return value;
}

/** Bits needed for a non-negative number below 2^53, its fraction cut. */
export function bitWidth(value: number): number {
  return value < 2 ** 32 ? 32 - Math.clz32(value) : 64 - Math.clz32(value / 2 ** 32);
}
