/**
 * walk: a random walk on a leash: it wanders as one over times below `period`, and never leaves +-`spread`.
 *
 * Not a sum of steps (that could only be had by drawing them all): eight octaves of value noise, each half as
 * long and 1/sqrt(2) as high as the one before, which gives the 1/f^2 spectrum of a random walk above
 * 1/`period` and lets any instant be asked directly. Its value changes smoothly.
 */
import { seedFor, uniform } from "./hashed.ts";
import type { Waveform } from "./waveform.ts";

const OCTAVES = 8;

interface Octave {
  readonly seed: number;
  readonly length: number;
  readonly height: number;
}

export function walk({ seed, spread, period }: { seed: number; spread: number; period: number }): Waveform {
  const indexes = Array.from({ length: OCTAVES }, (_, index) => index);
  const total = indexes.reduce((sum, index) => sum + 2 ** (-index / 2), 0);
  const octaves = indexes.map((index): Octave => {
    return { seed: seedFor(seed, `octave ${index}`), length: period / 2 ** index, height: (spread * 2 ** (-index / 2)) / total };
  });
  return (at) => {
    let sum = 0;
    for (const octave of octaves) sum += octave.height * smooth(octave, at);
    return sum;
  };
}

/** In [-1, 1]: hashed values at the multiples of `length`, eased from one to the next. */
function smooth({ seed, length }: Octave, at: number): number {
  const index = Math.floor(at / length);
  const part = at / length - index;
  const eased = part * part * (3 - 2 * part);
  const [from, to] = [uniform(seed, index), uniform(seed, index + 1)];
  return 2 * (from + (to - from) * eased) - 1;
}
