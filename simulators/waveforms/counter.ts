/**
 * counter: a meter that only grows: 0 at `since`, on average `perHour`, never the same from hour to hour.
 *
 * The total at the k-th hour lies anywhere between k and k + 1 mean hours, and grows evenly in between: so it
 * is monotonic and still a pure function of the instant. Before `since` it is 0.
 */
import { type EpochMicros, MICROS_PER_HOUR } from "../../protocol/index.ts";
import { uniform } from "./hashed.ts";
import type { Waveform } from "./waveform.ts";

export function counter({ seed, perHour, since }: { seed: number; perHour: number; since: EpochMicros }): Waveform {
  const total = (hour: number) => (hour === 0 ? 0 : hour + uniform(seed, hour));
  return (at) => {
    if (at <= since) return 0;
    const hours = (at - since) / MICROS_PER_HOUR;
    const hour = Math.floor(hours);
    return perHour * (total(hour) + (total(hour + 1) - total(hour)) * (hours - hour));
  };
}
