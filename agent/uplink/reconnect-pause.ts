/**
 * reconnect-pause: how long the uplink waits before it tries again: with full jitter, so that a fleet does not come back
 * in step.
 */
import { MICROS_PER_MS, type Micros, micros, type Random } from "../../protocol/index.ts";

const SHORTEST_MS = 1_000;
const LONGEST_MS = 60_000;
const LEAST_MS = 100;

/** @param askedMs the pause that a refusal asks for; 0 = none. */
export function reconnectPause(failures: number, askedMs: number, random: Random): Micros {
  const most = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** Math.min(failures, 10));
  const ms = askedMs > 0 ? askedMs * (0.5 + random.fraction()) : most * random.fraction();
  return micros(Math.round(Math.max(ms, LEAST_MS) * MICROS_PER_MS));
}
