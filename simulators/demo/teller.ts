/**
 * teller: what the demo says: whole lines for good, and a last line that changes while something goes on.
 *
 * Where nobody looks (a pipe, a log) the changing line is a line like any other, and comes seldom.
 */
import type { Clock, Micros } from "../../protocol/index.ts";

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export class Teller {
  readonly #output: Output;
  readonly #clock: Clock;
  #isOpen = false;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(output: Output, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
  }

  /** One or more whole lines. */
  say(text: string): void {
    this.#output.write(`${this.#isOpen ? "\r\x1b[K" : ""}${text}\n`);
    this.#isOpen = false;
    this.#toldAt = this.#clock.monotonic();
  }

  /** How it goes, on one line; `every` = how long nothing new is said where nobody looks. */
  progress(text: string, every: Micros): void {
    if (this.#output.isTTY === true) {
      this.#output.write(`\r${text}\x1b[K`);
      this.#isOpen = true;
    } else if (this.#clock.monotonic() - this.#toldAt >= every) {
      this.say(text);
    }
  }
}

/** `302,400` */
export function number(count: number): string {
  return Math.round(count).toLocaleString("en");
}
