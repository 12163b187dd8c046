/**
 * journal: the collector's durable truth on disk: ledger, batch bytes, catalogs, series numbers, quarantine.
 *
 * - `commit` writes a whole group in one FULL-sync transaction: when it returns, its batches may be acked.
 * - Rows keep the order in which they were committed; that order decides which of two values stays.
 * - A body leaves when the store has its readings; the last hashes of a stream stay, older rows become ranges.
 *   Counters are added in the same transaction, so the account balances at every instant.
 */
import type { Database } from "better-sqlite3";
import {
  type BatchHeader,
  type BatchKind,
  type EpochId,
  type EpochMicros,
  type Gap,
  type Random,
  type SeqRange,
  type Totals,
  toHex,
} from "../../protocol/index.ts";
import type { BatchOutcome, Conflict } from "../rollup/batch.ts";
import { CatalogTable, type ReceivedCatalog } from "./catalog-table.ts";
import { Forgotten } from "./forgotten.ts";
import { Holders } from "./holders.ts";
import { knownSeqs, type StreamKey } from "./holes.ts";
import { type PreparedOnce, preparedOnce } from "./prepared-once.ts";
import { Quarantine } from "./quarantine.ts";
import { SeriesTable } from "./series-table.ts";
import type { RefusedReading } from "./validate.ts";

export interface JournalEntry {
  readonly agent: string;
  readonly header: BatchHeader;
  readonly payload: Uint8Array;
  readonly receivedAt: EpochMicros;
  /** Why the whole batch is kept raw in quarantine; undefined where it was read. */
  readonly unreadable: string | undefined;
  readonly refused: readonly RefusedReading[];
  readonly gaps: readonly Gap[];
  readonly catalog: ReceivedCatalog | undefined;
  readonly totals: Totals | undefined;
}

/** A data batch whose readings are not in the store yet. */
export interface WaitingRow {
  readonly row: number;
  readonly agent: string;
  readonly receivedAt: EpochMicros;
  readonly count: number;
  readonly refused: readonly number[];
  readonly payload: Uint8Array;
}

interface LedgerRow {
  readonly kind: BatchKind | "declared";
  readonly hash: BatchHeader["hash"] | null;
}

/** What stands under a seq. */
interface StandingRow {
  readonly row: number;
  readonly stream: number;
  readonly seq: number;
  readonly kind: LedgerRow["kind"];
  readonly hash: string | null;
  readonly count: number;
  readonly received_at: number;
  readonly reason: string;
  readonly loaded: number;
}

export class Journal {
  readonly #db: PreparedOnce;
  readonly collector: string;
  readonly generation: string;
  readonly series: SeriesTable;
  readonly catalogs: CatalogTable;
  readonly quarantine: Quarantine;
  readonly holders: Holders;
  readonly #forgotten: Forgotten;
  readonly #streamIds = new Map<string, number>();

  /** @param random for the identity of a new journal; undefined = opened for reading. */
  constructor(db: Database, random: Random | undefined) {
    this.#db = preparedOnce(db);
    this.series = new SeriesTable(db);
    this.catalogs = new CatalogTable(db, this.series);
    this.quarantine = new Quarantine(db);
    this.holders = new Holders(db);
    this.#forgotten = new Forgotten(db);
    if (random !== undefined) {
      const once = db.prepare("INSERT OR IGNORE INTO journal_meta VALUES (?, ?)");
      once.run("collector", toHex(random.bytes(8)));
      once.run("generation", toHex(random.bytes(8)));
    }
    const meta = db.prepare("SELECT value FROM journal_meta WHERE key = ?").pluck();
    this.collector = meta.get("collector") as string;
    this.generation = meta.get("generation") as string;
  }

  /** When the newest batch came; 0 in a new journal. */
  newestReceivedAt(): number {
    return (this.#db.prepare("SELECT MAX(received_at) FROM ledger").pluck().get() as number | null) ?? 0;
  }

  /** Writes a group. Durable when it returns. */
  commit(entries: readonly JournalEntry[]): void {
    this.#transaction(() => {
      for (const entry of entries) this.#write(entry);
    });
  }

  /** What the ledger knows of one batch; undefined where its row was let go, or it never came. */
  find(agent: string, epoch: EpochId, seq: number): LedgerRow | undefined {
    const row = "SELECT l.kind, l.hash FROM ledger l JOIN stream s ON s.id = l.stream WHERE s.agent = ? AND s.epoch = ? AND l.seq = ?";
    return this.#db.prepare(row).get(agent, epoch, seq) as LedgerRow | undefined;
  }

  /** Every stream and the seqs of it that came or were declared lost: ranges only, for the ledger may have millions of rows. */
  *streams(): Generator<{ readonly agent: string; readonly epoch: EpochId; readonly ranges: readonly SeqRange[] }> {
    const rows = this.#db.prepare("SELECT id, agent, epoch, ranges FROM stream").all() as (StreamKey & { agent: string; epoch: EpochId })[];
    const known = knownSeqs(this.#db);
    for (const row of rows) yield { agent: row.agent, epoch: row.epoch, ranges: known(row).list() };
  }

  /** Rows behind `after` whose readings are not in the store, ascending. */
  waiting(after: number, limit: number): WaitingRow[] {
    const rows = this.#db
      .prepare(
        `SELECT l.row, s.agent, l.received_at AS receivedAt, l.count, l.refused, l.body AS payload
         FROM ledger l JOIN stream s ON s.id = l.stream WHERE l.loaded = 0 AND l.row > ? ORDER BY l.row LIMIT ?`,
      )
      .all(after, limit) as (Omit<WaitingRow, "refused"> & { refused: string | null })[];
    return rows.map((row) => ({ ...row, refused: row.refused === null ? [] : JSON.parse(row.refused) }));
  }

  /** The store has the readings of these rows: bodies go, counters grow, contradictions go to quarantine. */
  markLoaded(outcomes: readonly BatchOutcome[], conflicts: readonly Conflict[], now: EpochMicros): void {
    this.#transaction(() => {
      for (const outcome of outcomes) this.#markRow(outcome);
      for (const conflict of conflicts) this.quarantine.keepConflict(conflict, now);
    });
  }

  /** Lets ledger rows go whose hash is not needed any more; their seqs stay as ranges. */
  prune(): void {
    this.#forgotten.prune();
  }

  /** Bytes of bodies that wait for the store. */
  waitingBytes(): number {
    return this.#db.prepare("SELECT COALESCE(SUM(LENGTH(body)), 0) FROM ledger WHERE loaded = 0").pluck().get() as number;
  }

  checkpoint(): void {
    this.#db.pragma("wal_checkpoint(PASSIVE)");
  }

  close(): void {
    if (this.#db.open) this.#db.close();
  }

  #transaction(work: () => void): void {
    try {
      this.#db.transaction(work).immediate();
    } catch (error) {
      this.#streamIds.clear(); // a stream of the group that was rolled back has no number
      this.quarantine.recount();
      throw error;
    }
  }

  #write(entry: JournalEntry): void {
    const { agent, header, payload, receivedAt, unreadable, gaps, catalog } = entry;
    const stream = this.#stream(agent, header.epoch, receivedAt);
    const place = this.#clearPlace(stream, header);
    if (place.waiting !== undefined) {
      if (place.waiting !== header.hash) this.#keepStranger(stream, entry);
      return; // its readings are on their way into the store
    }
    const toLoad = header.kind === "data" && unreadable === undefined;
    const row = this.#insertRow(stream, header.seq, header.kind, header.hash, header.count, receivedAt, {
      reason: unreadable ?? null,
      refused: entry.refused.length === 0 ? null : JSON.stringify(entry.refused.map((reading) => reading.ordinal)),
      body: toLoad ? payload : null,
      loaded: toLoad ? 0 : 1,
    });
    const quarantined = unreadable === undefined ? entry.refused.length : header.count;
    if (header.kind === "data") this.#countBatch(stream, entry, quarantined, place.isAgain);
    if (unreadable !== undefined) this.quarantine.keepRaw(agent, unreadable, payload, receivedAt);
    for (const reading of entry.refused) this.quarantine.keepReading(agent, row, reading, receivedAt);
    for (const gap of gaps) this.#declare(agent, gap, receivedAt);
    if (catalog !== undefined) this.catalogs.keep(agent, catalog);
  }

  /**
   * Makes a seq free for what came. Data beats gap: what was declared lost and came after all is data, and takes
   * its place in the order now. A resend so old that its hash was forgotten comes in once more (`isAgain`), and
   * its readings are found to be there. What waits for the store is left alone: its hash is `waiting`.
   */
  #clearPlace(stream: number, { seq, hash }: BatchHeader): { readonly isAgain: boolean; readonly waiting: string | undefined } {
    const known = this.#db.prepare("SELECT * FROM ledger WHERE stream = ? AND seq = ?").get(stream, seq) as StandingRow | undefined;
    if (known === undefined) return { isAgain: this.#forgotten.has(stream, seq), waiting: undefined };
    if (known.loaded === 0) return { isAgain: true, waiting: known.hash ?? undefined };
    if (known.kind === "declared" && known.hash !== null && known.hash !== hash) this.#keepOtherLoss({ ...known, hash: known.hash });
    this.#db.prepare("DELETE FROM ledger WHERE row = ?").run(known.row);
    return { isAgain: known.kind !== "declared", waiting: undefined };
  }

  /** Other content under a seq that waits for the store and whose hash the ledger has forgotten. */
  #keepStranger(stream: number, entry: JournalEntry): void {
    this.quarantine.keepRaw(entry.agent, "conflict", entry.payload, entry.receivedAt);
    if (entry.header.kind === "data") this.#countBatch(stream, entry, entry.header.count, true);
  }

  #insertRow(
    stream: number,
    seq: number,
    kind: string,
    hash: string | null,
    count: number,
    receivedAt: number,
    more: { readonly reason: string | null; readonly refused: string | null; readonly body: Uint8Array | null; readonly loaded: number },
  ): number {
    const added = this.#db
      .prepare(
        "INSERT INTO ledger (stream, seq, kind, hash, count, received_at, reason, refused, loaded, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      )
      .run(stream, seq, kind, hash, count, receivedAt, more.reason, more.refused, more.loaded, more.body);
    return Number(added.lastInsertRowid);
  }

  #countBatch(stream: number, { header, totals }: JournalEntry, quarantined: number, isAgain: boolean): void {
    const resent = isAgain ? header.count : 0;
    this.#db
      .prepare(
        "UPDATE stream SET batches = batches + ?, readings = readings + ?, resent = resent + ?, quarantined = quarantined + ? WHERE id = ?",
      )
      .run(isAgain ? 0 : 1, header.count, resent, quarantined, stream);
    if (totals === undefined) return;
    // Batches come in any order and a resealed one carries its first totals: the newest are those with most sealed.
    this.#db
      .prepare("UPDATE stream SET totals = @totals WHERE id = @stream AND COALESCE(json_extract(totals, '$.sealed'), -1) < @sealed")
      .run({ totals: JSON.stringify({ seq: header.seq, ...totals }), sealed: totals.sealed, stream });
  }

  /** Beside other content under this seq the loss is counted all the same. */
  #declare(agent: string, { epoch, seq, hash, count, reason }: Gap, now: EpochMicros): void {
    const stream = this.#stream(agent, epoch, now);
    const { changes } = this.#db
      .prepare(
        "INSERT OR IGNORE INTO ledger (stream, seq, kind, hash, count, received_at, reason, loaded) VALUES (?, ?, 'declared', ?, ?, ?, ?, 1)",
      )
      .run(stream, seq, hash ?? null, count, now, reason);
    if (changes > 0 || hash === undefined) return;
    const standing = this.#db.prepare("SELECT hash FROM ledger WHERE stream = ? AND seq = ?").pluck().get(stream, seq) as string | null;
    if (standing === null || standing === hash) return;
    this.#keepOtherLoss({ stream, seq, hash, count, received_at: now, reason });
  }

  #keepOtherLoss(loss: { stream: number; seq: number; hash: string; count: number; received_at: number; reason: string }): void {
    this.#db.prepare("INSERT OR IGNORE INTO other_loss VALUES (@stream, @seq, @hash, @count, @received_at, @reason)").run(loss);
  }

  #markRow({ row, stored, duplicate, conflict }: BatchOutcome): void {
    const marked = this.#db
      .prepare("UPDATE ledger SET loaded = 1, body = NULL WHERE row = ? AND loaded = 0 RETURNING stream")
      .pluck()
      .get(row);
    if (marked === undefined) return; // counted before the last stop
    this.#db
      .prepare("UPDATE stream SET stored = stored + ?, duplicate = duplicate + ?, conflict = conflict + ? WHERE id = ?")
      .run(stored, duplicate, conflict, marked);
    this.#forgotten.grew(marked as number);
  }

  #stream(agent: string, epoch: EpochId, now: EpochMicros): number {
    const key = `${agent}/${epoch}`;
    const known = this.#streamIds.get(key);
    if (known !== undefined) return known;
    this.#db.prepare("INSERT OR IGNORE INTO stream (agent, epoch, first_at) VALUES (?, ?, ?)").run(agent, epoch, now);
    const id = this.#db.prepare("SELECT id FROM stream WHERE agent = ? AND epoch = ?").pluck().get(agent, epoch) as number;
    this.#streamIds.set(key, id);
    return id;
  }
}
