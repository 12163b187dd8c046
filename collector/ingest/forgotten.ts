/**
 * forgotten: ledger rows are let go when their hash is not needed any more; their seqs stay as ranges.
 *
 * - Rows go in the order of the journal, not of the seqs: a backlog that comes late keeps its hashes as long as
 *   anything else does.
 * - A declared loss stays: the account needs its count, and data that turns up after all takes its place.
 */
import type { Database } from "better-sqlite3";
import { HASHES_KEPT } from "./ledger.ts";
import { type PreparedOnce, preparedOnce } from "./prepared-once.ts";
import { RangeSet } from "./range-set.ts";

/** Rows let go at once, so that it is done now and then and not at each batch. */
const SLACK = HASHES_KEPT / 4;

const IN_STORE = "kind <> 'declared' AND loaded = 1";

export class Forgotten {
  readonly #db: PreparedOnce;
  readonly #ranges = new Map<number, RangeSet>();

  constructor(db: Database) {
    this.#db = preparedOnce(db);
  }

  /** Was there a batch under this seq whose row is gone? */
  has(stream: number, seq: number): boolean {
    return this.#rangesOf(stream).has(seq);
  }

  prune(): void {
    const crowded = this.#db.prepare(`SELECT stream FROM ledger WHERE ${IN_STORE} GROUP BY stream HAVING COUNT(*) > ?`).pluck();
    for (const stream of crowded.all(HASHES_KEPT + SLACK) as number[]) this.#pruneStream(stream);
  }

  #pruneStream(stream: number): void {
    const newest = this.#db.prepare(`SELECT row FROM ledger WHERE stream = ? AND ${IN_STORE} ORDER BY row DESC LIMIT 1 OFFSET ?`).pluck();
    const seqs = this.#db.prepare(`DELETE FROM ledger WHERE stream = ? AND row <= ? AND ${IN_STORE} RETURNING seq`).pluck();
    const kept = new RangeSet(this.#rangesOf(stream).list());
    this.#db
      .transaction(() => {
        for (const seq of seqs.all(stream, newest.get(stream, HASHES_KEPT)) as number[]) kept.add(seq);
        this.#db.prepare("UPDATE stream SET ranges = ? WHERE id = ?").run(JSON.stringify(kept.list()), stream);
      })
      .immediate();
    this.#ranges.set(stream, kept);
  }

  #rangesOf(stream: number): RangeSet {
    const known = this.#ranges.get(stream);
    if (known !== undefined) return known;
    const ranges = this.#db.prepare("SELECT ranges FROM stream WHERE id = ?").pluck().get(stream) as string;
    const read = new RangeSet(JSON.parse(ranges));
    this.#ranges.set(stream, read);
    return read;
  }
}
