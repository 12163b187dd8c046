/**
 * open: the spool file as it is found: new, sound, or damaged.
 *
 * A damaged file never stops the agent and is never wiped: what can still be read of it is taken over into a new one,
 * it is moved aside as `<name>.corrupt-<time>` (set-aside.ts), and a new epoch begins. SQLite's own check runs at each
 * start while the file is small; on a big one, where it takes half a minute on a card, only after an unclean end.
 */
import { closeSync, existsSync, mkdirSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Database } from "better-sqlite3";
import { bug, type EpochMicros, Fault, isFault, type Random } from "../../protocol/index.ts";
import { hasItsTables, openDatabase } from "./schema.ts";
import { putInPlace, type SetAside, salvageBeside, takeReport } from "./set-aside.ts";
import { SpoolFile } from "./spool-file.ts";

/** A file of this size is checked whole in well under a second, even on a card. */
const SMALL_BYTES = 16 * 1024 * 1024;
const MAGIC = "SQLite format 3\0";

export interface OpenedSpool {
  readonly spool: SpoolFile;
  /** Set where the file was damaged: what was found, and where the damaged file is now. */
  readonly salvaged: SetAside | undefined;
}

/** @throws Fault `spool_unwritable`, `spool_newer`, `disk_full`. */
export function openSpool(path: string, random: Random, now: EpochMicros): OpenedSpool {
  try {
    mkdirSync(dirname(path), { recursive: true });
    putInPlace(path);
    const spool = openSound(path, random) ?? openSalvaged(path, random, now);
    return { spool, salvaged: takeReport(spool) };
  } catch (error) {
    throw spoolFault(path, error);
  }
}

export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "SQLITE_FULL" || error.code === "ENOSPC");
}

export function diskFull(path: string, found: string, cause?: unknown): Fault {
  return new Fault("disk_full", `${path}: expected room on the disk, got ${found}`, {
    ...(cause !== undefined && { cause }),
    retry: true,
    hint: "free some space: df -h, journalctl --vacuum-size=50M; nothing sealed is lost",
  });
}

/** A system or SQLite error as what it means for the spool; a bug is given back as it is. */
export function spoolFault(path: string, error: unknown): unknown {
  if (isFault(error) || !(error instanceof Error) || !("code" in error)) return error;
  const code = String(error.code);
  if (isDiskFull(error)) {
    return diskFull(path, code, error);
  }
  if (/^(EACCES|EPERM|EROFS|EISDIR|ENOENT|ENOTDIR|EEXIST|ENAMETOOLONG|ELOOP|SQLITE_CANTOPEN|SQLITE_READONLY|SQLITE_PERM)/.test(code)) {
    return new Fault("spool_unwritable", `${path}: expected a file this user may write, got ${code}`, {
      cause: error,
      hint: `check its owner and folder (ls -ld ${dirname(path)}), or name another file in \`spool: { path: ... }\``,
    });
  }
  return error;
}

function openSalvaged(path: string, random: Random, now: EpochMicros): SpoolFile {
  salvageBeside(path, random, now);
  putInPlace(path);
  return openSound(path, random) ?? bug(`${path} cannot be read just after it was written`);
}

/** The spool, or undefined where it is damaged. */
function openSound(path: string, random: Random): SpoolFile | undefined {
  if (isForeign(path)) return undefined;
  let db: Database | undefined;
  try {
    db = openDatabase(path);
    const clean = db.prepare("SELECT value FROM meta WHERE key = 'clean'").pluck().get();
    if (hasItsTables(db) && passesCheck(db, path, clean !== "0")) {
      const spool = new SpoolFile(db, random);
      if (spool.isSound()) {
        spool.meta.set("clean", "0");
        return spool;
      }
    }
    db.close();
    return undefined;
  } catch (error) {
    db?.close();
    if (isDamage(error)) return undefined;
    throw error;
  }
}

/** SQLite's check with its indexes where the file is small; a big one is only looked through after an unclean end. */
function passesCheck(db: Database, path: string, isClean: boolean): boolean {
  if (statSync(path).size <= SMALL_BYTES) return db.pragma("integrity_check(1)", { simple: true }) === "ok";
  return isClean || db.pragma("quick_check(1)", { simple: true }) === "ok";
}

/** Does SQLite say that the file is broken, and not that it may not or cannot be used? */
export function isDamage(error: unknown): boolean {
  return error instanceof Error && "code" in error && /^SQLITE_(CORRUPT|NOTADB|ERROR|IOERR_SHORT_READ)/.test(String(error.code));
}

/** Is it anything but a SQLite file? SQLite takes an empty file for a new database and would delete the WAL beside it. */
function isForeign(path: string): boolean {
  if (!existsSync(path)) return false;
  const head = Buffer.alloc(MAGIC.length);
  const file = openSync(path, "r");
  readSync(file, head);
  closeSync(file);
  return head.toString("latin1") !== MAGIC;
}

/** @throws Fault `spool_unwritable` where there is something that is no file. */
export function mustBeFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() ?? true) return;
  throw new Fault("spool_unwritable", `${path}: expected a file or nothing, got a folder or device`, {
    hint: "name a file in `spool: { path: ... }`; it is made where it is missing",
  });
}
