/**
 * clock_skew: the sensor's clock runs fast (or slow, `gain` below zero) until it is put right.
 *
 * A cheap quartz gains 20e-6, which is 1.7 s a day; the default of 0.001 is that of an uncalibrated RC oscillator.
 */
import { z } from "zod";
import { epochMicros, MICROS_PER_HOUR, micros } from "../../protocol/index.ts";
import type { FaultKind } from "./fault.ts";

const GAIN = "expected seconds gained a second, between -1 and 1, like 0.001";

export const clockSkew: FaultKind<{ readonly gain: number }> = {
  name: "clock_skew",
  about: "its clock runs fast by a thousandth (gain: 0.001) for a while",
  lasts: micros(6 * MICROS_PER_HOUR),
  of: "asked",
  isOfClock: true,
  own: { gain: z.number(GAIN).gt(-1, GAIN).lt(1, GAIN).default(0.001) },
  create({ gain }, { occasions }) {
    const happens = occasions();
    return (telling) => {
      const occasion = happens.at(telling.trueAt);
      if (occasion === undefined) return;
      telling.at = epochMicros(telling.at + Math.round((telling.trueAt - occasion.from) * gain));
      telling.faults.push("clock_skew");
    };
  },
};
