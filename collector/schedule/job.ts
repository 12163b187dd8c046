/**
 * job: one scheduled report: notes its runs when they are due, makes them, delivers them, and tries again.
 *
 * - Every job has a loop of its own: a receiver that is down costs no other report anything.
 * - Runs missed while the collector was down are made up, at most the last seven days; before a report was first
 *   looked at, it owes nothing.
 * - A run waits (`wait`) while readings of its period are under way; then it is made of what is there, and the report
 *   says how much that is. What comes later revises the hour, and is never a second delivery.
 * - Deliveries go one after the other, oldest first, but one that failed eight times lets the others go before. After
 *   a failure all of the job's runs pause, longer each time, from ten seconds to an hour; a refused run is put aside,
 *   and the next one goes. What was refused within the last seven days is tried again at the next start: by then
 *   somebody may have mended what it was refused for.
 * - While nobody vouches for the clock nothing is noted: a wrong clock would owe runs of times that never were.
 */
import { cronLine } from "../../protocol/calendar.ts";
import {
  type Clock,
  type EpochMicros,
  epochMicros,
  type Fault,
  isFault,
  type Log,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_MS,
  MICROS_PER_SECOND,
  micros,
  type Random,
} from "../../protocol/index.ts";
import type { ReportJob } from "../config/config.ts";
import type { Deliver, Delivery } from "./delivery.ts";
import { runPeriod } from "./run-period.ts";
import { type DueRun, faultOfRun, type Run, type RunState, type Runs } from "./runs.ts";

export interface JobParts {
  readonly job: ReportJob;
  readonly runs: Runs;
  /** Makes the report of a run. @throws Fault where it cannot be made now. */
  readonly make: (run: Run) => Delivery;
  readonly deliver: Deliver;
  readonly isUnderWay: (run: Run) => Promise<boolean>;
  readonly isClockTrusted: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Missed runs older than this are not made up. */
const MAKE_UP = 7 * MICROS_PER_DAY;
/** The wall clock may be stepped, so it is looked at again after this at most. */
const LOOK_EVERY = MICROS_PER_MINUTE;
const LOOK_FOR_READINGS = 5 * MICROS_PER_SECOND;
/** Attempts after which a run lets the others go first: it may be the one that the receiver cannot digest. */
const PATIENCE = 8;
const SHORTEST_PAUSE = 10 * MICROS_PER_SECOND;
const LONGEST_PAUSE = MICROS_PER_HOUR;

export class Job {
  readonly #parts: JobParts;
  readonly #next: (after: EpochMicros) => EpochMicros | undefined;
  readonly #startedAt: EpochMicros;
  #failures = 0;
  #isTakenUp = false;
  /** After a failure nothing of this job is tried before this instant. */
  #notBefore = epochMicros(0);
  /** Accepted, and not noted as that because the disk refused it: it must not be delivered again. */
  #unsettled: { readonly id: number; readonly state: Exclude<RunState, "pending">; readonly fault: Fault | undefined } | undefined;
  trouble: Fault | undefined;

  constructor(parts: JobParts) {
    const { cron, timeZone } = parts.job;
    const line = cronLine(cron, timeZone);
    let known: { readonly after: EpochMicros; readonly next: EpochMicros | undefined } | undefined;
    this.#parts = parts;
    this.#startedAt = parts.clock.wall();
    this.#next = (after) => {
      if (known === undefined || after < known.after || (known.next !== undefined && after >= known.next))
        known = { after, next: line.next(after) };
      return known.next;
    };
  }

  /** When the cron line means the next run; undefined where it never comes. */
  next(): EpochMicros | undefined {
    return this.#next(this.#parts.clock.wall());
  }

  /** Resolves when the signal ends. */
  async run(): Promise<void> {
    const { signal, clock, job } = this.#parts;
    while (!signal.aborted) {
      const pause = await this.#turn();
      await clock.sleep(`report ${job.name}`, micros(pause), signal).catch(() => undefined); // the signal ends the loop
    }
  }

  /** Returns after how long to look again. */
  async #turn(): Promise<number> {
    try {
      this.#settle();
      if (this.#parts.isClockTrusted()) {
        this.#takeUpRefused();
        this.#note();
      }
      return await this.#deliverDue();
    } catch (error) {
      if (!isFault(error)) throw error;
      this.#say(error);
      return LOOK_EVERY;
    }
  }

  #takeUpRefused(): void {
    const { job, runs, clock } = this.#parts;
    const now = clock.wall();
    if (!this.#isTakenUp) runs.takeUpRefused(job.name, epochMicros(now - MAKE_UP), now);
    this.#isTakenUp = true;
  }

  #note(): void {
    const { job, runs, clock } = this.#parts;
    const now = clock.wall();
    const handled = runs.handled(job.name);
    if (handled === undefined || handled > now + MICROS_PER_DAY) {
      runs.note(job.name, [], now, now); // new, or noted under a clock that was wrong: nothing is owed from before
      return;
    }
    const due: DueRun[] = [];
    let last = epochMicros(Math.max(handled, now - MAKE_UP));
    for (let at = this.#next(last); at !== undefined && at <= now; at = this.#next(last)) {
      due.push({ ...runPeriod(job, at), dueAt: at });
      last = at;
    }
    if (due.length > 0) runs.note(job.name, due, last, now);
  }

  async #deliverDue(): Promise<number> {
    const { job, runs, clock, signal } = this.#parts;
    let again = LOOK_EVERY;
    const isStubborn = ({ attempts }: Run) => Number(attempts >= PATIENCE);
    for (const run of runs.pending(job.name).toSorted((a, b) => isStubborn(a) - isStubborn(b))) {
      if (signal.aborted) break;
      const now = clock.wall();
      if (now - run.notedAt > job.retryFor && run.attempts > 0) this.#end(run, "expired", this.trouble);
      else if (this.#notBefore > now) again = Math.min(again, this.#notBefore - now);
      else if (run.nextAt > now) again = Math.min(again, run.nextAt - now);
      else if (await this.#mustWait(run, now)) again = Math.min(again, LOOK_FOR_READINGS);
      else again = Math.min(again, await this.#attempt(run));
    }
    const next = this.next();
    return Math.max(MICROS_PER_MS, next === undefined ? again : Math.min(again, next - clock.wall()));
  }

  async #mustWait(run: Run, now: EpochMicros): Promise<boolean> {
    const { job, isUnderWay } = this.#parts;
    const since = Math.max(run.notedAt, this.#startedAt);
    if (run.attempts > 0 || now - since >= job.wait) return false;
    try {
      return await isUnderWay(run);
    } catch (error) {
      if (!isFault(error)) throw error;
      return false; // making the report says it better
    }
  }

  /** Returns after how long to look again. */
  async #attempt(run: Run): Promise<number> {
    const { job, make, deliver, clock, random, log, signal } = this.#parts;
    try {
      await deliver(make(run), { clock, random, log, signal });
    } catch (error) {
      if (signal.aborted) return LOOK_EVERY; // it stays pending, and the next start tries again with the same key
      if (!isFault(error)) throw error;
      return this.#failed(run, error);
    }
    if (this.trouble !== undefined) log.info({ report: job.name }, "reports are delivered again");
    this.#failures = 0;
    this.trouble = undefined;
    this.#end(run, "delivered", undefined);
    return LOOK_EVERY;
  }

  #failed(run: Run, fault: Fault): number {
    const { runs, clock, random } = this.#parts;
    this.#say(fault);
    if (!fault.retry && fault.code === "report_refused") {
      this.#end(run, "refused", fault);
      return LOOK_EVERY;
    }
    this.#failures += 1;
    const pause = retryAfter(this.#failures, random);
    this.#notBefore = epochMicros(clock.wall() + pause);
    runs.postpone(run.id, faultOfRun(fault), this.#notBefore);
    return pause;
  }

  #end({ id }: Run, state: Exclude<RunState, "pending">, fault: Fault | undefined): void {
    this.#unsettled = { id, state, fault };
    this.#settle();
  }

  #settle(): void {
    const { runs, clock } = this.#parts;
    if (this.#unsettled === undefined) return;
    const { id, state, fault } = this.#unsettled;
    runs.settle(id, state, fault && faultOfRun(fault), clock.wall());
    this.#unsettled = undefined;
  }

  /** One line for one trouble, however often it comes again. */
  #say(fault: Fault): void {
    const { job, log } = this.#parts;
    const { code, hint, message } = fault;
    const isLoss = !fault.retry;
    if (this.trouble?.message !== message || isLoss) log[isLoss ? "error" : "warn"]({ report: job.name, code, hint }, message);
    this.trouble = fault;
  }
}

/** Doubling from ten seconds to an hour, between half and all of it, so that many reports do not come at once. */
function retryAfter(failures: number, random: Random): number {
  const most = Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** Math.min(failures - 1, 20));
  return Math.round(most * (0.5 + random.fraction() / 2));
}
