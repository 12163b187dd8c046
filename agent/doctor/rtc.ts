/**
 * rtc: is there a clock that goes on while the machine is off?
 */
import { type Check, judgeRealClock } from "../../protocol/index.ts";
import type { Machine } from "./patient.ts";

export const rtc: Check<Machine> = { name: "rtc", examine: ({ root }) => judgeRealClock(root) };
