/**
 * lock: one agent per spool, whatever its config and control socket are called: two would count in one epoch.
 *
 * The lock is SQLite's own, on an empty file beside the spool: the kernel lets go of it when the process ends,
 * however it ends, so there is never a stale one. Who only reads the spool does not ask for it.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { Fault } from "../../protocol/index.ts";

export interface SpoolLock {
  /** May be called twice. */
  release(): void;
}

/** Makes the folder, where it is missing. @throws Fault `already_running`, and what the system says. */
export function lockSpool(path: string): SpoolLock {
  mkdirSync(dirname(path), { recursive: true });
  const db = new Database(`${path}.lock`, { timeout: 0 });
  try {
    db.pragma("journal_mode = MEMORY"); // nothing is ever written
    db.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith("SQLITE_BUSY")) throw error;
    throw new Fault("already_running", `${path}: expected no other agent on this spool, got a lock held by one`, {
      cause: error,
      hint: "stop it first, or give this one its own file in `spool: { path: ... }`",
    });
  }
  return { release: () => void db.close() };
}
