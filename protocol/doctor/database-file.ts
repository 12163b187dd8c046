/**
 * database-file: a SQLite file as it lies there, looked at without leaving a trace.
 *
 * Opening a database with a write-ahead log makes `-wal` and `-shm` files beside it, even for reading; made by root,
 * they would keep its own program out. So only its header is read (fileformat2.html of sqlite.org, 1.3), and what is
 * inside is read as `immutable`, which is right only where no log waits beside the file.
 */
import { open, stat } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { Fault } from "../faults.ts";

export interface DatabaseHeader {
  readonly bytes: number;
  /** What the program calls its version: `PRAGMA user_version`. Old where a log waits. */
  readonly version: number;
  /** Of the write-ahead log: more than 0 while it is in use, or where its program did not end in order. */
  readonly logBytes: number;
  /** Is the file shorter than its header says, with no log that could hold the rest? */
  readonly isTorn: boolean;
}

const MAGIC = "SQLite format 3\0";
const HEADER_BYTES = 100;

/** Undefined where there is no file. @throws Fault `database_denied`, `database_damaged`. */
export async function readDatabaseHeader(path: string): Promise<DatabaseHeader | undefined> {
  const head = await readHead(path);
  if (head === undefined) return undefined;
  const { size: bytes } = await stat(path);
  const logBytes = await sizeOf(`${path}-wal`);
  if (bytes === 0) return { bytes, version: 0, logBytes, isTorn: false }; // made, and not written to yet
  if (head.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    throw new Fault("database_damaged", `${path}: expected a SQLite file, got other bytes`, {
      hint: "leave it as it is: at its next start the program moves it aside and takes over what can be read",
    });
  }
  const pageSize = head.readUInt16BE(16) === 1 ? 65_536 : head.readUInt16BE(16);
  const isCountValid = head.readUInt32BE(24) === head.readUInt32BE(92);
  const isTorn = logBytes === 0 && isCountValid && bytes < head.readUInt32BE(28) * pageSize;
  return { bytes, version: head.readUInt32BE(60), logBytes, isTorn };
}

/** Answers one query over a file that nobody has open, and leaves nothing beside it. */
export async function queryResting<Row>(path: string, sql: string): Promise<readonly Row[]> {
  const { DatabaseSync } = await import("node:sqlite"); // better-sqlite3 takes no URI, so no `immutable`
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  const db = new DatabaseSync(url, { readOnly: true });
  try {
    return db.prepare(sql).all() as Row[];
  } catch (error) {
    throw new Fault("database_damaged", `${path}: expected to read it, got ${error instanceof Error ? error.message : String(error)}`, {
      hint: "leave it as it is: at its next start the program moves it aside and takes over what can be read",
      cause: error,
    });
  } finally {
    db.close();
  }
}

async function readHead(path: string): Promise<Buffer | undefined> {
  const head = Buffer.alloc(HEADER_BYTES);
  try {
    const file = await open(path, "r");
    await file.read(head, 0, HEADER_BYTES, 0).finally(() => file.close());
    return head;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw new Fault("database_denied", `${path}: expected to read it, got ${codeOf(error)}`, {
      hint: `ask as its owner: ls -l ${path}`,
      cause: error,
    });
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0; // absent or not to be seen: as if there were none
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
