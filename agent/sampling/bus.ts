/**
 * bus: a queue in front of what sensors share, so that two reads on one wire never overlap.
 *
 * It is a queue, not a thread. A read that never returns keeps its bus, which is not asked again until it answers,
 * and no other bus notices.
 */
export class Bus {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Work is running or waiting. */
  get isTaken(): boolean {
    return this.#waiting > 0;
  }

  /**
   * Runs `work` when everything before it is done. Rejects with the signal's reason when that comes first;
   * work that has begun goes on alone then, and the bus stays taken until it ends.
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#waiting += 1;
    const result = this.#last.then(() => {
      signal.throwIfAborted();
      return work();
    });
    const done = () => {
      this.#waiting -= 1;
    };
    this.#last = result.then(done, done); // the caller has the error; the next in the queue only waits
    return orAborted(result, signal);
  }
}

/** The promise, or the signal's reason when that comes first. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** One bus a name. */
export function createBuses(): (name: string) => Bus {
  const buses = new Map<string, Bus>();
  return (name) => {
    const bus = buses.get(name) ?? new Bus();
    buses.set(name, bus);
    return bus;
  };
}
