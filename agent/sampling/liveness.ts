/**
 * liveness: does sampling still move, as far as one can tell from outside?
 *
 * A sensor that hangs is that sensor's trouble; the watchdog is for the case that nothing moves any more. So it is
 * enough that one sensor either waits for a turn that is still to come (`every: 15m` is silent for long), or gave
 * a sample lately. A read that failed and was counted is a turn that was completed. Streams count for it where they
 * gave something, and never against it: one that waits for a message, or for room in the spool, looks like one
 * that hangs.
 */
import type { Micros } from "../../protocol/index.ts";
import type { SensorStatus } from "./sensor-state.ts";

export type SensorPulse = Pick<SensorStatus, "dueAt" | "lastSampleAt">;

/** @param patience how long a piece of work that is due may take; `now` on the monotonic clock. */
export function isSampling(sensors: readonly SensorPulse[], now: Micros, patience: Micros): boolean {
  const judged = sensors.filter(({ dueAt }) => dueAt !== undefined);
  const isRecent = ({ lastSampleAt }: SensorPulse) => lastSampleAt !== undefined && now - lastSampleAt <= patience;
  return judged.length === 0 || judged.some((sensor) => !isOverdue(sensor, now, patience)) || sensors.some(isRecent);
}

/** Has the work of this sensor been due for longer than `patience`? */
export function isOverdue({ dueAt }: SensorPulse, now: Micros, patience: Micros): boolean {
  return dueAt !== undefined && now - dueAt > patience;
}
