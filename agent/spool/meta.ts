/**
 * meta: the single values of a spool, by name, each with a checksum: SQLite has none over its pages.
 */
import type { Database, Statement } from "better-sqlite3";
import { sha256Prefix } from "../../protocol/index.ts";

type Key =
  /** "1" after an orderly close, "0" while it is open. */
  | "clean"
  /** SamplerState as of the last seal, JSON. */
  | "state"
  /** Readings sealed and lost since the spool was made. */
  | "sealed"
  | "lost"
  /** Readings that the seal itself summarised, and the summaries it made of them, JSON. */
  | "at_seal"
  /** Generation, JSON. */
  | "generation"
  /** Last stamp of each sensor and the clock generation it was made in, JSON. */
  | "stamps"
  /** Keys of pending batches that go first, JSON. */
  | "urgent"
  /** Fork token of the last hello-ack, hex. */
  | "token"
  /** Fingerprint of the device that this spool was last used on, hex. */
  | "device"
  /** What a salvage found, JSON; null once it was told. */
  | "salvage";

/** Under which clock the newest stamps were made. */
export interface Generation {
  readonly number: number;
  readonly boot: string;
  readonly offset: number;
  /** Was the offset a guess? */
  readonly suspect: boolean;
}

export interface MetaRow {
  readonly key: string;
  readonly value: string;
  readonly check: string;
}

export function isSoundMeta({ key, value, check }: MetaRow): boolean {
  return check === checkOf(key, value);
}

export class Meta {
  readonly #get: Statement;
  readonly #set: Statement;
  readonly #all: Statement;

  constructor(db: Database) {
    this.#get = db.prepare("SELECT value FROM meta WHERE key = ?").pluck();
    this.#set = db.prepare('INSERT OR REPLACE INTO meta (key, value, "check") VALUES (?, ?, ?)');
    this.#all = db.prepare("SELECT * FROM meta");
  }

  /** Does every value say what was written? */
  isSound(): boolean {
    return (this.#all.all() as MetaRow[]).every(isSoundMeta);
  }

  text(key: Key): string | undefined {
    return this.#get.get(key) as string | undefined;
  }

  number(key: Key): number {
    return Number(this.text(key) ?? 0);
  }

  json<T>(key: Key, otherwise: T): T {
    const text = this.text(key);
    return text === undefined ? otherwise : (JSON.parse(text) as T);
  }

  set(key: Key, value: string | number): void {
    this.#set.run(key, String(value), checkOf(key, String(value)));
  }
}

function checkOf(key: string, value: string): string {
  return sha256Prefix(Buffer.from(`${key} ${value}`));
}
