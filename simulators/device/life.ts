/**
 * life: what all made-up devices share: a seed, a clock that may run faster than ours, and an end.
 *
 * `--for` and Ctrl-C end a device in order: both are how one is meant to end, so both give exit code 0.
 */
import type { Command } from "commander";
import { type Clock, duration, type EpochMicros, epochMicros, type Micros, micros, speed } from "../../protocol/index.ts";
import { option, type Surroundings, seedOption } from "../command.ts";

export interface LifeOptions {
  readonly seed: number;
  readonly speed: number;
  readonly for?: Micros;
}

export function lifeOptions(command: Command): Command {
  const pace = speed().refine(Number.isFinite, "expected a multiple of real time such as 1x or 60x: a device lives in time");
  return command
    .addOption(seedOption())
    .addOption(option("--speed <speed>", "how fast its time goes, such as 60x", pace, "1x"))
    .addOption(option("--for <duration>", "end after so long (default: at Ctrl-C)", duration()));
}

export class Life {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #speed: number;
  readonly #began: Micros;
  readonly #end: number;
  /** The device's own instant of its beginning. */
  readonly first: EpochMicros;

  constructor({ speed, for: span }: LifeOptions, { clock, signal }: Surroundings) {
    this.#clock = clock;
    this.#signal = signal;
    this.#speed = speed;
    this.#began = clock.monotonic();
    this.#end = this.#began + (span ?? Number.POSITIVE_INFINITY);
    this.first = clock.wall();
  }

  /** What the time is for the device. */
  now(): EpochMicros {
    return epochMicros(this.first + Math.round((this.#clock.monotonic() - this.#began) * this.#speed));
  }

  /** How long the device has lived, by its own time. */
  age(): Micros {
    return micros(this.now() - this.first);
  }

  /** Does something now and each `every` of real time, until the end. Resolves at the end; what is done may fail. */
  async each(name: string, every: Micros, work: () => Promise<void>): Promise<void> {
    for (let due: number = this.#clock.monotonic(); !this.#signal.aborted; ) {
      await work();
      due = Math.max(due + every, this.#clock.monotonic());
      if (!(await this.#sleep(name, Math.min(due, this.#end)))) return;
      if (this.#clock.monotonic() >= this.#end) return;
    }
  }

  /** Resolves at the end. */
  async over(): Promise<void> {
    while (!this.#signal.aborted && this.#clock.monotonic() < this.#end) {
      await this.#sleep("end of the device", Math.min(this.#end, this.#clock.monotonic() + 3_600_000_000));
    }
  }

  /** False where it was interrupted. */
  async #sleep(name: string, until: number): Promise<boolean> {
    try {
      await this.#clock.sleep(name, micros(Math.max(0, until - this.#clock.monotonic())), this.#signal);
      return true;
    } catch (error) {
      if (this.#signal.aborted) return false;
      throw error;
    }
  }
}
