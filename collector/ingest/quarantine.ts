/**
 * quarantine: refused input, kept with its reason and the version of the rules that refused it. Never overwritten.
 *
 * What one agent may fill of it is bounded: beyond that its refused readings and conflicts are counted only, what
 * is no batch is counted only, and a batch that cannot be read is not taken (`busy`): an ack would promise that
 * it is kept.
 */
import type { Database } from "better-sqlite3";
import type { EpochMicros } from "../../protocol/index.ts";
import type { Conflict } from "../rollup/batch.ts";
import type { SeriesNumber, Span } from "../stores/contract.ts";
import { type PreparedOnce, preparedOnce } from "./prepared-once.ts";
import type { RefusedReading } from "./validate.ts";

/** Counts the changes of the built-in rules and their order. */
const RULES_VERSION = 1;

/** Of one agent. */
export const QUARANTINE_ENTRIES = 10_000;
export const QUARANTINE_RAW_BYTES = 64 * 1024 * 1024;

interface Size {
  entries: number;
  rawBytes: number;
}

export class Quarantine {
  readonly #db: PreparedOnce;
  #sizes: Map<string, Size> | undefined;

  constructor(db: Database) {
    this.#db = preparedOnce(db);
  }

  /** A payload that is no batch, or a batch that could not be read. The caller asks `isFull` first. */
  keepRaw(agent: string, reason: string, payload: Uint8Array, now: EpochMicros): void {
    this.#db
      .prepare("INSERT INTO quarantine (received_at, agent, reason, rules, raw) VALUES (?, ?, ?, ?, ?)")
      .run(now, agent, reason, RULES_VERSION, payload);
    this.#grow(agent, 1, payload.length);
  }

  /** One reading of an accepted batch. */
  keepReading(agent: string, row: number, { reason, series, at, value }: RefusedReading, now: EpochMicros): void {
    if (this.isFull(agent)) return;
    this.#db
      .prepare("INSERT INTO quarantine (received_at, agent, reason, rules, row, series, at, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
      .run(now, agent, reason, RULES_VERSION, row, series ?? null, at, value);
    this.#grow(agent, 1, 0);
  }

  /** A value whose place is taken; the same contradiction is kept once. */
  keepConflict({ row, series, at, value }: Conflict, now: EpochMicros): void {
    const agent = this.#db.prepare("SELECT agent FROM series WHERE number = ?").pluck().get(series) as string;
    if (this.isFull(agent)) return;
    const { changes } = this.#db
      .prepare(
        `INSERT OR IGNORE INTO quarantine (received_at, agent, reason, rules, row, series, at, value)
         VALUES (?, ?, 'conflict', ?, ?, ?, ?, ?)`,
      )
      .run(now, agent, RULES_VERSION, row, series, at, value);
    this.#grow(agent, changes, 0);
  }

  isFull(agent: string): boolean {
    const { entries, rawBytes } = this.#sizeOf(agent);
    return entries >= QUARANTINE_ENTRIES || rawBytes >= QUARANTINE_RAW_BYTES;
  }

  /** A transaction was rolled back: what it kept is not there. */
  recount(): void {
    this.#sizes = undefined;
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
    const rows = this.#db
      .prepare("SELECT agent, reason, COUNT(*) AS count FROM quarantine GROUP BY agent, reason ORDER BY agent, reason")
      .all();
    return rows as { agent: string; reason: string; count: number }[];
  }

  #grow(agent: string, entries: number, rawBytes: number): void {
    const size = this.#sizeOf(agent);
    size.entries += entries;
    size.rawBytes += rawBytes;
  }

  #sizeOf(agent: string): Size {
    this.#sizes ??= this.#count();
    const known = this.#sizes.get(agent) ?? { entries: 0, rawBytes: 0 };
    this.#sizes.set(agent, known);
    return known;
  }

  #count(): Map<string, Size> {
    const rows = this.#db
      .prepare("SELECT agent, COUNT(*) AS entries, COALESCE(SUM(LENGTH(raw)), 0) AS rawBytes FROM quarantine GROUP BY agent")
      .all() as (Size & { readonly agent: string })[];
    return new Map(rows.map(({ agent, entries, rawBytes }) => [agent, { entries, rawBytes }]));
  }
}
