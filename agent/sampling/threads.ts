/**
 * threads: keeps calls that hang from taking the last threads of the process.
 *
 * Node has one pool of threads for file reads, name look-ups and more, and a read that never returns keeps one for
 * good (measured: four hung reads of sysfs, and nothing else in the process reads a file or finds a host). A bus
 * that hangs is not asked again, so each costs one thread; this bounds how many buses may be in that state.
 *
 * - At most `limit` calls run at once; further ones wait for their turn, as they would in the pool.
 * - Where every running call has been at it for longer than any sensor takes, waiting is in vain: a fault that
 *   says so. It is asked again at the sensor's next turn.
 */
import { type Clock, Fault, MICROS_PER_SECOND, type Micros, micros } from "../../protocol/index.ts";

/** Longer than any sensor takes: a DHT11 tries for half a second, a DS18B20 converts for 750 ms. */
const HANGING_AFTER = micros(10 * MICROS_PER_SECOND);

interface Call {
  readonly since: Micros;
}

export class Threads {
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #running = new Set<Call>();
  #ended = Promise.withResolvers<void>();

  constructor(limit: number, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Runs `work` when there is room. @throws Fault `threads_taken`, or the signal's reason when that comes first. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    while (this.#running.size >= this.#limit) await this.#change(signal);
    const call: Call = { since: this.#clock.monotonic() };
    this.#running.add(call);
    try {
      return await work();
    } finally {
      this.#running.delete(call);
      this.#ended.resolve();
      this.#ended = Promise.withResolvers();
    }
  }

  /** Resolves when a call has ended, or when it is time to look again. */
  async #change(signal: AbortSignal): Promise<void> {
    const youngest = Math.max(...[...this.#running].map(({ since }) => since));
    const left = youngest + HANGING_AFTER - this.#clock.monotonic();
    if (left <= 0) throw allTaken(this.#limit);
    const waiting = new AbortController();
    const look = this.#clock.sleep("wait for a thread", micros(left), AbortSignal.any([signal, waiting.signal]));
    try {
      await Promise.race([this.#ended.promise, look]);
    } finally {
      waiting.abort();
      await look.catch(() => {}); // ended here, or by the signal that the race has told
    }
  }
}

function allTaken(limit: number): Fault {
  return new Fault("threads_taken", `expected a free thread to read with, but ${limit} reads of other sensors hang`, {
    retry: true,
    hint: "the status shows which sensors are busy since when: repair or remove them, then restart the agent",
  });
}
