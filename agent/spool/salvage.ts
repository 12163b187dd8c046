/**
 * salvage: what can still be read of a damaged spool, taken over into a new one.
 *
 * Sealed batches keep their (epoch, seq, hash), for the collector may have them already; only those whose own
 * hash is right are taken. Open readings are taken where their checksum is right. Counters and filter state come
 * from the newest row that can be read. Seqs that cannot be read become gaps at the next hello (reconcile.ts).
 */
import Database from "better-sqlite3";
import { isFault, parseBatch } from "../../protocol/index.ts";
import { decodeOpenRow } from "./open-row.ts";
import type { SpoolFile } from "./spool-file.ts";

export interface Salvaged {
  readonly batches: number;
  readonly damagedBatches: number;
  readonly openReadings: number;
}

export function salvage(damagedPath: string, into: SpoolFile): Salvaged {
  const db = openDamaged(damagedPath);
  if (db === undefined) return { batches: 0, damagedBatches: 0, openReadings: 0 };
  try {
    return into.transaction(() => takeOver(db, into));
  } finally {
    db.close();
  }
}

function openDamaged(path: string): Database.Database | undefined {
  try {
    const db = new Database(path, { fileMustExist: true });
    db.pragma("writable_schema = ON");
    return db;
  } catch {
    return undefined; // not even its header can be read: there is nothing to take over
  }
}

function takeOver(db: Database.Database, into: SpoolFile): Salvaged {
  for (const row of readable(db, "catalog")) {
    into.db.prepare("INSERT OR IGNORE INTO catalog (id, hash, grids, body) VALUES (?, ?, ?, ?)").run(row.id, row.hash, row.grids, row.body);
  }
  for (const row of readable(db, "meta")) {
    if (row.key !== "clean") into.db.prepare("INSERT OR IGNORE INTO meta VALUES (?, ?)").run(row.key, row.value);
  }
  const epochs = takeEpochs(db, into);
  let batches = 0;
  let damagedBatches = 0;
  for (const row of readable(db, "batch")) {
    if (takeBatch(into, epochs, row)) batches += 1;
    else damagedBatches += 1;
  }
  let openReadings = 0;
  for (const row of readable(db, "journal")) openReadings += takeOpenRow(into, row);
  into.mintEpoch("salvaged");
  return { batches, damagedBatches, openReadings };
}

/** Old epochs, with ids below the new one's, so that their batches go first. */
function takeEpochs(db: Database.Database, into: SpoolFile): Map<unknown, unknown> {
  const epochs = new Map<unknown, unknown>();
  for (const row of readable(db, "epoch")) {
    const added = into.db
      .prepare("INSERT OR IGNORE INTO epoch (epoch, next_seq, offered, origin) VALUES (?, ?, ?, 'damaged')")
      .run(row.epoch, row.next_seq, row.offered);
    epochs.set(row.id, added.lastInsertRowid);
  }
  return epochs;
}

function takeBatch(into: SpoolFile, epochs: Map<unknown, unknown>, row: Row): boolean {
  try {
    const { header } = parseBatch(row.bytes as Uint8Array);
    const known = into.db.prepare("SELECT id FROM epoch WHERE epoch = ?").pluck().get(header.epoch);
    const id =
      epochs.get(row.epoch) ??
      known ??
      into.db.prepare("INSERT INTO epoch (epoch, origin) VALUES (?, 'damaged')").run(header.epoch).lastInsertRowid;
    into.db
      .prepare(
        "INSERT OR IGNORE INTO batch (epoch, seq, kind, state, count, hash, sealed_at, size, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      )
      .run(id, header.seq, header.kind, row.state, header.count, header.hash, row.sealed_at, row.size, row.bytes);
    into.db.prepare("UPDATE epoch SET next_seq = MAX(next_seq, ?) WHERE id = ?").run(header.seq + 1, id);
    return true;
  } catch (error) {
    if (isFault(error) || error instanceof TypeError) return false;
    throw error;
  }
}

function takeOpenRow(into: SpoolFile, row: Row): number {
  const { boot, catalog, offset, count, check, state, body } = row;
  if (!(body instanceof Uint8Array) || decodeOpenRow(body, String(check)) === undefined) return 0;
  into.db
    .prepare('INSERT INTO journal (boot, catalog, "offset", count, "check", state, body) VALUES (?, ?, ?, ?, ?, ?, ?)')
    .run(boot, catalog, offset, count, check, state, body);
  return Number(count);
}

type Row = Readonly<Record<string, unknown>>;

/** Rowids tried one by one past the last one that could be read in order; a batch or a commit has one each. */
const ROWIDS_AHEAD = 10_000;

/** Every row of a table that can be read: in order as far as that goes, then past each broken page. */
function* readable(db: Database.Database, table: "meta" | "epoch" | "catalog" | "batch" | "journal"): Generator<Row> {
  const byRowid = table !== "meta";
  let last = 0;
  try {
    const select = byRowid ? `SELECT rowid AS place, * FROM ${table} ORDER BY rowid` : `SELECT * FROM ${table}`;
    for (const row of db.prepare(select).iterate() as IterableIterator<Row>) {
      last = Number(row.place ?? 0);
      yield row;
    }
  } catch (error) {
    if (!isSqliteError(error)) throw error;
    if (byRowid) yield* readableByRowid(db, table, last);
  }
}

function* readableByRowid(db: Database.Database, table: string, last: number): Generator<Row> {
  for (let rowid = last + 1; rowid <= last + ROWIDS_AHEAD; rowid++) {
    try {
      const row = db.prepare(`SELECT * FROM ${table} WHERE rowid = ?`).get(rowid) as Row | undefined;
      if (row !== undefined) yield row;
    } catch (error) {
      if (!isSqliteError(error)) throw error;
      if (error.message.startsWith("no such table")) return;
    }
  }
}

function isSqliteError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_");
}
