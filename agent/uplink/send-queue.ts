/**
 * send-queue: which pending batch goes next.
 *
 * Live batches first, backlog oldest first, at least three of ten sent from the backlog while it has any. The
 * backlog is loaded page by page, so a spool of a year costs no more memory than one of an hour.
 */
import type { BatchInfo, BatchKey } from "../spool/spool-file.ts";

const BACKLOG_SHARE = 0.3;
/** A new page is asked for when fewer than this are at hand. */
const LOW_WATER = 32;
/** More batches than this are left to the pages: they are in the spool. */
const MOST_AT_HAND = 1024;

type Place = { readonly epochOrder: number; readonly seq: number };

export class SendQueue {
  /** Oldest first; both are small, so a sorted array is enough. */
  #live: BatchInfo[] = [];
  #backlog: BatchInfo[] = [];
  #sent = 0;
  #sentOfBacklog = 0;
  /** Everything pending up to here is at hand, in flight or settled; the rest is in the spool. */
  #loaded: Place = { epochOrder: 0, seq: 0 };
  #atEnd = false;
  #asked = false;

  get length(): number {
    return this.#live.length + this.#backlog.length;
  }

  /** A batch that is pending now. What lies beyond the loaded pages comes with them in its turn. */
  add(batch: BatchInfo, isLive: boolean): void {
    if (this.find(batch) !== undefined) return;
    if (isLive && this.#live.length < MOST_AT_HAND) return insert(this.#live, batch);
    if (isBehind(batch, this.#loaded)) {
      if (this.#backlog.length >= MOST_AT_HAND) this.#atEnd = false;
      if (!this.#atEnd) return;
      this.#loaded = batch;
    }
    insert(this.#backlog, batch);
  }

  /** A batch to be sent again goes before all others. */
  addFirst(batch: BatchInfo): void {
    if (this.find(batch) === undefined) this.#live.unshift(batch);
  }

  addPage(batches: readonly BatchInfo[], end: boolean): void {
    this.#asked = false;
    this.#atEnd = end;
    for (const batch of batches) {
      if (this.find(batch) === undefined) insert(this.#backlog, batch);
      if (isBehind(batch, this.#loaded)) this.#loaded = batch;
    }
  }

  /** From where the next page is wanted; undefined while there is enough, or one is on its way. */
  wantsPage(): Place | undefined {
    if (this.#atEnd || this.#asked || this.#backlog.length >= LOW_WATER) return undefined;
    this.#asked = true;
    return this.#loaded;
  }

  next(): BatchInfo | undefined {
    const owed = this.#sentOfBacklog < BACKLOG_SHARE * (this.#sent + 1);
    const [live, backlog] = [this.#live[0], this.#backlog[0]];
    return owed ? (backlog ?? live) : (live ?? backlog);
  }

  /** `batch` was sent: it leaves, and the shares are counted. */
  taken(batch: BatchInfo): void {
    this.#sent += 1;
    if (this.#backlog[0] === batch) this.#sentOfBacklog += 1;
    // Shares are of the recent past: a long live phase must not be paid back by a flood of backlog.
    if (this.#sent >= 100) [this.#sent, this.#sentOfBacklog] = [this.#sent / 2, this.#sentOfBacklog / 2];
    this.remove(batch);
  }

  find(key: BatchKey): BatchInfo | undefined {
    return [this.#live, this.#backlog].flatMap((list) => list.find((batch) => isSame(batch, key)) ?? [])[0];
  }

  remove(key: BatchKey): void {
    for (const list of [this.#live, this.#backlog]) {
      const index = list.findIndex((batch) => isSame(batch, key));
      if (index >= 0) list.splice(index, 1);
    }
  }

  /** After the connection was lost, what was live is backlog. */
  nothingIsLive(): void {
    const live = this.#live;
    this.#live = [];
    for (const batch of live) this.add(batch, false);
  }
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
