/**
 * gate: may batches leave now? Always, or in the daily window of `send: { between: ... }` alone; while somebody asked for
 * a flush, always.
 *
 * The window is told by the machine's wall clock, trusted or not: a wrong one sends at another hour, and loses nothing.
 */
import type { Clock, DailyWindow } from "../../protocol/index.ts";

export class SendGate {
  #window: DailyWindow | undefined;
  readonly #clock: Clock;
  #lifted = 0;
  /** The window was looked at between these two instants, and stays so until the second. */
  #known: { readonly from: number; readonly until: number; readonly isOpen: boolean } | undefined;

  constructor(window: DailyWindow | undefined, clock: Clock) {
    this.#window = window;
    this.#clock = clock;
  }

  /** From now on by other hours. */
  setWindow(window: DailyWindow | undefined): void {
    this.#window = window;
    this.#known = undefined;
  }

  get isOpen(): boolean {
    if (this.#window === undefined || this.#lifted > 0) return true;
    const now = this.#clock.wall();
    if (this.#known === undefined || now < this.#known.from || now >= this.#known.until)
      this.#known = { from: now, until: this.#window.nextChange(now), isOpen: this.#window.isOpen(now) };
    return this.#known.isOpen;
  }

  /** Open until the returned function was called; it may be called twice. */
  lift(): () => void {
    let isHeld = true;
    this.#lifted += 1;
    return () => {
      this.#lifted -= isHeld ? 1 : 0;
      isHeld = false;
    };
  }
}
