/**
 * namesake: is another agent at work under this name, on a device that cannot be told from this one?
 *
 * To the collector one fingerprint is one device (rule 8), so it calls each of the two rolled back when it comes: the
 * other one was there in between. But a spool that is in use cannot be rolled back. So who hears that twice in a row, and
 * did not start anew in between, is not alone.
 *
 * The two throw each other out of the broker. Each turn costs an epoch, of which an agent has 1,024 at its collector, so
 * turns become longer: both still send what they have, and people have days to mend it.
 */
import { Fault, type Log } from "../../protocol/index.ts";

const SHORTEST_MS = 60_000;
const LONGEST_MS = 1_800_000;
/** Who did not come again in this time is gone: longer than the longest pause with its jitter. */
const GONE_AFTER_MS = 3_600_000;
const CERTAIN = 2;

/** Times in milliseconds, of a clock that never steps. */
export class Namesake {
  readonly #agent: string;
  readonly #log: Log;
  #inARow = 0;
  #at = 0;

  constructor(agent: string, log: Log) {
    this.#agent = agent;
    this.#log = log;
  }

  /** What the first hello-ack of a connection said: a later one tells nothing of others, who would have ended it. */
  heard(rolledBack: boolean, now: number): void {
    const isMore = rolledBack && now - this.#at < GONE_AFTER_MS;
    this.#inARow = isMore ? this.#inARow + 1 : Number(rolledBack);
    this.#at = now;
    if (this.#inARow === 1) this.#log.error({}, "the collector has seen this spool further on: it was rolled back; a new epoch begins");
    const fault = this.#inARow === CERTAIN ? this.fault(now) : undefined;
    if (fault !== undefined) this.#log.error({ code: fault.code, hint: fault.hint }, fault.message);
  }

  /** For people; undefined where nothing shows that there is one. */
  fault(now: number): Fault | undefined {
    if (!this.#isThere(now)) return undefined;
    return new Fault("namesake", `another agent has the name ${this.#agent} and the same machine id: the two throw each other out`, {
      retry: true,
      hint: "end one of the two, or give it another name in its `agent: ...`, and start the other one again: pgrep -af tributary-agent",
    });
  }

  /** Before the next connection; 0 = an ordinary pause. */
  pauseMs(now: number): number {
    return this.#isThere(now) ? Math.min(LONGEST_MS, SHORTEST_MS * 2 ** (this.#inARow - CERTAIN)) : 0;
  }

  #isThere(now: number): boolean {
    return this.#inARow >= CERTAIN && now - this.#at < GONE_AFTER_MS;
  }
}
