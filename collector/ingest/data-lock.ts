/**
 * data-lock: one collector per data folder, whatever its ports and sockets are called.
 *
 * The lock is SQLite's own, on an empty file beside the data: the kernel lets go of it when the process ends,
 * however it ends, so there is never a stale one. A report that only reads does not ask for it.
 */
import Database from "better-sqlite3";
import { Fault } from "../../protocol/index.ts";

export interface DataLock {
  /** May be called twice. */
  release(): void;
}

/** @throws Fault `already_running` where another process, or another collector of this one, holds it. */
export function lockData(file: string): DataLock {
  const db = new Database(file, { timeout: 0 });
  try {
    db.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith("SQLITE_BUSY")) throw error;
    throw new Fault("already_running", `${file}: expected no other collector on this data, got a lock held by one`, {
      cause: error,
      hint: "stop it first, or give this one its own data folder with --data",
    });
  }
  return { release: () => void db.close() };
}
