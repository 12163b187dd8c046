/**
 * schema: the tables of the SQLite store.
 *
 * - They share one file with the collector's journal, so the file's `user_version` is the journal's; ours
 *   stands in the table `store_progress`. Names are our own: nothing else may write these tables.
 * - WITHOUT ROWID, keyed by (series, time): an hour of a series lies together and is read in one sweep.
 * - `flags` = quality + 4 x late. SQLite keeps a -0 as 0; `rollup` has made it 0 before.
 */
import { Fault } from "../../../protocol/index.ts";

const SCHEMA_VERSION = 1;

const TABLES = `
CREATE TABLE IF NOT EXISTS sample (
  series INTEGER NOT NULL, at INTEGER NOT NULL, value REAL NOT NULL, flags INTEGER NOT NULL,
  PRIMARY KEY (series, at)
) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS summary (
  series INTEGER NOT NULL, at INTEGER NOT NULL, n INTEGER NOT NULL, min REAL NOT NULL, max REAL NOT NULL, sum REAL NOT NULL,
  first REAL NOT NULL, last REAL NOT NULL, last_at INTEGER NOT NULL, covered INTEGER NOT NULL, weighted_sum REAL NOT NULL,
  flags INTEGER NOT NULL,
  PRIMARY KEY (series, at)
) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS bucket (
  series INTEGER NOT NULL, start INTEGER NOT NULL, n INTEGER NOT NULL, min REAL NOT NULL, max REAL NOT NULL, sum REAL NOT NULL,
  first REAL NOT NULL, first_at INTEGER NOT NULL, last REAL NOT NULL, last_at INTEGER NOT NULL,
  covered INTEGER NOT NULL, weighted_sum REAL NOT NULL,
  suspect INTEGER NOT NULL, bad INTEGER NOT NULL, late INTEGER NOT NULL, revision INTEGER NOT NULL,
  PRIMARY KEY (series, start)
) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS store_progress (
  one INTEGER PRIMARY KEY CHECK (one = 1), schema_version INTEGER NOT NULL, position INTEGER NOT NULL, note TEXT NOT NULL
) STRICT;
INSERT OR IGNORE INTO store_progress VALUES (1, ${SCHEMA_VERSION}, 0, '');
`;

/** What this file needs of a connection. */
interface Connection {
  exec(sql: string): unknown;
  prepare(sql: string): { get(): unknown };
}

/** Makes the tables where they are missing. Repeating it changes nothing. */
export function createTables(connection: Connection): void {
  connection.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT;`);
}

/** @throws Fault `no_data` where the tables are missing, `data_too_new` where a later program made them. */
export function checkTables(connection: Connection, file: string): void {
  const table = connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'store_progress'").get();
  if (table === undefined) throw noData(file);
  const { version } = connection.prepare("SELECT schema_version AS version FROM store_progress").get() as { version: number };
  if (version <= SCHEMA_VERSION) return;
  throw new Fault("data_too_new", `${file}: expected a store of version ${SCHEMA_VERSION} or older, got version ${version}`, {
    hint: "a newer tributary-collector has written this file: start that one, or restore a backup made before the upgrade",
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
