/**
 * loader: brings committed batches from the journal into the store, in the journal's order.
 *
 * One path for everything: live batches, a backlog, and what a kill left behind are rows that wait. The store
 * keeps its position and the outcomes in the same transaction as the readings, so a kill between the store's
 * commit and the journal's mark neither loads a row twice nor miscounts it.
 */
import { bug, type Clock, decodeDataBody, epochMicros, openBody, parseBatch } from "../../protocol/index.ts";
import type { BatchOutcome, Conflict, JournalBatch } from "../rollup/batch.ts";
import { mergeBatches } from "../rollup/load.ts";
import type { Store } from "../stores/contract.ts";
import type { Catalogs } from "./catalogs.ts";
import type { Journal, WaitingRow } from "./journal.ts";

/** Rows and readings of one load: enough to be quick, few enough to keep acks prompt. */
const MOST_ROWS = 128;
const MOST_READINGS = 50_000;

interface Note {
  readonly outcomes: readonly BatchOutcome[];
  readonly conflicts: readonly Conflict[];
}

export interface LoaderOptions {
  readonly journal: Journal;
  readonly store: Store;
  readonly catalogs: Catalogs;
  readonly clock: Clock;
  readonly onBug: (error: unknown) => void;
}

export class Loader {
  readonly #options: LoaderOptions;
  #position = 0;
  #running: Promise<void> | undefined;
  #isWoken = false;

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /** Takes up where the last run ended. */
  async open(): Promise<void> {
    const { store, journal, clock } = this.#options;
    const { position, note } = await store.progress();
    this.#position = position;
    if (note === "") return;
    const { outcomes, conflicts } = JSON.parse(note) as Note;
    journal.markLoaded(outcomes, conflicts, clock.wall());
  }

  /** There may be rows to load. */
  wake(): void {
    this.#isWoken = true;
    this.#running ??= this.#run()
      .catch(this.#options.onBug)
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Resolves when everything that was committed before the call is in the store. */
  async drained(): Promise<void> {
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isWoken) {
      this.#isWoken = false;
      while (await this.#loadOnce()) await this.#options.clock.afterInput();
    }
    this.#options.journal.prune();
  }

  async #loadOnce(): Promise<boolean> {
    const { store, journal, clock } = this.#options;
    const rows = this.#take();
    const last = rows.at(-1);
    if (last === undefined) return false;
    const now = clock.wall();
    const { unit, outcomes, conflicts } = await mergeBatches(
      store,
      rows.map((row) => this.#decode(row)),
      now,
    );
    await store.put({ ...unit, progress: { position: last.row, note: JSON.stringify({ outcomes, conflicts } satisfies Note) } });
    this.#position = last.row;
    journal.markLoaded(outcomes, conflicts, now);
    return true;
  }

  #take(): WaitingRow[] {
    const rows = this.#options.journal.waiting(this.#position, MOST_ROWS);
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
