/**
 * links: codes that work once, for ten minutes, so that a phone gets in without a token being typed.
 *
 * Kept in memory, as hashes: after a restart a link is made anew. The code stands behind the `#` of an address,
 * which a browser sends to nobody; the page gives it back in the body of a request.
 */
import { type Clock, type EpochMicros, epochMicros, MICROS_PER_MINUTE, type Random } from "../../protocol/index.ts";
import { freshSecret, hashOf } from "./secrets.ts";

const LIFETIME = 10 * MICROS_PER_MINUTE;
/** Made and not used; beyond it the oldest goes. */
const MOST = 100;

export class Links {
  readonly #clock: Clock;
  readonly #random: Random;
  /** End on the monotonic clock by hash, oldest first. */
  readonly #open = new Map<string, number>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  create(): { readonly code: string; readonly expiresAt: EpochMicros } {
    const code = freshSecret(this.#random);
    if (this.#open.size >= MOST) this.#open.delete(this.#open.keys().next().value ?? "");
    this.#open.set(keyOf(code), this.#clock.monotonic() + LIFETIME);
    return { code, expiresAt: epochMicros(this.#clock.wall() + LIFETIME) };
  }

  /** True once for each code, and only in its time. */
  use(code: string): boolean {
    const key = keyOf(code);
    const end = this.#open.get(key);
    return end !== undefined && this.#open.delete(key) && this.#clock.monotonic() < end;
  }
}

function keyOf(code: string): string {
  return hashOf(code).toString("base64");
}
