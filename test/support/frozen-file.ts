/**
 * frozen-file: a data file as a released version of a program left it, made from its dump.
 *
 * A dump is `sqlite3 FILE .dump`, kept as `<version>.sql`, and is never written again. It carries no pragmas, so
 * the number of the version is its name.
 */
import fs from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { expect } from "vitest";

/** @param folder of the dumps; `pragmas` that have to stand before the first table. */
export function thaw(folder: string, version: number, file: string, pragmas: readonly string[] = []): string {
  const db = new Database(file);
  for (const pragma of pragmas) db.pragma(pragma);
  db.exec(fs.readFileSync(path.join(folder, `${version}.sql`), "utf8"));
  db.pragma(`user_version = ${version}`);
  db.close();
  return file;
}

/** One dump for each version that this program knows, and none else. */
export function expectDumps(folder: string, newest: number): void {
  const dumps = Array.from({ length: newest }, (_, index) => `${index + 1}.sql`);
  expect(fs.readdirSync(folder).toSorted(), `freeze it with: sqlite3 FILE .dump > ${folder}/${newest}.sql`).toEqual(dumps.toSorted());
}

/** The tables and indexes of a file, in the words in which they were made, spaces aside. */
export function tablesOf(file: string): readonly string[] {
  const db = new Database(file, { readonly: true });
  const rows = db.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").pluck().all() as string[];
  db.close();
  return rows.map((sql) => sql.replaceAll(/\s+/g, " "));
}
