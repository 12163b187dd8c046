/**
 * sealer: when open readings become batches: every `send.every` or at the times of `send.cron`, as soon as
 * `max_readings` are open, when one of them is urgent, on demand.
 *
 * Sealing waits for a clock that somebody vouches for; until then readings stay open, under the same quota.
 */
import {
  type Catalog,
  type Clock,
  type CronLine,
  epochMicros,
  isFault,
  type Log,
  MICROS_PER_MINUTE,
  type Micros,
  micros,
  type Timer,
} from "../../protocol/index.ts";
import type { TrustedClock } from "../clock/trusted-clock.ts";
import type { Commit, Journal, SamplerState } from "./journal.ts";
import type { Opened } from "./service.ts";
import type { Spool } from "./spool.ts";
import type { BatchInfo } from "./spool-file.ts";
import type { StampGrid } from "./stamp.ts";

/** When open readings are sealed by themselves. */
export interface SealPace {
  readonly every: Micros;
  /** Instead of `every`. */
  readonly cron?: CronLine | undefined;
  readonly maxReadings: number;
}

export interface SealerOptions extends SealPace {
  readonly spool: Spool;
  readonly opened: Opened;
  readonly boot: string;
  readonly trustedClock: TrustedClock;
  readonly clock: Clock;
  readonly log: Log;
  readonly onSealed: (batches: readonly BatchInfo[]) => void;
  readonly onGone: (batches: readonly BatchInfo[]) => void;
}

/** Open readings beyond which a replay waits for the seal. */
const MOST_OPEN_BATCHES = 8;
const LOOK_AGAIN = 1_000_000 as Micros;

export class Sealer implements Journal {
  readonly saved: SamplerState | undefined;
  readonly #options: SealerOptions;
  #pace: SealPace;
  readonly #began: Micros;
  /** No clock was trusted when this began: the first commit says so, for it decides about the stamps (final-instants.ts). */
  #beganUntrusted: boolean;
  #open: number;
  #sealing: Promise<void> | undefined;
  #timer: Timer | undefined;
  #stopped = false;
  /** Code of the fault that the last seal ended with. */
  #trouble: string | undefined;
  /** What is open holds something urgent. */
  #isUrgent = false;
  #waiting: (() => void)[] = [];

  constructor(options: SealerOptions) {
    this.#options = options;
    this.#pace = options;
    this.saved = options.opened.saved;
    this.#open = options.opened.open;
    this.#began = options.clock.monotonic();
    this.#beganUntrusted = options.trustedClock.trustedOffset() === undefined;
  }

  start(): void {
    const { every, cron } = this.#pace;
    if (cron !== undefined) return this.#scheduleAt(cron);
    this.#schedule(this.#open > 0 ? LOOK_AGAIN : every);
  }

  /** From now on by another pace. A seal that is under way ends, and nothing follows from it. */
  setPace(pace: SealPace): void {
    this.#pace = pace;
    this.#timer?.cancel();
    this.start();
  }

  async commit(commit: Commit): Promise<void> {
    const { spool, boot, trustedClock, onGone, onSealed } = this.#options;
    const offset = this.#beganUntrusted ? undefined : trustedClock.trustedOffset();
    const outcome = await spool.commit({ commit, boot, offset, now: trustedClock.now() });
    this.#beganUntrusted = false;
    this.#open = outcome.open;
    if (outcome.dropped.length > 0) onGone(outcome.dropped);
    if (outcome.gaps.length > 0) onSealed(outcome.gaps);
    if (commit.urgent === true) {
      this.#isUrgent = true;
      void this.sealAll();
    } else if (this.#open >= this.#pace.maxReadings) void this.seal();
  }

  async addCatalog(catalog: Catalog, grids: readonly StampGrid[]): Promise<number> {
    const { spool, trustedClock, onSealed } = this.#options;
    const { id, sealed } = await spool.addCatalog(catalog, grids, trustedClock.now());
    if (sealed.length > 0) onSealed(sealed);
    return id;
  }

  switchCatalog(id: number): Promise<void> {
    return this.#options.spool.switchCatalog(id);
  }

  async ready(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.#isCrowded())) await this.#changed(signal);
  }

  /** Seals what is open now, where the clock allows; returns when it is in the spool. */
  async seal(): Promise<void> {
    this.#sealing ??= this.#sealOnce().finally(() => {
      this.#sealing = undefined;
    });
    await this.#sealing;
  }

  /** Like `seal`, of everything committed by now: one that is under way may have begun before the newest commit. */
  async sealAll(): Promise<void> {
    await this.#sealing;
    await this.seal();
  }

  /** A replay looks again whether it may go on: something was acked. */
  roomMade(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.roomMade();
  }

  async #sealOnce(): Promise<void> {
    const { spool, boot, trustedClock, clock, onSealed } = this.#options;
    const { maxReadings } = this.#pace;
    const under = trustedClock.sealingOffset(this.#began);
    if (under === undefined || this.#open === 0) return;
    const now = epochMicros(Math.round(clock.monotonic() + under.offset));
    const urgent = this.#isUrgent;
    this.#isUrgent = false;
    try {
      const batches = await spool.seal({ boot, ...under, maxReadings, now, urgent });
      this.#open = 0;
      this.#trouble = undefined;
      onSealed(batches);
    } catch (error) {
      this.#isUrgent ||= urgent;
      this.#failed(error);
    }
    this.roomMade();
  }

  /** The readings stay open in the journal, and the next turn tries again: one line says so, not one a turn. */
  #failed(error: unknown): void {
    if (!isFault(error)) throw error;
    const { code, hint, message } = error;
    if (code !== this.#trouble) this.#options.log.error({ code, hint }, message);
    this.#trouble = code;
  }

  /** What is not acked uses half of what the spool may have now, or much is not sealed. History gives way by itself. */
  async #isCrowded(): Promise<boolean> {
    const { spool } = this.#options;
    if (this.#open >= this.#pace.maxReadings * MOST_OPEN_BATCHES) return true;
    const { pendingBytes, allowedBytes } = await spool.status();
    return pendingBytes >= allowedBytes / 2;
  }

  /** Resolves when there may be room, or nobody waits for it any more. */
  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const go = () => {
        signal.removeEventListener("abort", go);
        resolve();
      };
      this.#waiting.push(go);
      signal.addEventListener("abort", go, { once: true });
    });
  }

  #schedule(delay: Micros): void {
    if (this.#stopped) return;
    const pace = this.#pace;
    this.#timer = this.#options.clock.after("seal", delay, () => {
      void this.seal().then(() => {
        this.roomMade(); // somebody else may have made some
        this.#goOn(pace, () => this.#schedule(pace.every));
      });
    });
  }

  /** Looks at the clock every minute at least, so one that is set meanwhile is followed; a time that it jumped over is due. */
  #scheduleAt(cron: CronLine): void {
    if (this.#stopped) return;
    const { clock } = this.#options;
    const pace = this.#pace;
    const from = clock.wall();
    const wait = (cron.next(from) ?? Number.POSITIVE_INFINITY) - from;
    this.#timer = clock.after("seal", micros(Math.min(wait, MICROS_PER_MINUTE)), () => {
      const due = cron.next(from);
      const sealing = due !== undefined && due <= clock.wall() ? this.seal() : Promise.resolve();
      void sealing.then(() => this.#goOn(pace, () => this.#scheduleAt(cron)));
    });
  }

  #goOn(pace: SealPace, next: () => void): void {
    if (pace === this.#pace) next();
  }
}
