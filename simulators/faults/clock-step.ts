/**
 * clock_step: the sensor's clock is ahead or behind by `by` for a while, as after a change of summer time or a wrong
 * time zone, and is then put right.
 */
import { duration, epochMicros, MICROS_PER_HOUR, type Micros, micros } from "../../protocol/index.ts";
import { uniform } from "../waveforms/index.ts";
import type { FaultKind } from "./fault.ts";

export const clockStep: FaultKind<{ readonly by: Micros }> = {
  name: "clock_step",
  about: "its clock is an hour (by: 1h) ahead or behind for a while",
  lasts: micros(6 * MICROS_PER_HOUR),
  of: "asked",
  isOfClock: true,
  own: { by: duration().prefault("1h") },
  create({ by }, { occasions, seed }) {
    const happens = occasions();
    return (telling) => {
      const occasion = happens.at(telling.trueAt);
      if (occasion === undefined) return;
      telling.at = epochMicros(telling.at + (uniform(seed, occasion.from) < 0.5 ? -by : by));
      telling.faults.push("clock_step");
    };
  },
};
