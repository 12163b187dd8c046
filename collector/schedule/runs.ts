/**
 * runs: what became of every run of every scheduled report, on disk.
 *
 * - A run is a report's name and a period, and there is one row of it for ever: what was accepted once is never
 *   delivered again, whatever happens to clocks, cron lines and processes.
 * - The rows stand in the collector's own file and not in one beside it: one lock, one backup, and a restored copy
 *   knows of its deliveries what it knows of its readings.
 * - `handled` is the instant up to which the cron line was carried out; it moves in the transaction that notes the runs.
 */
import type { Database } from "better-sqlite3";
import { type EpochMicros, Fault, MICROS_PER_DAY } from "../../protocol/index.ts";
import type { Span } from "../stores/contract.ts";

/** `refused` by the receiver for good; `expired` = not delivered within `retry_for`. */
export type RunState = "pending" | "delivered" | "refused" | "expired";

export interface RunFault {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

export interface Run extends Span {
  readonly id: number;
  /** When the cron line meant it. */
  readonly dueAt: EpochMicros;
  /** When it was noted: later than due where the collector was down. */
  readonly notedAt: EpochMicros;
  readonly state: RunState;
  readonly attempts: number;
  /** Not before this instant. */
  readonly nextAt: EpochMicros;
  /** When it came to its end; null while it is pending. */
  readonly doneAt: EpochMicros | null;
  readonly fault: RunFault | null;
}

const COLUMNS = `id, period_from AS "from", period_to AS "to", due_at AS dueAt, noted_at AS notedAt, state, attempts,
  next_at AS nextAt, done_at AS doneAt, fault`;

/** Rows older than this are let go; no cron line is carried out so late. */
const KEPT = 400 * MICROS_PER_DAY;

export interface DueRun extends Span {
  readonly dueAt: EpochMicros;
}

export class Runs {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** undefined = this report was never looked at. */
  handled(report: string): EpochMicros | undefined {
    return this.#db.prepare("SELECT handled FROM report_schedule WHERE report = ?").pluck().get(report) as EpochMicros | undefined;
  }

  /** Notes what is due. A period that has its row already is left as it is. @throws Fault `runs_unwritable` */
  note(report: string, due: readonly DueRun[], handled: EpochMicros, now: EpochMicros): void {
    this.#write(() => {
      const add = this.#db.prepare(
        "INSERT OR IGNORE INTO report_run (report, period_from, period_to, due_at, noted_at, next_at) VALUES (?, ?, ?, ?, ?, ?)",
      );
      for (const { from, to, dueAt } of due) add.run(report, from, to, dueAt, now, now);
      this.#db
        .prepare("INSERT INTO report_schedule VALUES (?, ?) ON CONFLICT (report) DO UPDATE SET handled = excluded.handled")
        .run(report, handled);
      this.#db.prepare("DELETE FROM report_run WHERE report = ? AND state <> 'pending' AND due_at < ?").run(report, now - KEPT);
    });
  }

  /** Oldest first. */
  pending(report: string): readonly Run[] {
    return this.#select("WHERE report = ? AND state = 'pending' ORDER BY due_at, id", report);
  }

  /** The run that came last to its end. */
  lastDone(report: string): Run | undefined {
    return this.#select("WHERE report = ? AND done_at IS NOT NULL ORDER BY done_at DESC, id DESC LIMIT 1", report)[0];
  }

  /** Runs that ended without a delivery, the newest first. */
  failed(report: string, limit: number): readonly Run[] {
    return this.#select(`WHERE report = ? AND state IN ('refused', 'expired') ORDER BY due_at DESC, id DESC LIMIT ${limit}`, report);
  }

  /** @throws Fault `runs_unwritable` */
  settle(id: number, state: Exclude<RunState, "pending">, fault: RunFault | undefined, now: EpochMicros): void {
    this.#write(() => {
      this.#db
        .prepare("UPDATE report_run SET state = ?, attempts = attempts + ?, done_at = ?, fault = ? WHERE id = ?")
        .run(state, state === "expired" ? 0 : 1, now, fault === undefined ? null : JSON.stringify(fault), id);
    });
  }

  /** @throws Fault `runs_unwritable` */
  postpone(id: number, fault: RunFault, nextAt: EpochMicros): void {
    this.#write(() => {
      this.#db
        .prepare("UPDATE report_run SET attempts = attempts + 1, next_at = ?, fault = ? WHERE id = ?")
        .run(nextAt, JSON.stringify(fault), id);
    });
  }

  /** Runs that were refused are pending again, where they were due since then. @throws Fault `runs_unwritable` */
  takeUpRefused(report: string, since: EpochMicros, now: EpochMicros): void {
    this.#write(() => {
      const again = "UPDATE report_run SET state = 'pending', next_at = @now, noted_at = @now, done_at = NULL";
      this.#db.prepare(`${again} WHERE report = @report AND state = 'refused' AND due_at >= @since`).run({ report, since, now });
    });
  }

  #select(where: string, report: string): readonly Run[] {
    const rows = this.#db.prepare(`SELECT ${COLUMNS} FROM report_run ${where}`).all(report) as (Omit<Run, "fault"> & {
      readonly fault: string | null;
    })[];
    return rows.map((row) => ({ ...row, fault: row.fault === null ? null : (JSON.parse(row.fault) as RunFault) }));
  }

  #write<T>(work: () => T): T {
    try {
      return this.#db.transaction(work).immediate();
    } catch (error) {
      throw diskFault(error);
    }
  }
}

/** What the disk may stop doing, as a fault; anything else is a bug. */
function diskFault(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || !/^SQLITE_(FULL|IOERR|READONLY|BUSY)/.test(String(error.code))) return error;
  return new Fault("runs_unwritable", `expected to note a run of a report in the collector's file, got ${error.code}`, {
    retry: true,
    hint: "check the free space of the collector's data folder: df -h",
    cause: error,
  });
}

export function faultOfRun(error: Fault): RunFault {
  return { code: error.code, message: error.message, hint: error.hint };
}
