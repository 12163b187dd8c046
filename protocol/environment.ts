/**
 * environment: what a part of the program is handed instead of reaching for it.
 *
 * Only `main.ts` touches the wall clock, timers, randomness, signals and the process environment;
 * everyone else gets these three. Hence a test runs a week in a second.
 */
import type { EpochMicros, Micros } from "./time.ts";

export interface Timer {
  /** Stops the timer; may be called twice. */
  cancel(): void;
}

export interface Clock {
  /** What the machine believes the time is. It may be wrong, and it may step. */
  wall(): EpochMicros;
  /** Microseconds since boot (CLOCK_MONOTONIC): never steps, the same for all processes of one boot. */
  monotonic(): Micros;
  /** Calls `run` once after `delay` of monotonic time. `name` says in a dump what is waited for. */
  after(name: string, delay: Micros, run: () => void): Timer;
  /** Resolves once the input that waits now has been taken in: what came with it can be dealt with together. */
  afterInput(): Promise<void>;
  /** Resolves after `delay`, or rejects with the signal's reason. */
  sleep(name: string, delay: Micros, signal: AbortSignal): Promise<void>;
}

/** How every clock sleeps: on its own timer. */
export function sleepBy(clock: Pick<Clock, "after">, name: string, delay: Micros, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => {
      timer.cancel();
      reject(signal.reason);
    };
    const timer = clock.after(name, delay, () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    signal.addEventListener("abort", stop, { once: true });
  });
}

export interface Random {
  /** `count` bytes fit for identities and tokens. */
  bytes(count: number): Uint8Array;
  /** Uniform in [0, 1): for jitter. */
  fraction(): number;
}

/** Structured log; `pino` fits as it is. warn = odd, nothing lost; error = data lost or a human must act. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface Environment {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}
