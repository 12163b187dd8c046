/**
 * range-coder: bits at the price of their surprise. A binary arithmetic coder in 32-bit integers, without carries
 * (the shape of M. Mahoney's lpaq, 2007), and the adaptive probabilities it works with.
 *
 * Encoder and decoder keep the same interval [low, high] and the same probabilities, so nothing of either is written.
 * The last bytes are as few as name the interval whatever follows them; the decoder finds their number by itself.
 */
import type { ByteWriter } from "../bytes.ts";

/** Probabilities of 16 bits, used with 12. */
const SHIFT = 12;
const CERTAIN = 65_504;
const NEVER = 32;
/** A young probability moves fast: by 1 / (seen + 1.5), at last by about 1 / 32. */
const SLOWEST = 30;
const RATES = Int32Array.from({ length: SLOWEST + 1 }, (_, seen) => Math.round(65_536 / (seen + 1.5)));
const HALF = 2 ** 15;
const TOP = 0xff000000;

/** Adaptive probabilities that a bit is 1, all one half at first. */
export class Odds {
  /** In 1/65536. Coders read them here themselves: it is the innermost of all loops. */
  readonly chances: Uint16Array;
  readonly #seen: Uint8Array;

  constructor(count: number) {
    this.chances = new Uint16Array(count).fill(HALF);
    this.#seen = new Uint8Array(count);
  }

  /** @param chance what `chances` says now. */
  learn(index: number, chance: number, bit: number): void {
    const seen = this.#seen[index] as number;
    this.chances[index] = chance + ((((bit === 1 ? CERTAIN : NEVER) - chance) * (RATES[seen] as number)) >> 16);
    if (seen < SLOWEST) this.#seen[index] = seen + 1;
  }
}

export class RangeEncoder {
  readonly #out: ByteWriter;
  #low = 0;
  #high = -1;

  constructor(out: ByteWriter) {
    this.#out = out;
  }

  bit(odds: Odds, index: number, bit: number): void {
    const chance = odds.chances[index] as number;
    this.#narrow(chance >>> (16 - SHIFT), bit);
    odds.learn(index, chance, bit);
  }

  finish(): void {
    const bytes = closingBytes(this.#low, this.#high);
    const step = 2 ** (32 - 8 * bytes);
    const name = Math.ceil((this.#low >>> 0) / step) * step;
    for (let i = 0; i < bytes; i++) this.#out.byte(Math.floor(name / 2 ** (24 - 8 * i)) % 256);
  }

  #narrow(odds: number, bit: number): void {
    const middle = (this.#low + Math.imul((this.#high - this.#low) >>> SHIFT, odds)) | 0;
    if (bit === 1) this.#high = middle;
    else this.#low = (middle + 1) | 0;
    while (((this.#low ^ this.#high) & TOP) === 0) {
      this.#out.byte(this.#high >>> 24);
      this.#low <<= 8;
      this.#high = (this.#high << 8) | 255;
    }
  }
}

export class RangeDecoder {
  readonly #bytes: Uint8Array;
  #at = 4;
  #low = 0;
  #high = -1;
  #code: number;

  /** Bytes behind the end count as 0: see `used`. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#code = ((bytes[0] as number) << 24) | ((bytes[1] as number) << 16) | ((bytes[2] as number) << 8) | (bytes[3] as number);
  }

  bit(odds: Odds, index: number): number {
    const chance = odds.chances[index] as number;
    const bit = this.#narrow(chance >>> (16 - SHIFT));
    odds.learn(index, chance, bit);
    return bit;
  }

  /** Bytes that belong to the bits read so far; more than there are where the input was cut short. */
  used(): number {
    return this.#at - 4 + closingBytes(this.#low, this.#high);
  }

  #narrow(odds: number): number {
    const middle = (this.#low + Math.imul((this.#high - this.#low) >>> SHIFT, odds)) | 0;
    const bit = this.#code >>> 0 <= middle >>> 0 ? 1 : 0;
    if (bit === 1) this.#high = middle;
    else this.#low = (middle + 1) | 0;
    while (((this.#low ^ this.#high) & TOP) === 0) {
      this.#low <<= 8;
      this.#high = (this.#high << 8) | 255;
      this.#code = (this.#code << 8) | (this.#bytes[this.#at] as number);
      this.#at += 1;
    }
    return bit;
  }
}

/** The fewest bytes after which every continuation lies in [low, high]. */
function closingBytes(low: number, high: number): number {
  for (let bytes = 0; bytes < 4; bytes++) {
    const step = 2 ** (32 - 8 * bytes);
    if (Math.ceil((low >>> 0) / step) * step + step - 1 <= high >>> 0) return bytes;
  }
  return 4;
}
