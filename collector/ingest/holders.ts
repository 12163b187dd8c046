/**
 * holders: which device has the name of an agent, and what it said of itself in its last hello, on disk.
 */
import type { Database } from "better-sqlite3";
import type { EpochMicros, Hello } from "../../protocol/index.ts";
import type { Holder } from "./devices.ts";
import { type PreparedOnce, preparedOnce } from "./prepared-once.ts";

export class Holders {
  readonly #db: PreparedOnce;

  constructor(db: Database) {
    this.#db = preparedOnce(db);
  }

  /** All that `work` notes stands or falls together, behind one sync. */
  together(work: () => void): void {
    this.#db.transaction(work).immediate();
  }

  /** Notes what the device that holds the name said, and how it is known from now on. */
  hear(agent: string, { software, clock, pending, epochs, labels }: Hello, holder: Holder, now: EpochMicros): void {
    const kept = JSON.stringify(epochs.map(({ epoch, from, to }) => [epoch, from, to]));
    this.#db
      .prepare(
        `INSERT INTO agent (name, first_at, hello_at, software, clock, pending, epochs, holder, labels, newest_stream)
         VALUES (@agent, @now, @now, @software, @clock, @pending, @kept, @holder, @labels, (SELECT COALESCE(MAX(id), 0) FROM stream))
         ON CONFLICT (name) DO UPDATE SET hello_at = @now, software = @software, clock = @clock, pending = @pending,
           epochs = @kept, holder = @holder, labels = @labels, newest_stream = excluded.newest_stream`,
      )
      .run({
        ...{ agent, now, software, clock: JSON.stringify(clock), pending, kept, holder: JSON.stringify(holder) },
        labels: labels === undefined ? null : JSON.stringify(labels),
      });
  }

  /** Another device wanted the name of this agent. */
  noteRefused(agent: string, now: EpochMicros): void {
    this.#db.prepare("UPDATE agent SET refused_at = ? WHERE name = ?").run(now, agent);
  }

  /** Notes what the operator decided of it. */
  set(agent: string, holder: Holder): void {
    this.#db.prepare("UPDATE agent SET holder = ?, refused_at = NULL WHERE name = ?").run(JSON.stringify(holder), agent);
  }

  /** All of them. */
  list(): { readonly agent: string; readonly holder: Holder }[] {
    const rows = this.#db.prepare("SELECT name, holder FROM agent WHERE holder IS NOT NULL").all() as Record<"name" | "holder", string>[];
    return rows.map(({ name, holder }) => ({ agent: name, holder: readHolder(holder) }));
  }
}

/** In older data folders `before` is a single token. */
function readHolder(json: string): Holder {
  const { before, ...rest } = JSON.parse(json) as Omit<Holder, "before"> & { readonly before: string | readonly string[] };
  return { ...rest, before: typeof before === "string" ? [before] : before };
}
