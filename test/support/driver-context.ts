/**
 * driver-context: what a driver is handed, over a tree of its own and a clock that the test moves.
 */

import { createShared } from "../../agent/sampling/shared-by-key.ts";
import type { DriverContext } from "../../agent/sensors/contract.ts";
import { micros } from "../../protocol/index.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";
import { quietLog } from "./quiet-log.ts";

export interface TestContext extends DriverContext {
  readonly time: ManualClock;
}

/** @param shared what several sensors of one test share. */
export function driverContext(root = "/", shared = createShared()): TestContext {
  const time = manualClock();
  const pause = (ms: number, signal: AbortSignal) => time.clock.sleep("pause", micros(ms * 1_000), signal);
  const { clock } = time;
  const log = quietLog();
  return { sensor: "under-test", root, time, pause, wall: () => clock.wall(), monotonic: () => clock.monotonic(), shared, log };
}
