/**
 * pulse: whether the agent still does its work, and in what words systemd shows it.
 *
 * A status is an answer of the spool's thread, which carries out its calls in order: whoever holds one knows that
 * every commit before it was answered. What is left to judge is sampling. An agent whose collector is away, whose
 * disk is full or whose sensors all fail is not stuck: a restart would help none of them.
 */
import { MICROS_PER_SECOND, type Micros, type Pulse } from "../protocol/index.ts";
import type { AgentStatus } from "./agent.ts";
import { isOverdue, isSampling } from "./sampling/liveness.ts";

/** What of a status is judged. */
export type PulseStatus = Pick<AgentStatus, "sensors" | "spool" | "uplink">;

/** @param now on the monotonic clock, taken with the status; `patience` as for `isSampling`. */
export function pulseOf({ sensors, spool, uplink }: PulseStatus, now: Micros, patience: Micros): Pulse {
  if (!isSampling(sensors, now, patience)) return { isMoving: false, words: stuckWords(sensors, now, patience) };
  const inTrouble = sensors.filter((sensor) => sensor.fault !== undefined || isOverdue(sensor, now, patience));
  const trouble = inTrouble.length === 0 ? "" : ` (in trouble: ${inTrouble.map(({ name }) => name).join(", ")})`;
  const link = uplink.phase === "open" ? "connected" : "not connected";
  const waiting = spool.open + spool.pendingReadings;
  return { isMoving: true, words: `${sensors.length} sensors${trouble}; ${waiting} readings wait; collector ${link}` };
}

function stuckWords(sensors: PulseStatus["sensors"], now: Micros, patience: Micros): string {
  const late = sensors.filter((sensor) => isOverdue(sensor, now, patience));
  const each = late.map(({ name, dueAt }) => `${name} for ${Math.round((now - (dueAt ?? now)) / MICROS_PER_SECOND)} s`);
  return `stuck: no sensor answers (${each.join(", ")})`;
}
