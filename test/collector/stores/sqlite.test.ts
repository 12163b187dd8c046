/**
 * The SQLite store keeps the contract, and says what is wrong with a file it cannot use.
 */
import fs from "node:fs/promises";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { createSqliteStore } from "../../../collector/stores/sqlite.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { faultCode } from "../fault-code.ts";
import { storeSuite } from "./store-suite.ts";

storeSuite("sqlite", async () => {
  const dir = await tempDir();
  return {
    create: () => createSqliteStore({ file: dir.join("data.db"), access: "write" }),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
});

test("opening for reading sees what was put and leaves the file as it is", async () => {
  await using dir = await tempDir();
  const file = dir.join("data.db");
  const writer = createSqliteStore({ file, access: "write" });
  await writer.open();
  await writer.put({ hours: [], buckets: [], progress: { position: 4, note: "four" } });
  await writer.close();
  const before = await fs.readFile(file);
  const reader = createSqliteStore({ file, access: "read" });
  await reader.open();
  expect(await reader.progress()).toEqual({ position: 4, note: "four" });
  expect(await faultCode(reader.put({ hours: [], buckets: [], progress: { position: 5, note: "" } }))).toBe("store_not_writable");
  await reader.close();
  expect(await fs.readFile(file)).toEqual(before);
});

test("a reader sees the puts of a writer that stays open", async () => {
  await using dir = await tempDir();
  const writer = createSqliteStore({ file: dir.join("data.db"), access: "write" });
  const reader = createSqliteStore({ file: dir.join("data.db"), access: "read" });
  await writer.open();
  await reader.open();
  await writer.put({ hours: [], buckets: [], progress: { position: 12, note: "" } });
  expect((await reader.progress()).position).toBe(12);
  await reader.close();
  await writer.close();
});

test("the store shares its file with tables and a user_version that are not its own", async () => {
  await using dir = await tempDir();
  const file = dir.join("data.db");
  const other = new Database(file);
  other.exec("PRAGMA user_version = 41; CREATE TABLE journal (row INTEGER PRIMARY KEY)");
  const store = createSqliteStore({ file, access: "write" });
  await store.open();
  await store.close();
  expect(other.pragma("user_version", { simple: true })).toBe(41);
  other.close();
});

test("data of a later version is refused with a fault that says so", async () => {
  await using dir = await tempDir();
  const file = dir.join("data.db");
  const store = createSqliteStore({ file, access: "write" });
  await store.open();
  await store.close();
  const later = new Database(file);
  later.exec("UPDATE store_progress SET schema_version = 2");
  later.close();
  expect(await faultCode(createSqliteStore({ file, access: "write" }).open())).toBe("data_too_new");
});

test("reading where no collector has ever written is a fault", async () => {
  await using dir = await tempDir();
  expect(await faultCode(createSqliteStore({ file: dir.join("data.db"), access: "read" }).open())).toBe("no_data");
  new Database(dir.join("empty.db")).exec("CREATE TABLE other (x)").close();
  expect(await faultCode(createSqliteStore({ file: dir.join("empty.db"), access: "read" }).open())).toBe("no_data");
});

test("a file that is no database is a fault and stays as it is", async () => {
  await using dir = await tempDir();
  const file = dir.join("data.db");
  await fs.writeFile(file, "this is no database, and somebody may want to keep it".repeat(40));
  const before = await fs.readFile(file);
  expect(await faultCode(createSqliteStore({ file, access: "write" }).open())).toBe("store_damaged");
  expect(await fs.readFile(file)).toEqual(before);
});

test("a folder that is missing is a fault", async () => {
  await using dir = await tempDir();
  expect(await faultCode(createSqliteStore({ file: dir.join("missing", "data.db"), access: "write" }).open())).toBe("store_unreachable");
});
