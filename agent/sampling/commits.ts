/**
 * commits: brings what is pending into the journal, every `commit_every` and whenever much waits.
 *
 * - One commit is on its way at a time: a refused one must be in the counters of the next.
 * - Readings, counters, filter states and cursors ride in one commit, so they stand or fall together.
 * - A refused commit (`spool_full`, `disk_full`) costs its readings, each counted under the fault's code, in a commit
 *   of counters alone that follows at once; sampling goes on. Nothing is written where nothing happened: a card wears
 *   by what is written.
 */
import { Fault, type Log, type Micros } from "../../protocol/index.ts";
import type { Journal, SamplerState } from "../spool/journal.ts";
import type { Pending, ReadingsBySensor } from "./pending.ts";

/** A commit is made when this many readings wait, without waiting for its time. */
const MANY = 4_000;
/** Streams are not drawn while more than this wait. */
const TOO_MANY = 12_000;

export interface CommitsOptions {
  readonly journal: Journal;
  readonly pending: Pending;
  readonly log: Log;
  /** Called before each commit: closes the windows whose time has come. */
  readonly closeWindows: () => void;
  /** Everything that must be found again, as it is now. */
  readonly state: () => SamplerState;
  readonly drop: (readings: ReadingsBySensor, reason: string) => void;
  readonly after: (delay: Micros, run: () => void) => { cancel(): void };
  readonly every: Micros;
}

export class Commits {
  readonly #options: CommitsOptions;
  #running: Promise<void> | undefined;
  #timer: { cancel(): void } | undefined;
  #isDirty = false;
  #fault: Fault | undefined;

  constructor(options: CommitsOptions) {
    this.#options = options;
  }

  /** Why the last commit was refused; undefined when it was taken. */
  get fault(): Fault | undefined {
    return this.#fault;
  }

  start(): void {
    this.#timer = this.#options.after(this.#options.every, () => {
      this.start();
      void this.#begin();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Something changed that is worth a commit. */
  touch(): void {
    this.#isDirty = true;
    const { readings, isUrgent } = this.#options.pending;
    if (isUrgent) void this.flush();
    else if (readings >= MANY) void this.#begin();
  }

  /** Resolves when there is room for a stream's next burst. */
  async room(): Promise<void> {
    while (this.#options.pending.readings >= TOO_MANY) await this.#begin();
  }

  /** Resolves when everything taken up to now is committed, or counted as dropped. */
  async flush(): Promise<void> {
    await this.#running;
    await this.#begin();
  }

  /**
   * Commits what waits, and runs `exchange` between that commit and whatever is taken next: what comes before it is in
   * the journal under the old catalog, and all behind it under the new one.
   */
  async exchange(exchange: () => void): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    const last = this.#begin(); // takes what waits, and hands it to the journal, before it returns
    exchange();
    await last;
  }

  #begin(): Promise<void> {
    this.#running ??= this.#commit().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #commit(): Promise<void> {
    const { journal, pending, closeWindows, state, drop } = this.#options;
    closeWindows();
    if (!this.#isDirty && pending.readings === 0) return;
    this.#isDirty = false;
    const { commit, readings } = pending.take(state());
    try {
      await journal.commit(commit);
      this.#fault = undefined;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#refused(error);
      drop(readings, error.code);
      await this.#keepCounters(error.code);
    }
  }

  /** What was taken meanwhile has no room either. Where there is none for the counters, they wait in memory. */
  async #keepCounters(reason: string): Promise<void> {
    const { journal, pending, state, drop } = this.#options;
    drop(pending.take(state()).readings, reason);
    try {
      await journal.commit(pending.take(state()).commit);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#isDirty = true;
    }
  }

  #refused(fault: Fault): void {
    if (this.#fault?.code !== fault.code)
      this.#options.log.error({ code: fault.code, hint: fault.hint }, `readings dropped: ${fault.message}`);
    this.#fault = fault;
  }
}
