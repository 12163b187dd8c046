/**
 * day-cycle: one cosine a UTC day between `low` and `high`, highest at `peak` after midnight.
 */
import { MICROS_PER_DAY } from "../../protocol/index.ts";
import type { Waveform } from "./waveform.ts";

export function dayCycle({ low, high, peak }: { low: number; high: number; peak: number }): Waveform {
  return (at) => low + (high - low) * (0.5 + 0.5 * Math.cos((2 * Math.PI * (at - peak)) / MICROS_PER_DAY));
}
