/**
 * schema-versions: tables of a data file, brought from whatever version wrote them to the one this program knows.
 *
 * - Step n makes version n of version n - 1, and version 0 is an empty file: a new file goes through the same steps
 *   as an old one, so the two cannot differ. A change of the tables is one more step; a released one is never edited.
 * - Each step is one transaction with the number it ends at: a kill or a fault leaves the version before, whole.
 *   Hence no copy is made first. A copy would cost an SD card the size of its spool, and could only serve a
 *   downgrade, which would lose what came since.
 * - A step that rewrites a table needs room for the table twice, new and in the write-ahead log. It is asked for
 *   before anything is touched.
 * - A file of a later version is refused and left as it is.
 *
 * Source: https://www.sqlite.org/lang_altertable.html#otheralter (foreign keys off, checked at the end).
 */
import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { bug, Fault } from "./faults.ts";

/** What this file needs of a SQLite connection. */
export interface Connection {
  readonly inTransaction: boolean;
  exec(sql: string): unknown;
  pragma(source: string, options?: { readonly simple?: boolean }): unknown;
}

export interface SchemaStep<Db> {
  /** Does it write a table anew, as large as it may be? */
  readonly rewrites?: boolean;
  run(db: Db): void;
}

export interface VersionedSchema<Db extends Connection> {
  /** The first makes version 1 of an empty file. */
  readonly steps: readonly SchemaStep<Db>[];
  /** Of an empty file: 0. */
  version(db: Db): number;
  /** Runs inside the transaction of a step. */
  setVersion(db: Db, version: number): void;
  /** The fault for a file that a later program wrote; nothing was written to it then. */
  newer(file: string, version: number, newest: number): Fault;
}

/** @throws the schema's own fault where the file is newer than this program. Writes nothing. */
export function refuseNewer<Db extends Connection>(db: Db, file: string, schema: VersionedSchema<Db>): number {
  const version = schema.version(db);
  if (version > schema.steps.length) throw schema.newer(file, version, schema.steps.length);
  return version;
}

/**
 * Brings `file`, open as `db` and not inside a transaction, to the newest version.
 * @throws Fault as `refuseNewer`; `no_room_for_upgrade`, and what the steps meet: the file then has the version it had
 *   before the step that failed.
 */
export function migrate<Db extends Connection>(db: Db, file: string, schema: VersionedSchema<Db>): void {
  const from = refuseNewer(db, file, schema);
  const ahead = schema.steps.slice(from);
  if (from > 0 && ahead.some(({ rewrites }) => rewrites === true)) mustHaveRoom(file);
  if (ahead.length > 0) withoutForeignKeys(db, () => takeSteps(db, schema, from));
}

function takeSteps<Db extends Connection>(db: Db, { steps, setVersion }: VersionedSchema<Db>, from: number): void {
  for (const [index, step] of steps.entries()) {
    if (index < from) continue;
    db.exec("BEGIN IMMEDIATE");
    try {
      step.run(db);
      const broken = db.pragma("foreign_key_check") as readonly unknown[];
      if (broken.length > 0) bug(`the step to version ${index + 1} left ${broken.length} rows that refer to nothing`);
      setVersion(db, index + 1);
      db.exec("COMMIT");
    } catch (error) {
      if (db.inTransaction) db.exec("ROLLBACK"); // a full disk has rolled it back already
      throw error;
    }
  }
}

/** Dropping a table that others refer to would delete from those; the switch has no effect inside a transaction. */
function withoutForeignKeys(db: Connection, run: () => void): void {
  const before = db.pragma("foreign_keys", { simple: true }) as number;
  db.pragma("foreign_keys = OFF");
  try {
    run();
  } finally {
    db.pragma(`foreign_keys = ${before}`);
  }
}

function mustHaveRoom(file: string): void {
  const size = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const needed = 2 * (size(file) + size(`${file}-wal`));
  const { bavail, bsize } = statfsSync(dirname(file));
  if (bavail * bsize >= needed) return;
  const mega = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
  throw new Fault(
    "no_room_for_upgrade",
    `${file}: expected ${mega(needed)} free to bring it to this version's format, got ${mega(bavail * bsize)}`,
    { retry: true, hint: "free some space (df -h) and start again, or install the version before; the file was left as it is" },
  );
}
