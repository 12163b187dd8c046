/**
 * schema: the tables of the spool and how its file is opened.
 *
 * WAL with synchronous=FULL: in WAL mode better-sqlite3 silently uses NORMAL, under which a power cut takes
 * back commits that were promised. Pages are small because a commit writes whole pages and an SD card wears
 * by what is written: 512-byte pages write about 40 % less a reading than 4 KiB ones.
 */
import Database from "better-sqlite3";
import { Fault, migrate, refuseNewer, type VersionedSchema } from "../../protocol/index.ts";

const VERSION_1 = `
  -- One value by name: clean, sampler state, sealed and lost counters, clock generation, last stamps.
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, "check" TEXT NOT NULL) WITHOUT ROWID;

  -- Every epoch that this spool has counted in; the newest id is the current one. next_seq is kept here and
  -- never taken from a rowid. Batches up to "offered" may have been published.
  CREATE TABLE epoch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    epoch TEXT NOT NULL UNIQUE,
    next_seq INTEGER NOT NULL DEFAULT 1,
    offered INTEGER NOT NULL DEFAULT 0,
    origin TEXT NOT NULL
  );

  -- Lists of series, by content, with the stamp grids of the sensors under which the journal was written.
  CREATE TABLE catalog (id INTEGER PRIMARY KEY, hash TEXT NOT NULL, grids TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (hash, grids));

  -- Open readings: one row a commit. "offset" = wall - monotonic, where it was trusted at that moment.
  CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    boot TEXT NOT NULL,
    catalog INTEGER NOT NULL REFERENCES catalog (id),
    "offset" REAL,
    count INTEGER NOT NULL,
    "check" TEXT NOT NULL,
    state TEXT NOT NULL,
    body BLOB NOT NULL
  );

  -- Sealed batches, immutable. state: 0 pending, 1 acked (history), 2 damaged (kept for inspection).
  CREATE TABLE batch (
    epoch INTEGER NOT NULL REFERENCES epoch (id),
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state INTEGER NOT NULL DEFAULT 0,
    count INTEGER NOT NULL,
    hash TEXT NOT NULL,
    sealed_at INTEGER NOT NULL,
    size INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (epoch, seq)
  );
  CREATE INDEX batch_pending ON batch (epoch, seq) WHERE state = 0;
  CREATE INDEX batch_history ON batch (sealed_at) WHERE state = 1;
`;

/** The versions of the spool's file. Salvage reads tables by their columns: a step that renames one is told there too. */
export const SPOOL_SCHEMA: VersionedSchema<Database.Database> = {
  steps: [{ run: (db) => void db.exec(VERSION_1) }],
  version: (db) => db.pragma("user_version", { simple: true }) as number,
  setVersion: (db, version) => void db.pragma(`user_version = ${version}`),
  newer: newerSpool,
};

/** @throws Fault `spool_newer`, `no_room_for_upgrade`; what SQLite says. */
export function openDatabase(path: string, schema = SPOOL_SCHEMA): Database.Database {
  const db = new Database(path);
  try {
    const version = refuseNewer(db, path, schema); // before any pragma that writes
    if (version === 0) {
      db.pragma("page_size = 512");
      db.pragma("auto_vacuum = INCREMENTAL");
    }
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    db.pragma("journal_size_limit = 1048576");
    db.pragma("wal_autocheckpoint = 2000");
    migrate(db, path, schema);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Are the tables those that its version makes? SQLite keeps their definitions as text in the file and checks none of it: with one flipped
 * bit in it a column has another name, and each start would fail at the same statement.
 */
export function hasItsTables(db: Database.Database): boolean {
  const fresh = openDatabase(":memory:");
  try {
    return definitionsOf(db) === definitionsOf(fresh);
  } finally {
    fresh.close();
  }
}

function definitionsOf(db: Database.Database): string {
  return JSON.stringify(db.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name").raw().all());
}

function newerSpool(path: string, version: number, newest: number): Fault {
  return new Fault("spool_newer", `${path}: expected a spool of version ${newest} or older, got ${version}`, {
    hint: "install the newer tributary-agent again, or name another spool file in `spool: { path: ... }`; this one was left as it is",
  });
}
