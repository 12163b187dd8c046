/**
 * faults: what SQLite reports about the machine, as faults; what it reports about us stays a bug.
 */
import Database from "better-sqlite3";
import { Fault, type FaultDetails } from "../../../protocol/index.ts";

/** By the beginning of SQLite's result code; the first that fits counts. */
const MEANINGS: readonly (readonly [code: string, fault: string, details: FaultDetails])[] = [
  ["SQLITE_FULL", "disk_full", { retry: true, hint: "free some space on that disk; the readings wait in the agents meanwhile" }],
  ["SQLITE_BUSY", "store_busy", { retry: true, hint: "another program holds the file: find it with fuser, or wait" }],
  ["SQLITE_LOCKED", "store_busy", { retry: true, hint: "another program holds the file: find it with fuser, or wait" }],
  ["SQLITE_CORRUPT", "store_damaged", { hint: "stop the collector, keep the file, and restore the last backup" }],
  ["SQLITE_NOTADB", "store_damaged", { hint: "this is no data file of a collector: name another one, or move it away" }],
  ["SQLITE_READONLY", "store_not_writable", { hint: "give the user of the collector the right to write the file and its folder" }],
  ["SQLITE_CANTOPEN", "store_unreachable", { hint: "create the folder and give the user of the collector the right to it" }],
  ["SQLITE_PERM", "store_unreachable", { hint: "give the user of the collector the right to the file and its folder" }],
  ["SQLITE_IOERR", "disk_error", { retry: true, hint: "look at the kernel's log (dmesg) for errors of that disk" }],
];

/** Runs `work`, turning what SQLite says about the machine into a Fault that names the file. */
export function withFaults<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    const meaning = MEANINGS.find(([code]) => error.code.startsWith(code));
    if (meaning === undefined) throw error;
    throw new Fault(meaning[1], `${file}: expected to use it, got ${error.message} (${error.code})`, { ...meaning[2], cause: error });
  }
}
