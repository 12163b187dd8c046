/**
 * spike: one reading far from its neighbours, but still one that the sensor could have measured.
 *
 * By a fifth to a half of the channel's range, to the side where there is more room; a state shows the other state.
 * With `height`, by exactly that, whatever the range.
 */
import { z } from "zod";
import type { ProfileChannel } from "../waveforms/index.ts";
import { seedFor, uniform } from "../waveforms/index.ts";
import { type FaultKind, rounded } from "./fault.ts";

export const spike: FaultKind<{ readonly height?: number }> = {
  name: "spike",
  about: "one reading far from its neighbours, inside the range",
  of: "asked",
  isOfChannels: true,
  own: { height: z.number("expected a number, in the unit of the channel").optional() },
  create({ height }, { channels, occasions, seed }) {
    const each = channels.map((channel) => ({ channel, happens: occasions(channel.name), own: seedFor(seed, channel.name) }));
    return (telling) => {
      for (const { channel, happens, own } of each) {
        const value = telling.values[channel.name];
        if (value === undefined || happens.at(telling.trueAt) === undefined) continue;
        const share = 0.2 + 0.3 * uniform(own, telling.trueAt);
        telling.values[channel.name] = height === undefined ? away(channel, value, share) : rounded(value + height);
        telling.faults.push(`spike:${channel.name}`);
      }
    };
  },
};

function away({ kind, range: [min, max] }: ProfileChannel, value: number, share: number): number {
  const isLow = value - min < max - value;
  if (kind === "state") return isLow ? max : min;
  return rounded(value + (isLow ? 1 : -1) * share * (max - min));
}
