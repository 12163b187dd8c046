/**
 * set-aside: a salvaged spool takes the place of the damaged one, whatever interrupts it.
 *
 * 1. `<path>.salvaging` takes what can be read, while the damaged file stands where it was. A start that finds one
 *    begins anew.
 * 2. Whole and synced it becomes `<path>.salvaged-<time>`. A start that finds one goes on from here.
 * 3. The damaged file, with its WAL, becomes `<path>.corrupt-<time>`, and the salvaged one takes its name.
 *
 * So at each instant either all of the damaged file is there under its name, or all of the salvaged one is there to be
 * used. Of the damaged files the newest two are kept, for inspection: what could be read of them is in the spool, and
 * each takes as much of the disk as the spool itself. The older ones go before the next salvage, which needs the room.
 */
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type EpochMicros, isoInstant, type Random } from "../../protocol/index.ts";
import { type Salvaged, salvage } from "./salvage.ts";
import { openDatabase } from "./schema.ts";
import { SpoolFile } from "./spool-file.ts";

/** What was found in a damaged spool, and where it is now. */
export interface SetAside extends Salvaged {
  readonly movedTo: string;
  /** Damaged files of earlier times that were removed for it. */
  readonly removed: readonly string[];
}

/** Damaged files that are kept beside the newest one. */
const KEPT_BEFORE = 1;
const SIDECARS = ["-wal", "-shm"];

/** Leaves the salvaged spool whole beside the damaged one; `putInPlace` does the rest. */
export function salvageBeside(path: string, random: Random, now: EpochMicros): void {
  const scratch = `${path}.salvaging`;
  removeWithSidecars(scratch);
  const removed = removeOldCopies(path);
  const time = timeBehind(path, now);
  try {
    fillFrom(path, scratch, random, { movedTo: copyName(path, time), removed });
  } catch (error) {
    removeWithSidecars(scratch); // a full disk has better use for it
    throw error;
  }
  renameSync(scratch, salvagedName(path, time));
  syncFolder(path);
}

/** Gives the salvaged spool the name of the damaged one, where there is a salvaged one. */
export function putInPlace(path: string): void {
  const prefix = salvagedName(path, "");
  const time = namesBeside(path)
    .find((name) => name.startsWith(prefix))
    ?.slice(prefix.length);
  if (time === undefined) return;
  rmSync(`${path}-shm`, { force: true }); // SQLite makes it from the WAL
  if (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size === 0) rmSync(`${path}-wal`);
  // The damaged file's own WAL must be gone from beside it, or SQLite would play it into the salvaged one.
  for (const suffix of ["-wal", ""]) {
    if (existsSync(path + suffix)) renameSync(path + suffix, copyName(path, time) + suffix);
  }
  syncFolder(path);
  renameSync(salvagedName(path, time), path);
  syncFolder(path);
}

/** What the salvage before this start found; said once. */
export function takeReport(spool: SpoolFile): SetAside | undefined {
  const report = spool.meta.json<SetAside | null>("salvage", null);
  if (report === null) return undefined;
  spool.meta.set("salvage", "null");
  return report;
}

/** Nobody reads the new file before it is whole, so it needs no log beside it, nor the room for one. */
function fillFrom(path: string, scratch: string, random: Random, report: Pick<SetAside, "movedTo" | "removed">): void {
  const db = openDatabase(scratch);
  try {
    db.pragma("journal_mode = MEMORY");
    const spool = new SpoolFile(db, random);
    spool.transaction(() => {
      const salvaged = salvage(path, spool);
      spool.meta.set("salvage", JSON.stringify({ ...salvaged, ...report } satisfies SetAside));
    });
  } finally {
    db.close();
  }
}

/** Every copy was salvaged: a damaged file gets the name of one behind its salvage. */
function removeOldCopies(path: string): string[] {
  const old = copiesOf(path).slice(0, -KEPT_BEFORE);
  for (const copy of old) removeWithSidecars(copy);
  return old;
}

/** Oldest first. */
function copiesOf(path: string): string[] {
  const copies = namesBeside(path).filter((name) => name.startsWith(copyName(path, "")));
  return [...new Set(copies.map((name) => name.replace(/-(wal|shm)$/, "")))].toSorted();
}

function removeWithSidecars(file: string): void {
  for (const suffix of ["", ...SIDECARS]) rmSync(file + suffix, { force: true });
}

/** Sorts behind the copies that are there: with a `+` where the clock stood still since, or went back. */
function timeBehind(path: string, now: EpochMicros): string {
  const time = isoInstant(now).replaceAll(":", "");
  const newest = copiesOf(path).at(-1)?.slice(copyName(path, "").length) ?? "";
  return newest < time ? time : `${newest}+`;
}

function namesBeside(path: string): string[] {
  const folder = dirname(path);
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(path)}.`))
    .map((name) => join(folder, name));
}

function copyName(path: string, time: string): string {
  return join(dirname(path), `${basename(path)}.corrupt-${time}`);
}

function salvagedName(path: string, time: string): string {
  return join(dirname(path), `${basename(path)}.salvaged-${time}`);
}

function syncFolder(path: string): void {
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
