/**
 * sparing-log: a log that strangers cannot fill. Of one thing it says so many lines a minute, then how many it left out.
 *
 * - What is left out is told, with the last of its lines (`unsaid`: others like it before), once a minute is over and
 *   something is said again. Counters tell it at any time.
 * - Things are kept apart by a key, at most MOST_KEYS a minute; beyond that they share one by their code.
 */
import { type Clock, type Log, MICROS_PER_SECOND } from "../../protocol/index.ts";

export const MINUTE = 60 * MICROS_PER_SECOND;
/** So many agents, or addresses, may each have their own lines. */
export const MOST_KEYS = 200;

export interface Remark {
  readonly level: "info" | "warn" | "error";
  /** What it is about, for example `topic_not_allowed`. */
  readonly code: string;
  /** Whom; undefined = all together. */
  readonly about?: string;
  readonly fields: object;
  readonly message: string;
  /** Lines a minute. Default: 1. */
  readonly most?: number;
}

interface Told {
  lines: number;
  unsaid: number;
  last: Remark;
}

export class SparingLog {
  readonly #log: Log;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #told = new Map<string, Told>();
  #since = Number.NEGATIVE_INFINITY;

  constructor(log: Log, clock: Pick<Clock, "monotonic">) {
    this.#log = log;
    this.#clock = clock;
  }

  say(remark: Remark): void {
    this.#turnMinute();
    const told = this.#toldOf(remark);
    told.last = remark;
    if (told.lines >= (remark.most ?? 1)) {
      told.unsaid += 1;
      return;
    }
    told.lines += 1;
    this.#log[remark.level](remark.fields, remark.message);
  }

  #turnMinute(): void {
    const now = this.#clock.monotonic();
    if (now - this.#since < MINUTE) return;
    for (const { unsaid, last } of this.#told.values()) {
      if (unsaid > 0) this.#log[last.level]({ ...last.fields, unsaid: unsaid - 1 }, last.message);
    }
    this.#told.clear();
    this.#since = now;
  }

  #toldOf(remark: Remark): Told {
    const own = `${remark.code} ${remark.about ?? ""}`;
    const key = this.#told.has(own) || this.#told.size < MOST_KEYS ? own : remark.code;
    const told = this.#told.get(key) ?? { lines: 0, unsaid: 0, last: remark };
    this.#told.set(key, told);
    return told;
  }
}
