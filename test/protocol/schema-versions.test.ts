import fs from "node:fs";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { Fault, isFault, migrate, type SchemaStep, type VersionedSchema } from "../../protocol/index.ts";
import { smallDisk } from "../support/small-disk.ts";
import { tempDir } from "../support/temp-dir.ts";

type Db = Database.Database;

const MAKE: SchemaStep<Db> = {
  run: (db) => void db.exec("CREATE TABLE box (id INTEGER PRIMARY KEY); CREATE TABLE item (box REFERENCES box (id), name TEXT)"),
};
const ADD_COLUMN: SchemaStep<Db> = { run: (db) => void db.exec("ALTER TABLE box ADD COLUMN colour TEXT DEFAULT 'red'") };
/** As SQLite's manual says it is done: a new table, the rows, the old one dropped, although others refer to it. */
const REBUILD: SchemaStep<Db> = {
  rewrites: true,
  run: (db) =>
    void db.exec(`CREATE TABLE new_box (id INTEGER PRIMARY KEY, colour TEXT NOT NULL);
      INSERT INTO new_box SELECT id, colour FROM box; DROP TABLE box; ALTER TABLE new_box RENAME TO box`),
};

function schemaOf(steps: readonly SchemaStep<Db>[]): VersionedSchema<Db> {
  return {
    steps,
    version: (db) => db.pragma("user_version", { simple: true }) as number,
    setVersion: (db, version) => void db.pragma(`user_version = ${version}`),
    newer: (file, version) => new Fault("newer", `${file} is of ${version}`),
  };
}

function filled(file: string): Db {
  const db = new Database(file);
  db.pragma("journal_mode = WAL");
  migrate(db, file, schemaOf([MAKE]));
  db.exec("INSERT INTO box (id) VALUES (1), (2); INSERT INTO item VALUES (2, 'cup')");
  return db;
}

const versionOf = (db: Db) => db.pragma("user_version", { simple: true });
const tables = (db: Db) => db.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").all();

test("a new file and an old one end with the same tables, for they take the same steps", async () => {
  await using dir = await tempDir();
  const schema = schemaOf([MAKE, ADD_COLUMN, REBUILD]);
  const old = filled(dir.join("old.db"));
  migrate(old, dir.join("old.db"), schema);
  const fresh = new Database(dir.join("new.db"));
  migrate(fresh, dir.join("new.db"), schema);
  expect(tables(old)).toEqual(tables(fresh));
  expect([versionOf(old), versionOf(fresh)]).toEqual([3, 3]);
  expect(old.prepare("SELECT * FROM box JOIN item ON item.box = box.id").all()).toEqual([{ id: 2, colour: "red", box: 2, name: "cup" }]);
});

test("what is up to date is not touched", async () => {
  await using dir = await tempDir();
  const file = dir.join("a.db");
  filled(file).close();
  const before = fs.readFileSync(file);
  const db = new Database(file, { readonly: true });
  migrate(db, file, schemaOf([MAKE]));
  db.close();
  expect(fs.readFileSync(file).equals(before)).toBe(true);
});

test("a step that fails leaves the version before it, whole, and is taken at the next start", async () => {
  await using dir = await tempDir();
  const file = dir.join("a.db");
  const db = filled(file);
  const failing: SchemaStep<Db> = {
    run(on) {
      REBUILD.run(on);
      throw new Fault("disk_error", "the disk went away");
    },
  };
  expect(() => migrate(db, file, schemaOf([MAKE, ADD_COLUMN, failing]))).toThrow("the disk went away");
  expect(versionOf(db)).toBe(2);
  expect(db.prepare("SELECT id, colour FROM box").all()).toEqual([
    { id: 1, colour: "red" },
    { id: 2, colour: "red" },
  ]);
  migrate(db, file, schemaOf([MAKE, ADD_COLUMN, REBUILD]));
  expect(versionOf(db)).toBe(3);
});

test("a kill in the middle of a step costs the step and nothing else", async () => {
  await using dir = await tempDir();
  const file = dir.join("a.db");
  const db = filled(file);
  const killed: SchemaStep<Db> = {
    run(on) {
      on.pragma("cache_size = 1"); // what is not committed is written to the WAL too
      ADD_COLUMN.run(on);
      for (const suffix of ["", "-wal"]) fs.copyFileSync(file + suffix, dir.join("killed.db") + suffix);
    },
  };
  migrate(db, file, schemaOf([MAKE, killed]));
  const after = new Database(dir.join("killed.db"));
  expect(versionOf(after)).toBe(1);
  expect(after.prepare("SELECT * FROM box").all()).toEqual([{ id: 1 }, { id: 2 }]);
  migrate(after, dir.join("killed.db"), schemaOf([MAKE, ADD_COLUMN]));
  expect(after.prepare("SELECT * FROM box").all()).toEqual([
    { id: 1, colour: "red" },
    { id: 2, colour: "red" },
  ]);
});

test("a step that leaves rows which refer to nothing is a bug, and is undone", async () => {
  await using dir = await tempDir();
  const file = dir.join("a.db");
  const db = filled(file);
  const forgetful: SchemaStep<Db> = { run: (on) => void on.exec("DELETE FROM box WHERE id = 2") };
  expect(() => migrate(db, file, schemaOf([MAKE, forgetful]))).toThrow("BUG: the step to version 2");
  expect(versionOf(db)).toBe(1);
  expect(db.prepare("SELECT id FROM box").pluck().all()).toEqual([1, 2]);
  expect(db.pragma("foreign_keys", { simple: true })).toBe(1);
});

test("a file of a later version is refused", async () => {
  await using dir = await tempDir();
  const db = filled(dir.join("a.db"));
  db.pragma("user_version = 7");
  expect(() => migrate(db, "a.db", schemaOf([MAKE]))).toThrow("a.db is of 7");
});

test("a step that writes a table anew wants the room first, and a small step does not", async ({ skip }) => {
  await using dir = await tempDir();
  await using disk = smallDisk(dir.path, "4m") ?? skip("needs the right to mount a tmpfs (root)");
  const file = `${disk.path}/a.db`;
  const db = filled(file);
  db.exec("UPDATE item SET name = hex(zeroblob(500000))");
  db.pragma("wal_checkpoint(TRUNCATE)");
  fs.writeFileSync(`${disk.path}/other`, new Uint8Array(1_500_000));
  const refusal = thrownBy(() => migrate(db, file, schemaOf([MAKE, ADD_COLUMN, REBUILD])));
  expect(isFault(refusal, "no_room_for_upgrade")).toBe(true);
  expect(versionOf(db)).toBe(1);
  migrate(db, file, schemaOf([MAKE, ADD_COLUMN]));
  fs.rmSync(`${disk.path}/other`);
  migrate(db, file, schemaOf([MAKE, ADD_COLUMN, REBUILD]));
  expect(versionOf(db)).toBe(3);
  db.close();
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
