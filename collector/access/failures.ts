/**
 * failures: how often an address may be wrong: ten times at once, then once in six seconds.
 *
 * Who is wrong more often is told to wait. A secret that is right always passes: it has 256 bits, so a limit does
 * not make it safer, and a stranger behind the same proxy must not lock others out. The limit keeps floods short.
 */
import { type Clock, MICROS_PER_SECOND } from "../../protocol/index.ts";

const BURST = 10;
const ONE_EVERY = 6 * MICROS_PER_SECOND;
/** Addresses remembered; beyond it the one that was wrong longest ago goes. */
const MOST = 10_000;

interface Failures {
  readonly count: number;
  /** On the monotonic clock. */
  readonly at: number;
}

export class FailureLimit {
  readonly #clock: Clock;
  readonly #byAddress = new Map<string, Failures>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a failure. @returns seconds to wait; 0 where it was one of those allowed. */
  fail(address: string): number {
    const now = this.#clock.monotonic();
    const before = this.#byAddress.get(address) ?? { count: 0, at: now };
    const count = Math.min(BURST + 1, Math.max(0, before.count - (now - before.at) / ONE_EVERY) + 1);
    this.#byAddress.delete(address);
    if (this.#byAddress.size >= MOST) this.#byAddress.delete(this.#byAddress.keys().next().value ?? "");
    this.#byAddress.set(address, { count, at: now });
    return count > BURST ? Math.ceil(((count - BURST) * ONE_EVERY) / MICROS_PER_SECOND) : 0;
  }
}
