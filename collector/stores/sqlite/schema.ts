/**
 * schema: the tables of the SQLite store.
 *
 * - They share one file with the collector's journal, so the file's `user_version` is the journal's; ours
 *   stands in the table `store_progress`. Names are our own: nothing else may write these tables.
 * - WITHOUT ROWID, keyed by (series, time): an hour of a series lies together and is read in one sweep.
 * - `flags` = quality + 4 x late. SQLite keeps a -0 as 0; `rollup` has made it 0 before.
 */
import type { Database } from "better-sqlite3";
import { Fault, migrate, refuseNewer, type VersionedSchema } from "../../../protocol/index.ts";

const VERSION_1 = `
CREATE TABLE sample (
  series INTEGER NOT NULL, at INTEGER NOT NULL, value REAL NOT NULL, flags INTEGER NOT NULL,
  PRIMARY KEY (series, at)
) WITHOUT ROWID, STRICT;
CREATE TABLE summary (
  series INTEGER NOT NULL, at INTEGER NOT NULL, n INTEGER NOT NULL, min REAL NOT NULL, max REAL NOT NULL, sum REAL NOT NULL,
  first REAL NOT NULL, last REAL NOT NULL, last_at INTEGER NOT NULL, covered INTEGER NOT NULL, weighted_sum REAL NOT NULL,
  flags INTEGER NOT NULL,
  PRIMARY KEY (series, at)
) WITHOUT ROWID, STRICT;
CREATE TABLE bucket (
  series INTEGER NOT NULL, start INTEGER NOT NULL, n INTEGER NOT NULL, min REAL NOT NULL, max REAL NOT NULL, sum REAL NOT NULL,
  first REAL NOT NULL, first_at INTEGER NOT NULL, last REAL NOT NULL, last_at INTEGER NOT NULL,
  covered INTEGER NOT NULL, weighted_sum REAL NOT NULL,
  suspect INTEGER NOT NULL, bad INTEGER NOT NULL, late INTEGER NOT NULL, revision INTEGER NOT NULL,
  PRIMARY KEY (series, start)
) WITHOUT ROWID, STRICT;
CREATE TABLE store_progress (
  one INTEGER PRIMARY KEY CHECK (one = 1), schema_version INTEGER NOT NULL, position INTEGER NOT NULL, note TEXT NOT NULL
) STRICT;
INSERT INTO store_progress VALUES (1, 1, 0, '');
`;

const TABLE_OF_VERSION = "SELECT 1 FROM sqlite_schema WHERE name = 'store_progress'";

export const STORE_SCHEMA: VersionedSchema<Database> = {
  steps: [{ run: (db) => void db.exec(VERSION_1) }],
  version(db) {
    if (db.prepare(TABLE_OF_VERSION).get() === undefined) return 0;
    return db.prepare("SELECT schema_version FROM store_progress").pluck().get() as number;
  },
  setVersion: (db, version) => void db.prepare("UPDATE store_progress SET schema_version = ?").run(version),
  newer: newerStore,
};

/** Makes the tables, or brings them up to date. @throws Fault `data_too_new`, `no_room_for_upgrade`. */
export function prepareTables(db: Database, file: string, schema = STORE_SCHEMA): void {
  migrate(db, file, schema);
}

/** For a connection that only reads. @throws Fault `no_data` where there are no tables, `data_too_new`, `data_too_old`. */
export function checkTables(db: Database, file: string, schema = STORE_SCHEMA): void {
  const version = refuseNewer(db, file, schema);
  if (version === 0) throw noData(file);
  if (version < schema.steps.length) throw olderStore(file, version, schema.steps.length);
}

function newerStore(file: string, version: number, newest: number): Fault {
  return new Fault("data_too_new", `${file}: expected a store of version ${newest} or older, got version ${version}`, {
    hint: "a newer tributary-collector has written this file: start that one, or restore a backup made before the upgrade",
  });
}

function olderStore(file: string, version: number, newest: number): Fault {
  return new Fault("data_too_old", `${file}: expected a store of version ${newest}, got version ${version}`, {
    hint: "start the collector once, it brings the file up to date: tributary-collector run",
  });
}

export function noData(file: string): Fault {
  return new Fault("no_data", `${file}: expected the data of a collector, got nothing`, {
    hint: "start one with: tributary-collector run (or name its folder with --data)",
  });
}

export function noFolder(file: string): Fault {
  return new Fault("store_unreachable", `${file}: expected its folder to be there, got none`, {
    hint: "create the folder and give the user of the collector the right to it",
  });
}
