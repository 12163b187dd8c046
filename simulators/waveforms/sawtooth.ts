/**
 * sawtooth: jumps to `high` once every `every` and decays towards `low`: soil after watering, a circuit after filling.
 *
 * The decay is exponential and reaches within 5 % of `low` before the next jump.
 */
import type { Waveform } from "./waveform.ts";

export function sawtooth({ low, high, every }: { low: number; high: number; every: number }): Waveform {
  return (at) => low + (high - low) * Math.exp(-3 * (at / every - Math.floor(at / every)));
}
