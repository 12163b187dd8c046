/**
 * meta: the single values of a spool, by name.
 */
import type { Database, Statement } from "better-sqlite3";

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
  /** Clock generation (stamp.ts), and the boot and offset it was last used under, JSON. */
  | "generation"
  /** Last stamp of each sensor, JSON. */
  | "stamps"
  /** What a salvage found, JSON, until it was told. */
  | "salvage";

export class Meta {
  readonly #get: Statement;
  readonly #set: Statement;

  constructor(db: Database) {
    this.#get = db.prepare("SELECT value FROM meta WHERE key = ?").pluck();
    this.#set = db.prepare("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value");
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
    this.#set.run(key, String(value));
  }
}
