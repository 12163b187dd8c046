/**
 * inbox: samples that arrive by themselves, until the sampler takes them.
 *
 * - Bounded: what comes faster than `mostPerSecond`, or while LONGEST wait, is not taken and counted as `flood`.
 * - A fault of the source is handed over behind everything that came before it; likewise a bug in what reads its texts,
 *   which would end the agent where it was thrown: inside an event.
 * - A source that says nothing but what cannot be read is worth a line in the log, once.
 */
import { bug, type Fault, MICROS_PER_SECOND, type Micros } from "../../../protocol/index.ts";
import type { Burst, DriverContext, Sample } from "../contract.ts";

const LONGEST = 1_000;
const IN_VAIN = 10;

export class Inbox {
  readonly #context: DriverContext;
  readonly #mostPerSecond: number;
  #samples: Sample[] = [];
  #skipped: Record<string, number> = {};
  /** Why the source is at its end: a fault, or what a bug threw. */
  #end: { readonly reason: unknown } | undefined;
  #came = Promise.withResolvers<void>();
  /** How many may be taken now, as of `#since`: it fills with time, up to a second's worth. */
  #allowance: number;
  #since: Micros;
  /** Texts in a row of which nothing could be read. */
  #vain = 0;

  constructor(context: DriverContext, mostPerSecond: number) {
    this.#context = context;
    this.#mostPerSecond = mostPerSecond;
    this.#allowance = mostPerSecond;
    this.#since = context.monotonic();
  }

  /** One that says when it was taken keeps that; any other arrived now. */
  put(sample: Sample): void {
    const arrived = this.#context.monotonic();
    if (!this.#isAllowed(arrived)) return this.skip("flood");
    this.#vain = 0;
    this.#samples.push(sample.at === undefined ? { ...sample, arrived } : sample);
    this.#came.resolve();
  }

  /** Counts something of which no sample was made. @param text what came. */
  skip(reason: string, text?: string): void {
    this.#skipped[reason] = (this.#skipped[reason] ?? 0) + 1;
    this.#came.resolve();
    if (text === undefined) return;
    this.#vain += 1;
    const { log, sensor } = this.#context;
    if (this.#vain === IN_VAIN) log.warn({ sensor, reason, text: text.slice(0, 80) }, `nothing could be read in ${IN_VAIN} texts`);
  }

  /** The source is at its end; only the first one counts. */
  fail(fault: Fault): void {
    this.#endWith(fault);
  }

  /** Takes something that came, inside an event. Whatever that throws costs this source, and no other. */
  attempt(take: () => void): void {
    try {
      take();
    } catch (error) {
      this.#endWith(error);
    }
  }

  /** Waits for something. @throws the fault of the source, what a bug threw, or the signal's reason. */
  async burst(signal: AbortSignal): Promise<Burst> {
    await arrivalOr(this.#came.promise, signal);
    const burst = this.rest();
    const isEmpty = burst.samples.length === 0 && Object.keys(burst.skipped).length === 0;
    if (this.#end === undefined) this.#came = Promise.withResolvers();
    return isEmpty ? Promise.reject(this.#end?.reason ?? bug("an inbox was woken for nothing")) : burst;
  }

  /** What waits, at once; perhaps nothing. */
  rest(): Required<Pick<Burst, "samples" | "skipped">> {
    const burst = { samples: this.#samples, skipped: this.#skipped };
    this.#samples = [];
    this.#skipped = {};
    return burst;
  }

  #endWith(reason: unknown): void {
    this.#end ??= { reason };
    this.#came.resolve();
  }

  #isAllowed(now: Micros): boolean {
    const filled = this.#allowance + ((now - this.#since) / MICROS_PER_SECOND) * this.#mostPerSecond;
    this.#allowance = Math.min(this.#mostPerSecond, filled);
    this.#since = now;
    if (this.#allowance < 1 || this.#samples.length >= LONGEST) return false;
    this.#allowance -= 1;
    return true;
  }
}

function arrivalOr(came: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    void came.then(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
  });
}
