/**
 * registry: every fault, in the order in which they happen to a reading: what is measured, whether it comes, by which
 * clock it is stamped, and how it travels. Adding one = its file and one line here.
 */
import { clock1970 } from "./clock-1970.ts";
import { clockSkew } from "./clock-skew.ts";
import { clockStep } from "./clock-step.ts";
import { dropout } from "./dropout.ts";
import { duplicate } from "./duplicate.ts";
import type { FaultKind } from "./fault.ts";
import { flatBattery } from "./flat-battery.ts";
import { outOfOrder } from "./out-of-order.ts";
import { outOfRange } from "./out-of-range.ts";
import { reboot } from "./reboot.ts";
import { spike } from "./spike.ts";
import { stuck } from "./stuck.ts";

export const FAULTS: readonly FaultKind[] = [
  stuck,
  spike,
  outOfRange,
  flatBattery,
  reboot,
  dropout,
  clockStep,
  clockSkew,
  clock1970,
  duplicate,
  outOfOrder,
];
