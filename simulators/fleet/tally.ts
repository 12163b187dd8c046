/**
 * tally: what a fleet has done so far, all agents together.
 */
import { type Log, MICROS_PER_MS, type Micros } from "../../protocol/index.ts";
import { Latencies } from "./latencies.ts";

export class Tally {
  sealedBatches = 0;
  sealedReadings = 0;
  /** Data batches whose ack came, each counted once. */
  ackedBatches = 0;
  /** Times that a collector answered a hello. */
  greetings = 0;
  /** From the first sending of a batch to its ack. */
  readonly acks = new Latencies();
  /** What went wrong on the way, by fault code. An agent tells the same trouble once, however long it lasts. */
  readonly failures = new Map<string, number>();

  acked(since: Micros, now: Micros): void {
    this.ackedBatches += 1;
    this.acks.add((now - since) / MICROS_PER_MS);
  }

  /** For the agents: ten thousand of them are counted, not printed. */
  get log(): Log {
    const count = (fields: object) => {
      const code = "code" in fields ? String(fields.code) : "other";
      this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
    };
    return { debug: () => undefined, info: () => undefined, warn: count, error: count };
  }
}
