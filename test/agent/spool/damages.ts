/**
 * damages: what happens to files on cards that wear out, by name: a function that damages a spool's files, and what
 * must survive.
 */
import fs from "node:fs";
import Database from "better-sqlite3";
import type { SeededRandom } from "../../support/seeded-random.ts";

export interface Damage {
  readonly harm: (path: string, random: SeededRandom) => void;
  /** Was the agent killed, so that the last commits stand in the WAL? Else it was closed. */
  readonly killed?: true;
  /**
   * `all`: found sound, everything there. `older`: found sound, as of some moment before; `moved`: moved aside, what can
   * be read is taken over; `either`: sound or moved aside, as the byte falls.
   */
  readonly outcome: "all" | "older" | "moved" | "either";
  /** Must all batches, and all open readings, be there? */
  readonly keeps?: "everything" | "batches" | "nothing";
}

const PAGE = 512;

export const DAMAGES: Readonly<Record<string, Damage>> = {
  "nothing, after a kill": { killed: true, harm: () => {}, outcome: "all" },
  "a missing -shm": { killed: true, harm: (path) => fs.rmSync(`${path}-shm`), outcome: "all" },
  "a missing -wal": { killed: true, harm: (path) => fs.rmSync(`${path}-wal`), outcome: "older" },
  "a WAL that ends anywhere": {
    killed: true,
    harm: (path, random) => truncate(`${path}-wal`, (size) => random.below(size)),
    outcome: "older",
  },
  "a flipped byte in the WAL": { killed: true, harm: (path, random) => flipAny(`${path}-wal`, random), outcome: "older" },
  "zero length, after a close": { harm: (path) => fs.truncateSync(path), outcome: "moved", keeps: "nothing" },
  "zero length, with the WAL there": { killed: true, harm: (path) => fs.truncateSync(path), outcome: "moved", keeps: "everything" },
  "a file of garbage": { harm: (path, random) => fs.writeFileSync(path, random.bytes(20_000)), outcome: "moved", keeps: "nothing" },
  "a text file": { harm: (path) => fs.writeFileSync(path, "spool: see /data\n"), outcome: "moved", keeps: "nothing" },
  "a torn tail": { harm: (path) => truncate(path, (size) => size - 3 * PAGE), outcome: "moved" },
  "half a file": { harm: (path) => truncate(path, (size) => Math.ceil(size / 2)), outcome: "moved" },
  "a torn page": { harm: (path) => truncate(path, (size) => size - 100), outcome: "either" },
  "a flipped byte in SQLite's name": { harm: (path) => flip(path, 3), outcome: "moved", keeps: "nothing" },
  "a flipped byte in the page size": { harm: (path) => flip(path, 16), outcome: "moved", keeps: "nothing" },
  "a page of zeros in the middle": {
    harm: (path, random) => overwrite(path, (pages) => 1 + random.below(pages - 1), new Uint8Array(PAGE)),
    outcome: "either",
  },
  "a page of garbage in the middle": {
    harm: (path, random) => overwrite(path, (pages) => 1 + random.below(pages - 1), random.bytes(PAGE)),
    outcome: "either",
  },
  "a column of another name": {
    harm: misspell,
    outcome: "moved",
    keeps: "everything",
  },
  "a flipped byte anywhere": { harm: flipAny, outcome: "either" },
  "a flipped byte anywhere, after a kill": { killed: true, harm: flipAny, outcome: "either" },
  "a broken root of the batches": { harm: (path) => overwrite(path, () => rootOf(path, "batch"), new Uint8Array(PAGE)), outcome: "either" },
  "a broken root of the journal": {
    harm: (path) => overwrite(path, () => rootOf(path, "journal"), new Uint8Array(PAGE)),
    outcome: "moved",
    keeps: "batches",
  },
  "a broken root of the single values": {
    harm: (path) => overwrite(path, () => rootOf(path, "meta"), new Uint8Array(PAGE)),
    outcome: "moved",
    keeps: "everything",
  },
  "a broken root of the catalogs": {
    harm: (path) => overwrite(path, () => rootOf(path, "catalog"), new Uint8Array(PAGE)),
    outcome: "moved",
    keeps: "batches",
  },
  "a broken root of the epochs": {
    harm: (path) => overwrite(path, () => rootOf(path, "epoch"), new Uint8Array(PAGE)),
    outcome: "moved",
    keeps: "everything",
  },
};

function truncate(path: string, to: (size: number) => number): void {
  fs.truncateSync(path, Math.max(0, to(fs.statSync(path).size)));
}

/** One letter of what SQLite keeps of a table as text: none of its own checks looks at that. */
function misspell(path: string): void {
  const db = new Database(path);
  db.unsafeMode().pragma("writable_schema = ON");
  db.exec("UPDATE sqlite_schema SET sql = replace(sql, 'offered', 'offeped') WHERE name = 'epoch'");
  db.close();
}

function flipAny(path: string, random: SeededRandom): void {
  flip(path, random.below(fs.statSync(path).size));
}

function flip(path: string, at: number): void {
  const bytes = fs.readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  fs.writeFileSync(path, bytes);
}

/** @param page counted from 0. */
function overwrite(path: string, page: (pages: number) => number, content: Uint8Array): void {
  const bytes = fs.readFileSync(path);
  bytes.set(content, page(bytes.length / PAGE) * PAGE);
  fs.writeFileSync(path, bytes);
}

/** Root page of a table, counted from 0. */
function rootOf(path: string, table: string): number {
  const db = new Database(path, { readonly: true });
  try {
    return (db.prepare("SELECT rootpage FROM sqlite_master WHERE name = ?").pluck().get(table) as number) - 1;
  } finally {
    db.close();
  }
}
