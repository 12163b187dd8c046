import fs from "node:fs";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { queryResting, readDatabaseHeader } from "../../../protocol/index.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";

function makeDatabase(dir: TempDir): { readonly file: string; readonly db: Database.Database } {
  const file = dir.join("it's 100%? a #file.db");
  const db = new Database(file);
  db.pragma("journal_mode = WAL");
  db.pragma("user_version = 7");
  db.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)");
  return { file, db };
}

test("a file that rests is read, and nothing is left beside it", async () => {
  await using dir = await tempDir();
  const { file, db } = makeDatabase(dir);
  db.close();
  const before = fs.readFileSync(file);
  expect(await readDatabaseHeader(file)).toEqual({ bytes: before.length, version: 7, logBytes: 0, isTorn: false });
  expect(await queryResting(file, "SELECT SUM(a) AS sum FROM t")).toEqual([{ sum: 3 }]);
  expect(fs.readdirSync(dir.path)).toHaveLength(1);
  expect(fs.readFileSync(file)).toEqual(before);
});

test("a file in use shows its log", async () => {
  await using dir = await tempDir();
  const { file, db } = makeDatabase(dir);
  expect((await readDatabaseHeader(file))?.logBytes).toBeGreaterThan(0);
  db.close();
});

test("a file whose end is gone is torn, other bytes are damage, and none is none", async () => {
  await using dir = await tempDir();
  const { file, db } = makeDatabase(dir);
  db.close();
  fs.truncateSync(file, 5_000);
  expect(await readDatabaseHeader(file)).toMatchObject({ isTorn: true });
  await expect(queryResting(file, "SELECT nothing FROM t")).rejects.toMatchObject({ code: "database_damaged" });
  fs.writeFileSync(file, "a text");
  await expect(readDatabaseHeader(file)).rejects.toMatchObject({ code: "database_damaged" });
  expect(await readDatabaseHeader(dir.join("none.db"))).toBeUndefined();
});

test("a file that was made and not written to yet is no damage", async () => {
  await using dir = await tempDir();
  fs.writeFileSync(dir.join("new.db"), "");
  expect(await readDatabaseHeader(dir.join("new.db"))).toEqual({ bytes: 0, version: 0, logBytes: 0, isTorn: false });
});
