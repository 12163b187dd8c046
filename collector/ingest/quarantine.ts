/**
 * quarantine: refused input, kept with its reason and the version of the rules that refused it. Never overwritten.
 */
import type { Database } from "better-sqlite3";
import type { EpochMicros } from "../../protocol/index.ts";
import type { Conflict } from "../rollup/batch.ts";
import type { SeriesNumber, Span } from "../stores/contract.ts";
import type { RefusedReading } from "./validate.ts";

/** Counts the changes of the built-in rules and their order. */
const RULES_VERSION = 1;

export class Quarantine {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** A payload that is no batch, or a batch that could not be read. Bounded by the caller. */
  keepRaw(agent: string, reason: string, payload: Uint8Array, now: EpochMicros): void {
    this.#db
      .prepare("INSERT INTO quarantine (received_at, agent, reason, rules, raw) VALUES (?, ?, ?, ?, ?)")
      .run(now, agent, reason, RULES_VERSION, payload);
  }

  /** One reading of an accepted batch. */
  keepReading(agent: string, row: number, { reason, series, at, value }: RefusedReading, now: EpochMicros): void {
    this.#db
      .prepare("INSERT INTO quarantine (received_at, agent, reason, rules, row, series, at, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
      .run(now, agent, reason, RULES_VERSION, row, series ?? null, at, value);
  }

  /** A value whose place is taken; the same contradiction is kept once. */
  keepConflict({ row, series, at, value }: Conflict, now: EpochMicros): void {
    this.#db
      .prepare(
        `INSERT OR IGNORE INTO quarantine (received_at, agent, reason, rules, row, series, at, value)
         SELECT ?, agent, 'conflict', ?, ?, number, ?, ? FROM series WHERE number = ?`,
      )
      .run(now, RULES_VERSION, row, at, value, series);
  }

  sizeOf(agent: string): number {
    return this.#db.prepare("SELECT COUNT(*) FROM quarantine WHERE agent = ?").pluck().get(agent) as number;
  }

  /** Refused readings of one series by the start of their quarter hour. */
  countByQuarter(series: SeriesNumber, { from, to }: Span, quarter: number): Map<EpochMicros, number> {
    const rows = this.#db
      .prepare("SELECT at - at % ? AS start, COUNT(*) AS count FROM quarantine WHERE series = ? AND at >= ? AND at < ? GROUP BY start")
      .all(quarter, series, from, to) as { start: EpochMicros; count: number }[];
    return new Map(rows.map(({ start, count }) => [start, count]));
  }

  /** By agent and reason. */
  counts(): { readonly agent: string; readonly reason: string; readonly count: number }[] {
    const rows = this.#db.prepare("SELECT agent, reason, COUNT(*) AS count FROM quarantine GROUP BY agent, reason ORDER BY agent, reason").all();
    return rows as { agent: string; reason: string; count: number }[];
  }
}
