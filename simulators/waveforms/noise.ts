/**
 * noise: what a sensor adds by itself: independent from instant to instant, nearly normal, never beyond 3.47 sigma.
 *
 * The sum of four uniforms (Irwin-Hall) instead of a true normal: bounded, so that a made-up value stays physical.
 */
import { seedFor, uniform } from "./hashed.ts";
import type { Waveform } from "./waveform.ts";

export function noise({ seed, sigma }: { seed: number; sigma: number }): Waveform {
  const seeds = ["a", "b", "c", "d"].map((name) => seedFor(seed, name));
  return (at) => {
    let sum = -2; // four uniforms have mean 2 and variance 1/3
    for (const one of seeds) sum += uniform(one, at);
    return sum * Math.sqrt(3) * sigma;
  };
}
