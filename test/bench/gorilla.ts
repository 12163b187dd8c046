/**
 * gorilla: the time series coding of Facebook's in-memory database, as a yardstick (T. Pelkonen et al., "Gorilla: A Fast,
 * Scalable, In-Memory Time Series Database", VLDB 2015, section 4.1). Only its length is of interest here: what is
 * counted are the bits the paper would write for one series, time stream and value stream.
 */
import type { Recording } from "./data-sets/recording.ts";

/** Bytes of all channels of a recording, each a series with a time stream of its own, as in the paper. */
export function gorillaBytes({ at, channels }: Recording): number {
  const times = timeBits(at);
  return channels.reduce((sum, values) => sum + Math.ceil((times + valueBits(values)) / 8), 0);
}

/** Bits a value, the value stream alone, in blocks of so many: what the papers on float compression count. */
export function gorillaBitsPerValue(values: Float64Array, block: number): number {
  let bits = 0;
  for (let from = 0; from < values.length; from += block) bits += valueBits(values.subarray(from, from + block));
  return bits / values.length;
}

/** A 64-bit start, the first step in 14 bits, then differences of steps; in seconds where all are whole, else ms. */
function timeBits(at: Float64Array): number {
  const unit = at.every((instant) => instant % 1e6 === 0) ? 1e6 : 1e3;
  let bits = 64;
  let before = 0;
  for (let i = 1; i < at.length; i++) {
    const step = Math.round(((at[i] as number) - (at[i - 1] as number)) / unit);
    bits += i === 1 ? 14 : changeBits(step - before);
    before = step;
  }
  return bits;
}

function changeBits(change: number): number {
  if (change === 0) return 1;
  if (change >= -63 && change <= 64) return 2 + 7;
  if (change >= -255 && change <= 256) return 3 + 9;
  if (change >= -2047 && change <= 2048) return 4 + 12;
  return 4 + 32;
}

/** The first value in 64 bits, then each XORed with the one before, inside the window of the one before or a new one. */
function valueBits(values: Float64Array): number {
  const words = new BigUint64Array(values.buffer, values.byteOffset, values.length);
  let bits = 64;
  let window: { readonly leading: number; readonly trailing: number } | undefined;
  for (let i = 1; i < words.length; i++) {
    const xor = (words[i] as bigint) ^ (words[i - 1] as bigint);
    if (xor === 0n) {
      bits += 1;
      continue;
    }
    const digits = xor.toString(2);
    const leading = Math.min(31, 64 - digits.length);
    const trailing = digits.length - digits.lastIndexOf("1") - 1;
    if (window !== undefined && leading >= window.leading && trailing >= window.trailing) bits += 2 + 64 - window.leading - window.trailing;
    else {
      window = { leading, trailing };
      bits += 2 + 5 + 6 + 64 - leading - trailing;
    }
  }
  return bits;
}
