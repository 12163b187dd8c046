/**
 * send-queue: which pending batch goes next.
 *
 * - Catalogs first, for data needs them; then what is urgent, and what is sent again; then live batches and backlog, oldest first, the
 *   backlog with three of ten as long as both wait.
 * - The spool is the truth, this is a view of it: the backlog is loaded page by page from its beginning on every
 *   connection, so that a spool of a year costs no more memory than one of an hour, and nothing that was missed
 *   here is missed for longer than a connection.
 * - A page is a little older than its arrival: what left meanwhile does not come back with it, and what was left
 *   out meanwhile is asked for again.
 * - While the gate is closed (`send: { between: ... }`) only catalogs, what is urgent, and what had begun go.
 */
import type { BatchInfo, BatchKey } from "../spool/spool-file.ts";

/** Backlog batches of ten, while live ones wait too. */
const BACKLOG_OF_TEN = 3;
/** A new page is asked for when fewer than this are at hand. */
const LOW_WATER = 32;
/** More live batches than this are left to the pages: they are in the spool. */
const MOST_LIVE = 1024;

export type Place = { readonly epochOrder: number; readonly seq: number };

export interface PageRequest {
  /** Tells this page from one that was asked for before. */
  readonly page: number;
  readonly after: Place;
}

export class SendQueue {
  #catalogs: BatchInfo[] = [];
  #urgent: BatchInfo[] = [];
  #again: BatchInfo[] = [];
  /** Oldest first; both are small, so a sorted array is enough. */
  #live: BatchInfo[] = [];
  #backlog: BatchInfo[] = [];
  /** Backlog is due when this reaches ten. */
  #tenths = 10 - BACKLOG_OF_TEN;
  /** Everything pending up to here was loaded; the rest is in the spool. */
  #loaded: Place = { epochOrder: 0, seq: 0 };
  #atEnd = false;
  #page = 0;
  #isAsked = false;
  /** Since the page was asked for. */
  #goneMeanwhile = new Set<string>();
  #leftOutMeanwhile = false;

  get length(): number {
    return this.#lists.reduce((sum, list) => sum + list.length, 0);
  }

  /** A batch that was sealed just now. */
  add(batch: BatchInfo): void {
    if (this.find(batch) !== undefined) return;
    if (batch.kind === "catalog") this.#catalogs.push(batch);
    else if (batch.urgent === true) insert(this.#urgent, batch);
    else if (this.#live.length < MOST_LIVE) insert(this.#live, batch);
    else {
      this.#atEnd = false;
      this.#leftOutMeanwhile = true;
    }
  }

  /** A batch that was sent in vain. */
  addAgain(batch: BatchInfo): void {
    if (this.find(batch) === undefined) this.#again.push(batch);
  }

  /** @param end there is nothing behind these in the spool. */
  addPage(page: number, batches: readonly BatchInfo[], end: boolean): void {
    if (!this.#isAsked || page !== this.#page) return;
    this.#isAsked = false;
    this.#atEnd = end && !this.#leftOutMeanwhile;
    for (const batch of batches) {
      if (isBehind(batch, this.#loaded)) this.#loaded = { epochOrder: batch.epochOrder, seq: batch.seq };
      if (this.find(batch) === undefined && !this.#goneMeanwhile.has(nameOf(batch))) insert(this.#backlog, batch);
    }
  }

  /** The page that is wanted now; undefined while there is enough, or one is on its way. */
  wantsPage(): PageRequest | undefined {
    if (this.#atEnd || this.#isAsked || this.#backlog.length >= LOW_WATER) return undefined;
    this.#isAsked = true;
    this.#page += 1;
    this.#goneMeanwhile = new Set();
    this.#leftOutMeanwhile = false;
    return { page: this.#page, after: this.#loaded };
  }

  next(isGateOpen = true): BatchInfo | undefined {
    const ahead = this.#catalogs[0] ?? this.#urgent[0] ?? this.#again[0];
    if (ahead !== undefined || !isGateOpen) return ahead;
    return this.#isBacklogsTurn ? this.#backlog[0] : (this.#live[0] ?? this.#backlog[0]);
  }

  /** `batch`, which was next, is sent: it leaves, and the shares are counted. */
  taken(batch: BatchInfo): void {
    if (this.#live.length > 0 && this.#backlog.length > 0 && (batch === this.#live[0] || batch === this.#backlog[0])) {
      this.#tenths += BACKLOG_OF_TEN - (batch === this.#backlog[0] ? 10 : 0);
    }
    this.remove(batch);
  }

  find(key: BatchKey): BatchInfo | undefined {
    for (const list of this.#lists) {
      const found = list.find((batch) => isSame(batch, key));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The batch is settled, in flight, or not in the spool any more. */
  remove(key: BatchKey): void {
    if (this.#isAsked) this.#goneMeanwhile.add(nameOf(key));
    for (const list of this.#lists) {
      const index = list.findIndex((batch) => isSame(batch, key));
      if (index >= 0) list.splice(index, 1);
    }
  }

  /** Loads the backlog once more from its beginning: there may be batches in it that were passed over. */
  reload(): void {
    this.#backlog = [];
    this.#loaded = { epochOrder: 0, seq: 0 };
    this.#atEnd = false;
    this.#isAsked = false;
  }

  /** For a new connection. */
  clear(): void {
    this.#catalogs = [];
    this.#urgent = [];
    this.#again = [];
    this.#live = [];
    this.reload();
  }

  get #isBacklogsTurn(): boolean {
    return this.#backlog.length > 0 && this.#tenths + BACKLOG_OF_TEN >= 10;
  }

  get #lists(): readonly BatchInfo[][] {
    return [this.#catalogs, this.#urgent, this.#again, this.#live, this.#backlog];
  }
}

function nameOf({ epoch, seq }: BatchKey): string {
  return `${epoch}/${seq}`;
}

function isSame(batch: BatchKey, key: BatchKey): boolean {
  return batch.seq === key.seq && batch.epoch === key.epoch;
}

/** Is `place` later in the stream than `other`? */
function isBehind(place: Place, other: Place): boolean {
  return place.epochOrder > other.epochOrder || (place.epochOrder === other.epochOrder && place.seq > other.seq);
}

function insert(list: BatchInfo[], batch: BatchInfo): void {
  let index = list.length;
  while (index > 0 && isBehind(list[index - 1] as BatchInfo, batch)) index -= 1;
  list.splice(index, 0, batch);
}
