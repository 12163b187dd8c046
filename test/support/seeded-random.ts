/**
 * seeded-random: randomness that can be had again.
 *
 * The seed is TRIBUTARY_SEED, or a new one each run; it is printed, so that a failure can be repeated with
 * `TRIBUTARY_SEED=<seed>`. The generator is mulberry32 (T. Ettinger, public domain): 32 bits of state, plenty
 * for choosing faults, never for identities outside of tests.
 */
import type { Random } from "../../protocol/index.ts";

export interface SeededRandom extends Random {
  readonly seed: number;
  /** Uniform integer in [0, below). */
  below(below: number): number;
}

/** @param what names the printed line. */
export function seededRandom(what: string, seed: number = freshSeed()): SeededRandom {
  console.info(`${what}: seed ${seed}`);
  return randomOf(seed);
}

/** The same without the line, where many seeds follow from one that was printed. */
export function randomOf(seed: number): SeededRandom {
  let state = seed >>> 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(fraction() * limit);
  return { seed, fraction, below, bytes: (count) => Uint8Array.from({ length: count }, () => below(256)) };
}

/** The seed asked for by TRIBUTARY_SEED, or a new one. */
function freshSeed(): number {
  const asked = process.env.TRIBUTARY_SEED;
  if (asked === undefined) return Math.floor(Math.random() * 2 ** 31);
  const seed = Number(asked);
  if (!Number.isSafeInteger(seed)) throw new Error(`TRIBUTARY_SEED: expected an integer, got ${JSON.stringify(asked)}`);
  return seed;
}
