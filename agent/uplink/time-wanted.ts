/**
 * time-wanted: when to ask the collector for the time once more, on a connection that is open.
 *
 * A machine without a clock gets it with the answer to a hello, where that came quickly and the collector trusts its own.
 * Where it did not, the next hello would be hours away, and all that time nothing could be sealed. So it is said again after
 * a minute, two, four and so on.
 */
import type { TrustedClock } from "../clock/trusted-clock.ts";
import type { DeliveryState } from "./delivery-state.ts";

const FIRST_MS = 60_000;
const LONGEST_MS = 6 * 3_600_000;

/** Times in milliseconds, of a clock that never steps. */
export class TimeWanted {
  readonly #trustedClock: Pick<TrustedClock, "needsCollector">;
  #pauseMs = FIRST_MS;

  constructor(trustedClock: Pick<TrustedClock, "needsCollector">) {
    this.#trustedClock = trustedClock;
  }

  /** Once true, the next time is further away. */
  isDue({ phase, helloAt }: Pick<DeliveryState, "phase" | "helloAt">, now: number): boolean {
    if (phase !== "open") return false;
    if (!this.#trustedClock.needsCollector()) this.#pauseMs = FIRST_MS;
    else if (now - helloAt >= this.#pauseMs) {
      this.#pauseMs = Math.min(LONGEST_MS, 2 * this.#pauseMs);
      return true;
    }
    return false;
  }
}
