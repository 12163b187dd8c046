/**
 * drift: a sensor that ages: 0 at `since`, `perDay` more each day.
 */
import { type EpochMicros, MICROS_PER_DAY } from "../../protocol/index.ts";
import type { Waveform } from "./waveform.ts";

export function drift({ perDay, since }: { perDay: number; since: EpochMicros }): Waveform {
  return (at) => ((at - since) / MICROS_PER_DAY) * perDay;
}
