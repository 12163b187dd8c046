/**
 * reserve: room on the disk that is given up where there is none left, so that what was lost can still be counted.
 *
 * A file of zeros beside the spool, written once: a card wears by what is written. Whoever else fills the disk can take
 * what is given up; then the counters wait in memory, as they did before.
 */
import fs from "node:fs";
import { dirname } from "node:path";
import { isDiskFull } from "./open.ts";
import type { OpenRow } from "./open-row.ts";
import type { SpoolFile } from "./spool-file.ts";

const SIZE = 256 * 1_024;

export class Reserve {
  readonly #path: string;
  #isThere: boolean;
  #isGiven = false;

  /** @param spool path of the spool's file */
  constructor(spool: string) {
    this.#path = `${spool}-reserve`;
    this.#isThere = fs.statSync(this.#path, { throwIfNoEntry: false })?.size === SIZE;
  }

  /** It was given up for counters, and the disk has no more than that: readings would take it from them. */
  isInUse(): boolean {
    this.#isGiven &&= this.#free() < 2 * SIZE;
    return this.#isGiven;
  }

  /** Takes its room, where it has none and the disk has some. */
  take(): void {
    if (this.#isThere) return;
    try {
      if (this.#free() < 4 * SIZE) return; // not again with each commit, for nothing
      fs.writeFileSync(this.#path, new Uint8Array(SIZE), { flush: true });
      this.#isThere = true;
    } catch {
      this.#remove(); // a full disk, or one that takes no writes: it says so itself at the next commit
    }
  }

  /** For counters. */
  giveUp(): void {
    this.#isGiven = true;
    this.#remove();
  }

  #free(): number {
    const { bavail, bsize } = fs.statfsSync(dirname(this.#path));
    return bavail * bsize;
  }

  #remove(): void {
    this.#isThere = false;
    fs.rmSync(this.#path, { force: true });
  }
}

/**
 * Where the disk has no room for counters either, the reserve is given up; and the log is brought into the file, so that it
 * is written again from its start and need not grow.
 */
export function appendCounters(spool: SpoolFile, reserve: Reserve | undefined, row: OpenRow): void {
  try {
    spool.appendCounters(row);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    reserve?.giveUp();
    spool.db.pragma("wal_checkpoint(RESTART)");
    spool.appendCounters(row);
  }
}
