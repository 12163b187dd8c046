/**
 * step: holds one of `levels` for `every`, then jumps to another (or stays), as an appliance or a head count does.
 */
import { uniform } from "./hashed.ts";
import type { Waveform } from "./waveform.ts";

export function step({ seed, levels, every }: { seed: number; levels: readonly number[]; every: number }): Waveform {
  return (at) => levels[Math.floor(uniform(seed, Math.floor(at / every)) * levels.length)] ?? 0;
}
