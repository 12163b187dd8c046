/**
 * out_of_range: a value that cannot be: beyond the channel's range by a tenth to all of it, or `value`, such as the
 * -127 of a probe that is not wired.
 */
import { z } from "zod";
import { seedFor, uniform } from "../waveforms/index.ts";
import { type FaultKind, rounded } from "./fault.ts";

export const outOfRange: FaultKind<{ readonly value?: number }> = {
  name: "out_of_range",
  about: "a value that cannot be",
  of: "asked",
  isOfChannels: true,
  own: { value: z.number("expected a number, in the unit of the channel").optional() },
  create({ value }, { channels, occasions, seed }) {
    const each = channels.map(({ name, range }) => ({ name, range, happens: occasions(name), own: seedFor(seed, name) }));
    return (telling) => {
      for (const { name, range, happens, own } of each) {
        if (telling.values[name] === undefined || happens.at(telling.trueAt) === undefined) continue;
        telling.values[name] = value ?? beyond(range, uniform(own, telling.trueAt));
        telling.faults.push(`out_of_range:${name}`);
      }
    };
  },
};

/** @param chance in [0, 1): below a half it is below the range. */
function beyond([min, max]: readonly [number, number], chance: number): number {
  const isBelow = chance < 0.5;
  const by = (0.1 + 0.9 * ((2 * chance) % 1)) * (max - min);
  return rounded(isBelow ? min - by : max + by);
}
