/**
 * rtc: is there a clock that goes on while the machine is off?
 */
import { type Check, judgeRealClock, type Machine } from "../../protocol/index.ts";

export const rtc: Check<Machine> = { name: "rtc", examine: ({ root }) => judgeRealClock(root) };
