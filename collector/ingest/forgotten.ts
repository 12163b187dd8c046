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
  /** Rows by which a stream grew since it was looked at; one that is not in it was never looked at. */
  readonly #grown = new Map<number, number>();

  constructor(db: Database) {
    this.#db = preparedOnce(db);
  }

  /** Was there a batch under this seq whose row is gone? */
  has(stream: number, seq: number): boolean {
    return this.#rangesOf(stream).has(seq);
  }

  /** A row of this stream came into the store. */
  grew(stream: number): void {
    this.#grown.set(stream, (this.#grown.get(stream) ?? SLACK) + 1);
  }

  /** Looks at streams that grew by so much that it may be worth it: all of ten thousand would be millions of rows. */
  prune(): void {
    const rows = this.#db.prepare(`SELECT COUNT(*) FROM ledger WHERE stream = ? AND ${IN_STORE}`).pluck();
    for (const [stream, grown] of this.#grown) {
      if (grown <= SLACK) continue;
      this.#grown.set(stream, 0);
      if ((rows.get(stream) as number) > HASHES_KEPT + SLACK) this.#pruneStream(stream);
    }
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
