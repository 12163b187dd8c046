/**
 * loader: brings committed batches from the journal into the store, in the journal's order.
 *
 * One path for everything: live batches, a backlog, and what a kill left behind are rows that wait. The store
 * keeps its position and the outcomes in the same transaction as the readings, so a kill between the store's
 * commit and the journal's mark neither loads a row twice nor miscounts it. What touches many buckets is put in parts,
 * each with the place up to which it is in: a kill between them goes on from there. Where the disk is full or fails,
 * the rows wait in the journal, which is bounded, and it is tried again.
 */
import {
  bug,
  type Clock,
  decodeDataBody,
  epochMicros,
  type Log,
  MICROS_PER_SECOND,
  type Micros,
  micros,
  openBody,
  parseBatch,
  type Timer,
} from "../../protocol/index.ts";
import type { BatchOutcome, Conflict, JournalBatch } from "../rollup/batch.ts";
import { type Begun, type MergedPart, mergeBatches } from "../rollup/load.ts";
import type { Store } from "../stores/contract.ts";
import type { Catalogs } from "./catalogs.ts";
import { isDiskTrouble } from "./disk-trouble.ts";
import type { Journal, WaitingRow } from "./journal.ts";

/** Rows and readings of one load: enough to be quick, few enough to keep acks prompt. */
const MOST_ROWS = 128;
const MOST_READINGS = 50_000;
/** That one put may write: it is one transaction, in which nobody else has a turn. */
const MOST_BUCKETS = 8_192;
/** Rows between two looks for ledger rows that may go. */
const PRUNE_EVERY = 1_024;
const RETRY_AFTER = micros(5 * MICROS_PER_SECOND);
/** From one load to the next, unless somebody waits for it: each syncs the disk, and a thousand agents wake it at any moment. */
const REST = micros(MICROS_PER_SECOND / 10);
/** Input that takes longer than this to be taken in is a lot: it goes first. */
const BUSY = micros(MICROS_PER_SECOND / 50);
const LONGEST_BREAK = micros(2 * MICROS_PER_SECOND);
/** A load that works for longer lets input in before it goes on. */
const TURN = micros(MICROS_PER_SECOND / 20);

/** What the journal is to be told of a put. */
interface Note {
  /** None while a part of the load is missing. */
  readonly outcomes: readonly BatchOutcome[];
  readonly conflicts: readonly Conflict[];
  readonly begun?: BegunLoad;
}

/** A load of which some parts are in the store. */
interface BegunLoad extends Begun {
  /** Its last row. */
  readonly row: number;
}

export interface LoaderOptions {
  readonly journal: Journal;
  readonly store: Store;
  readonly catalogs: Catalogs;
  readonly clock: Clock;
  readonly log: Log;
  readonly onBug: (error: unknown) => void;
}

export class Loader {
  readonly #options: LoaderOptions;
  #position = 0;
  #running: Promise<void> | undefined;
  #isWoken = false;
  #isClosed = false;
  /** What the store has and the journal was not told yet. */
  #unmarked: Note | undefined;
  #begun: BegunLoad | undefined;
  /** Since when it has worked without a pause. */
  #turnBegan = micros(0);
  #loadedRows = 0;
  #loadedAt = Number.NEGATIVE_INFINITY;
  /** Of the next load: after a rest, or behind a fault. */
  #next: Timer | undefined;
  /** Who waits for everything to be loaded. */
  #waiters = 0;
  /** Ends a break. */
  #hurry: (() => void) | undefined;

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /** Takes up where the last run ended. */
  async open(): Promise<void> {
    const { position, note } = await this.#options.store.progress();
    this.#position = position;
    if (note !== "") this.#unmarked = JSON.parse(note) as Note;
    this.#begun = this.#unmarked?.begun;
    this.#mark();
  }

  /** There may be rows to load. */
  wake(): void {
    if (this.#running !== undefined) this.#isWoken = true;
    if (this.#running !== undefined || this.#next !== undefined) return;
    const { clock } = this.#options;
    const rest = this.#loadedAt + REST - clock.monotonic();
    if (rest > 0) this.#next = clock.after("load", micros(rest), () => this.#start());
    else this.#start();
  }

  /** Resolves when everything that was committed before the call is in the store, or the disk refuses it. */
  async drained(): Promise<void> {
    if (this.#running === undefined) this.#start();
    else this.#isWoken = true;
    this.#waiters += 1;
    this.#hurry?.();
    await this.#running;
    this.#waiters -= 1;
  }

  /** Loads what there is, once, and of a long load one part: the next start goes on there. The store is not used after it. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.drained();
  }

  #start(): void {
    this.#next?.cancel();
    this.#next = undefined;
    this.#isWoken = true;
    this.#running = this.#run().catch(this.#options.onBug);
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    try {
      while (this.#isWoken) {
        this.#isWoken = false;
        this.#turnBegan = clock.monotonic();
        while (await this.#loadOnce()) await this.#letInputIn();
      }
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      this.#waitFor(error);
    } finally {
      this.#loadedAt = this.#options.clock.monotonic();
      this.#running = undefined; // in the same turn in which the last look was taken: no call to wake is lost
    }
  }

  /**
   * Acks and hellos before loads: what waits in the journal is safe, a connection that waits is lost. While there is much
   * input a load is followed by a break as long as itself, or twice as long as what had come meanwhile took: in a storm,
   * such as a fleet that comes back, nearly all time is the input's.
   */
  async #letInputIn(): Promise<void> {
    const { clock } = this.#options;
    const ended = clock.monotonic();
    await clock.afterInput();
    const took = clock.monotonic() - ended;
    if (took >= BUSY && this.#waiters === 0) await this.#takeBreak(micros(Math.max(ended - this.#turnBegan, 2 * took)));
    this.#turnBegan = clock.monotonic();
  }

  /** In the middle of a load. */
  async #pause(): Promise<void> {
    if (this.#options.clock.monotonic() - this.#turnBegan >= TURN) await this.#letInputIn();
  }

  async #takeBreak(length: Micros): Promise<void> {
    const { clock } = this.#options;
    const over = Promise.withResolvers<void>();
    this.#hurry = over.resolve;
    const timer = clock.after("let input in", micros(Math.min(length, LONGEST_BREAK)), over.resolve);
    await over.promise;
    timer.cancel();
    this.#hurry = undefined;
  }

  #waitFor({ code, message }: Error & { readonly code: string }): void {
    const { log, clock } = this.#options;
    log.error({ code }, `the store could not be written, readings wait in the journal: ${message}`);
    if (!this.#isClosed) this.#next = clock.after("load again", RETRY_AFTER, () => this.#start());
  }

  async #loadOnce(): Promise<boolean> {
    const { store, clock } = this.#options;
    this.#mark();
    const rows = this.#take();
    const last = rows.at(-1);
    if (last === undefined) return false;
    const batches = rows.map((row) => this.#decode(row));
    const options = { now: clock.wall(), mostBuckets: MOST_BUCKETS, begun: this.#begun, pause: () => this.#pause() };
    for await (const part of mergeBatches(store, batches, options)) {
      await this.#put(part, last.row);
      this.#mark();
      if (this.#isClosed && part.upTo !== undefined) return false;
    }
    this.#prune(rows.length);
    return true;
  }

  /** @param row the last of the load: the position is behind it when all parts are in. */
  async #put({ unit, outcomes, conflicts, upTo }: MergedPart, row: number): Promise<void> {
    const begun = upTo === undefined ? undefined : { row, upTo, outcomes };
    const note: Note = begun === undefined ? { outcomes, conflicts } : { outcomes: [], conflicts, begun };
    const position = begun === undefined ? row : this.#position;
    await this.#options.store.put({ ...unit, progress: { position, note: JSON.stringify(note) } });
    this.#position = position;
    this.#begun = begun;
    this.#unmarked = note;
  }

  /** Tells the journal what the store has: before the store takes more, for it keeps one note. */
  #mark(): void {
    const { journal, clock } = this.#options;
    if (this.#unmarked === undefined) return;
    journal.markLoaded(this.#unmarked.outcomes, this.#unmarked.conflicts, clock.wall());
    this.#unmarked = undefined;
  }

  #prune(rows: number): void {
    this.#loadedRows += rows;
    if (this.#loadedRows < PRUNE_EVERY) return;
    this.#loadedRows = 0;
    this.#options.journal.prune();
  }

  /** The same rows where a load of them was begun. */
  #take(): WaitingRow[] {
    const rows = this.#options.journal.waiting(this.#position, MOST_ROWS);
    const begun = this.#begun;
    if (begun !== undefined) return rows.filter(({ row }) => row <= begun.row);
    let readings = 0;
    const end = rows.findIndex(({ count }) => {
      readings += count;
      return readings > MOST_READINGS;
    });
    return end < 0 ? rows : rows.slice(0, Math.max(1, end));
  }

  #decode({ row, agent, receivedAt, refused, payload }: WaitingRow): JournalBatch {
    const parsed = parseBatch(payload);
    const { frames } = decodeDataBody(openBody(parsed), parsed.header.count);
    const catalog = this.#options.catalogs.find(agent, parsed.header.catalog) ?? bug(`row ${row} was committed without its catalog`);
    return { row, receivedAt: epochMicros(receivedAt), frames, series: catalog.series, refused: new Set(refused) };
  }
}
