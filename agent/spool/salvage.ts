/**
 * salvage: what can still be read of a damaged spool, taken over into a new one.
 *
 * Sealed batches keep their (epoch, seq, hash), for the collector may have them already; only those whose own
 * hash is right are taken, under the epoch and seq that they name themselves. Open readings are taken where their
 * checksum is right. Counters and filter state come from the newest row that can be read; what they counted and
 * is nowhere to be found counts as lost. Seqs that cannot be read become gaps at the next hello (reconcile.ts).
 * The damaged file itself is only read, where it stands; set-aside.ts says what becomes of the two files.
 */
import { statSync, truncateSync } from "node:fs";
import Database from "better-sqlite3";
import { decodeDataBody, imbalance, isFault, openBody, parseBatch } from "../../protocol/index.ts";
import { accountOf } from "./account.ts";
import { isSoundMeta, type MetaRow } from "./meta.ts";
import { isSound, type OpenRow } from "./open-row.ts";
import type { SpoolFile } from "./spool-file.ts";

export interface Salvaged {
  readonly batches: number;
  readonly damagedBatches: number;
  readonly openReadings: number;
  /** Readings that the counters know of and that could not be read; 0 where the counters are gone themselves. */
  readonly lostReadings: number;
}

export function salvage(damagedPath: string, into: SpoolFile): Salvaged {
  const db = openDamaged(damagedPath);
  try {
    return into.transaction(() => takeOver(db, into));
  } finally {
    db?.close();
  }
}

/** The damaged file, or undefined where SQLite cannot even open it. */
function openDamaged(path: string): Database.Database | undefined {
  try {
    // SQLite deletes the WAL of an empty file; with one page of zeros it reads the WAL, page 1 included.
    if (statSync(path).size === 0) truncateSync(path, 512);
    const db = new Database(path, { fileMustExist: true, readonly: true });
    db.pragma("writable_schema = ON");
    return db;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return undefined;
  }
}

function takeOver(db: Database.Database | undefined, into: SpoolFile): Salvaged {
  let batches = 0;
  let damagedBatches = 0;
  if (db !== undefined) {
    takeCatalogs(db, into);
    takeMeta(db, into);
    takeEpochs(db, into);
    for (const row of readable(db, "batch")) {
      if (takeBatch(into, row)) batches += 1;
      else damagedBatches += 1;
    }
    for (const row of readable(db, "journal")) takeOpenRow(into, row);
  }
  into.epochs.mint("salvaged");
  return { batches, damagedBatches, openReadings: into.tally.open, lostReadings: settleAccount(into) };
}

function takeCatalogs(db: Database.Database, into: SpoolFile): void {
  const add = into.db.prepare("INSERT OR IGNORE INTO catalog (id, hash, grids, body) VALUES (?, ?, ?, ?)");
  for (const { id, hash, grids, body } of readable(db, "catalog")) {
    if (typeof hash === "string" && typeof grids === "string" && body instanceof Uint8Array) add.run(id, hash, grids, body);
  }
}

function takeMeta(db: Database.Database, into: SpoolFile): void {
  const add = into.db.prepare('INSERT OR IGNORE INTO meta (key, value, "check") VALUES (?, ?, ?)');
  for (const row of readable(db, "meta")) {
    const { key, value, check } = row as unknown as MetaRow;
    if (key !== "clean" && isSoundMeta({ key, value, check })) add.run(key, value, check);
  }
}

/** Old epochs, with ids below the new one's, so that their batches go first. */
function takeEpochs(db: Database.Database, into: SpoolFile): void {
  const add = into.db.prepare("INSERT OR IGNORE INTO epoch (epoch, next_seq, offered, origin) VALUES (?, ?, ?, 'damaged')");
  for (const { epoch, next_seq: nextSeq, offered } of readable(db, "epoch")) {
    if (/^[0-9a-f]{16}$/.test(String(epoch)) && isCount(nextSeq) && isCount(offered)) add.run(epoch, nextSeq, offered);
  }
}

function takeBatch(into: SpoolFile, { bytes, state, sealed_at: sealedAt }: Row): boolean {
  try {
    if (!(bytes instanceof Uint8Array)) return false;
    const { epoch, seq, kind, count, hash } = parseBatch(bytes).header;
    into.db.prepare("INSERT OR IGNORE INTO epoch (epoch, origin) VALUES (?, 'damaged')").run(epoch);
    const id = into.db.prepare("SELECT id FROM epoch WHERE epoch = ?").pluck().get(epoch);
    const add = into.db.prepare(
      "INSERT OR IGNORE INTO batch (epoch, seq, kind, state, count, hash, sealed_at, size, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    add.run(id, seq, kind, state === 1 ? 1 : 0, count, hash, isCount(sealedAt) ? sealedAt : 0, bytes.length, bytes);
    into.db.prepare("UPDATE epoch SET next_seq = MAX(next_seq, ?) WHERE id = ?").run(seq + 1, id);
    return true;
  } catch (error) {
    if (isFault(error)) return false;
    throw error;
  }
}

function takeOpenRow(into: SpoolFile, found: Row): void {
  const row = found as unknown as OpenRow & { readonly id: number };
  const isCatalogKnown = into.db.prepare("SELECT 1 FROM catalog WHERE id = ?").get(row.catalog) !== undefined;
  if (!isCatalogKnown || !isSound(row)) return;
  const add = into.db.prepare(
    'INSERT OR IGNORE INTO journal (id, boot, catalog, "offset", count, "check", state, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  add.run(row.id, row.boot, row.catalog, row.offset, row.count, row.check, row.state, row.body);
}

/** How much was sealed, where its counter is gone: the newest batches say it. */
function recallSealed(into: SpoolFile): void {
  if (into.meta.text("sealed") !== undefined) return;
  const newest = into.db.prepare("SELECT bytes FROM batch WHERE kind = 'data' ORDER BY epoch DESC, seq DESC LIMIT 16").pluck();
  const counts = (newest.all() as Uint8Array[]).map((bytes) => {
    const parsed = parseBatch(bytes);
    return decodeDataBody(openBody(parsed), parsed.header.count).totals.sealed;
  });
  into.meta.set("sealed", Math.max(0, ...counts)); // a batch that was sealed again carries the account of then
}

/** Makes the account balance again: what was read and is nowhere is lost. Returns how much that is. */
function settleAccount(into: SpoolFile): number {
  recallSealed(into);
  const rest = imbalance(accountOf(into, into.savedState, into.tally.open, into.meta.number("sealed")));
  if (rest > 0) into.meta.set("lost", into.meta.number("lost") + rest);
  // The counters of the sampler are older than those of the seal, or gone: it counts from what is left.
  if (rest < 0) into.meta.set("sealed", Math.max(0, into.meta.number("sealed") + rest));
  return Math.max(0, rest);
}

type Row = Readonly<Record<string, unknown>>;
type Table = "meta" | "epoch" | "catalog" | "batch" | "journal";

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Rowids tried one by one past the last one that could be read in order; a batch or a commit has one each. */
const ROWIDS_AHEAD = 10_000;

/** Every row of a table that can be read: in order as far as that goes, then past each broken page. */
function* readable(db: Database.Database, table: Table): Generator<Row> {
  const byRowid = table !== "meta";
  let last = 0;
  try {
    const select = byRowid ? `SELECT rowid AS place, * FROM ${table} ORDER BY rowid` : `SELECT * FROM ${table}`;
    for (const row of db.prepare(select).iterate() as IterableIterator<Row>) {
      last = Number(row.place ?? 0);
      yield row;
    }
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    if (byRowid) yield* readableByRowid(db, table, last);
  }
}

function* readableByRowid(db: Database.Database, table: Table, last: number): Generator<Row> {
  const select = prepared(db, `SELECT * FROM ${table} WHERE rowid = ?`);
  if (select === undefined) return;
  for (let rowid = last + 1; rowid <= last + ROWIDS_AHEAD; rowid++) {
    try {
      const row = select.get(rowid) as Row | undefined;
      if (row !== undefined) yield row;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
  }
}

/** Undefined where even the list of tables cannot be read. */
function prepared(db: Database.Database, select: string): Database.Statement | undefined {
  try {
    return db.prepare(select);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return undefined;
  }
}

/** Says SQLite that this cannot be read? Where it lacks room or a right, it can be read another time: that is no damage. */
function isUnreadable(error: unknown): boolean {
  return error instanceof Database.SqliteError && !/^SQLITE_(FULL|NOMEM|BUSY|CANTOPEN|PERM|READONLY|IOERR_(SHM|NOMEM))/.test(error.code);
}
