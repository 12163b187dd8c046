/**
 * clock_1970: the sensor lost its time and counts from 1970-01-01 on, until somebody tells it.
 */
import { epochMicros, MICROS_PER_MINUTE, micros } from "../../protocol/index.ts";
import type { FaultKind } from "./fault.ts";

export const clock1970: FaultKind = {
  name: "clock_1970",
  about: "its clock starts at 1970-01-01 and is put right after a while",
  lasts: micros(5 * MICROS_PER_MINUTE),
  of: "asked",
  isOfClock: true,
  own: {},
  create(_own, { occasions }) {
    const happens = occasions();
    return (telling) => {
      const occasion = happens.at(telling.trueAt);
      if (occasion === undefined) return;
      telling.at = epochMicros(telling.trueAt - occasion.from);
      telling.faults.push("clock_1970");
    };
  },
};
