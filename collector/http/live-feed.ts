/**
 * live-feed: hands every newly stored reading to those who listen, and keeps the newest for who comes back.
 *
 * - A listener has a bounded queue. Where it is full it is emptied, and what was in it is counted as missed: who is
 *   slow goes on with the newest and is told how much he did not get. Nobody slows the store down.
 * - Readings are numbered in the order in which they were stored, so a listener that was cut off says the last one he
 *   had and gets what came since, as long as it is remembered. Numbers begin anew with each run, and carry its name.
 * - While nobody listens, and nobody did a minute ago, readings are numbered and nothing else.
 */
import { type Clock, MICROS_PER_MINUTE, type Random, toHex } from "../../protocol/index.ts";
import type { SeriesInfo } from "../rollup/series.ts";
import type { HourPut } from "../stores/contract.ts";
import { rowOf, type StoredReading, sampleAt, summaryAt } from "./reading-row.ts";

/** Readings that one listener may have waiting, and those of one hour of a series that are handed on at once. */
const QUEUE = 10_000;
/** Readings remembered for those who come back. */
const RECENT = 10_000;
const REMEMBER_FOR = MICROS_PER_MINUTE;

export interface LiveReading {
  /** Of this run: 1, 2, 3 ... */
  readonly number: number;
  readonly series: SeriesInfo;
  readonly reading: StoredReading;
}

export interface LiveFeedOptions {
  /** Every series there is. */
  series(): readonly SeriesInfo[];
  readonly clock: Clock;
  readonly random: Random;
}

/** Chooses the series of a listener, again whenever there are new ones. */
export type Choose = (all: readonly SeriesInfo[]) => readonly SeriesInfo[];

export class LiveFeed {
  readonly #options: LiveFeedOptions;
  readonly #run: string;
  readonly #listeners = new Set<Listener>();
  #series = new Map<number, SeriesInfo>();
  #newest = 0;
  /** Everything with a greater number is in `#recent`. */
  #completeAfter = 0;
  #recent: LiveReading[] = [];
  #leftAt = Number.NEGATIVE_INFINITY;

  constructor(options: LiveFeedOptions) {
    this.#options = options;
    this.#run = toHex(options.random.bytes(4));
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Told after the store has them. */
  stored(hours: readonly HourPut[]): void {
    const isRemembered = this.#listeners.size > 0 || this.#options.clock.monotonic() < this.#leftAt + REMEMBER_FOR;
    for (const hour of hours) {
      const count = hour.changedSamples.length + hour.changedSummaries.length;
      if (isRemembered) this.#handOn(hour, count);
      else this.#forget(this.#newest + count);
      this.#newest += count;
    }
  }

  /**
   * @param lastId of the last event that the listener had; undefined where it is new.
   * @param onReading called when there is something to take.
   */
  listen(choose: Choose, lastId: string | undefined, onReading: () => void): Listener {
    this.#learnSeries();
    const listener = new Listener(this.#run, choose, onReading, () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#leftAt = this.#options.clock.monotonic();
    });
    listener.choose([...this.#series.values()]);
    if (lastId !== undefined) this.#catchUp(listener, lastId);
    this.#listeners.add(listener);
    return listener;
  }

  #catchUp(listener: Listener, lastId: string): void {
    const [run, number] = lastId.split("-");
    const last = run === this.#run ? Number(number) : Number.NaN;
    if (!(last >= this.#completeAfter)) listener.missUncounted(); // it may have been any number
    listener.offer(this.#recent.filter((each) => !(each.number <= last)));
  }

  #handOn(hour: HourPut, count: number): void {
    if (!this.#series.has(hour.series)) this.#learnSeries();
    const series = this.#series.get(hour.series);
    if (series === undefined) return this.#forget(this.#newest + count);
    const kept = newestOf(hour, QUEUE);
    const skipped = count - kept.length;
    if (skipped > 0) this.#forget(this.#newest + skipped);
    const readings = kept.map((reading, index) => ({ number: this.#newest + skipped + index + 1, series, reading }));
    this.#remember(readings);
    for (const listener of this.#listeners) {
      if (!listener.wants(hour.series)) continue;
      if (skipped > 0) listener.miss(skipped);
      listener.offer(readings);
    }
  }

  #remember(readings: readonly LiveReading[]): void {
    this.#recent.push(...readings);
    if (this.#recent.length < 2 * RECENT) return;
    this.#recent = this.#recent.slice(-RECENT);
    this.#completeAfter = (this.#recent[0]?.number ?? 1) - 1;
  }

  #forget(until: number): void {
    this.#recent = [];
    this.#completeAfter = until;
  }

  #learnSeries(): void {
    const all = this.#options.series();
    this.#series = new Map(all.map((info) => [info.number, info]));
    for (const listener of this.#listeners) listener.choose(all);
  }
}

/** One who listens. What waits for him is taken as text, piece by piece. */
export class Listener {
  readonly #run: string;
  readonly #choose: Choose;
  readonly #onReading: () => void;
  readonly #onLeave: () => void;
  #wanted = new Set<number>();
  #queue: LiveReading[] = [];
  /** null = nobody knows how many. */
  #missed: number | null = 0;

  constructor(run: string, choose: Choose, onReading: () => void, onLeave: () => void) {
    this.#run = run;
    this.#choose = choose;
    this.#onReading = onReading;
    this.#onLeave = onLeave;
  }

  choose(all: readonly SeriesInfo[]): void {
    this.#wanted = new Set(this.#choose(all).map(({ number }) => number));
  }

  wants(series: number): boolean {
    return this.#wanted.has(series);
  }

  offer(readings: readonly LiveReading[]): void {
    const wanted = readings.filter(({ series }) => this.#wanted.has(series.number));
    if (this.#queue.length + wanted.length > QUEUE) {
      this.miss(this.#queue.length);
      this.#queue = [];
    }
    this.#queue.push(...wanted);
    this.#onReading();
  }

  miss(count: number): void {
    if (this.#missed !== null) this.#missed += count;
  }

  missUncounted(): void {
    this.#missed = null;
  }

  /** The next events as `text/event-stream` has them; undefined = nothing waits. */
  take(most: number): string | undefined {
    const missed = this.#missed;
    if (this.#queue.length === 0 && missed === 0) return undefined;
    this.#missed = 0;
    const events = this.#queue.splice(0, most).map(({ number, series, reading }) => {
      return `id: ${this.#run}-${number}\nevent: reading\ndata: ${JSON.stringify(rowOf(series, reading))}\n\n`;
    });
    return (missed === 0 ? "" : `event: missed\ndata: ${JSON.stringify({ count: missed })}\n\n`) + events.join("");
  }

  /** May be called twice. */
  leave(): void {
    this.#onLeave();
  }
}

/** The newest of what is new in an hour of a series, ascending. */
function newestOf({ whole, changedSamples, changedSummaries }: HourPut, most: number): StoredReading[] {
  const summaries = changedSummaries.slice(-most).map((index) => summaryAt(whole.summaries, index));
  const samples = changedSamples.slice(-most).map((index) => sampleAt(whole.samples, index));
  return [...summaries, ...samples].sort((a, b) => a.at - b.at).slice(-most);
}
