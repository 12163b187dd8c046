/**
 * system: the real clock and the real randomness of this machine, for the `main.ts` of each program.
 */
import { randomBytes } from "node:crypto";
import { type Clock, type Random, sleepBy, type Timer } from "./environment.ts";
import { epochMicros, MICROS_PER_MS, micros } from "./time.ts";

/** Longest delay a Node timer takes; a longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  wall: () => epochMicros(Date.now() * MICROS_PER_MS),
  monotonic: () => micros(Number(process.hrtime.bigint() / 1000n)),

  after(_name, delay, run): Timer {
    const timer = setTimeout(run, Math.min(Math.max(0, delay / MICROS_PER_MS), LONGEST_MS));
    return { cancel: () => clearTimeout(timer) };
  },

  afterInput: () => new Promise((resolve) => setImmediate(resolve)),

  sleep: (name, delay, signal) => sleepBy(systemClock, name, delay, signal),
};

export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  fraction: () => Math.random(),
};

/** Signals a process and what it started, which are one group; nothing where all of it has ended. */
export function signalGroup(leader: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    const isGone = error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "EPERM");
    if (!isGone) throw error;
  }
}
