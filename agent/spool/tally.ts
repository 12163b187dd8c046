/**
 * tally: how much of everything the spool holds, without looking through it: 200,000 batches are counted in a tenth of
 * a second, too long for what a status, each commit and each ack ask.
 *
 * The numbers stand in a temporary table, which is memory of this connection: triggers follow every change of a row,
 * and a transaction that is rolled back takes them back too. Nothing of it is written to the disk. They are counted
 * once, when the spool is opened.
 */
import type { Database } from "better-sqlite3";
import type { BatchKind } from "../../protocol/index.ts";

export interface Amount {
  readonly batches: number;
  readonly readings: number;
  readonly bytes: number;
}

const NOTHING: Amount = { batches: 0, readings: 0, bytes: 0 };

const ADDED = `
  INSERT OR IGNORE INTO tally (state, kind) VALUES (IFNULL(NEW.state, -1), IFNULL(NEW.kind, ''));
  UPDATE tally SET batches = batches + 1, readings = readings + IFNULL(NEW.count, 0), bytes = bytes + IFNULL(NEW.size, 0),
    newest = MAX(newest, IFNULL(NEW.sealed_at, 0)) WHERE state = IFNULL(NEW.state, -1) AND kind = IFNULL(NEW.kind, '');`;

/** A column of a row that is lost with its page is null. */
const GONE = `
  UPDATE tally SET batches = batches - 1, readings = readings - IFNULL(OLD.count, 0), bytes = bytes - IFNULL(OLD.size, 0)
    WHERE state = IFNULL(OLD.state, -1) AND kind = IFNULL(OLD.kind, '');`;

const TALLY = `
  PRAGMA temp_store = MEMORY;
  CREATE TEMP TABLE tally (state INTEGER, kind TEXT, batches INTEGER DEFAULT 0, readings INTEGER DEFAULT 0, bytes INTEGER DEFAULT 0,
    newest INTEGER DEFAULT 0, PRIMARY KEY (state, kind)) WITHOUT ROWID;
  CREATE TEMP TABLE open_tally (readings INTEGER);
  INSERT INTO tally SELECT IFNULL(state, -1), IFNULL(kind, ''), COUNT(*), TOTAL(count), TOTAL(size), IFNULL(MAX(sealed_at), 0)
    FROM main.batch GROUP BY 1, 2;
  INSERT INTO open_tally SELECT TOTAL(count) FROM main.journal;
  CREATE TEMP TRIGGER batch_added AFTER INSERT ON main.batch BEGIN ${ADDED} END;
  CREATE TEMP TRIGGER batch_gone AFTER DELETE ON main.batch BEGIN ${GONE} END;
  CREATE TEMP TRIGGER batch_changed AFTER UPDATE OF state, count, size ON main.batch BEGIN ${GONE} ${ADDED} END;
  CREATE TEMP TRIGGER journal_added AFTER INSERT ON main.journal BEGIN UPDATE open_tally SET readings = readings + IFNULL(NEW.count, 0); END;
  CREATE TEMP TRIGGER journal_gone AFTER DELETE ON main.journal BEGIN UPDATE open_tally SET readings = readings - IFNULL(OLD.count, 0); END;
`;

export class Tally {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    db.exec(TALLY);
  }

  /** Readings in the journal. */
  get open(): number {
    return this.#db.prepare("SELECT readings FROM open_tally").pluck().get() as number;
  }

  /** Wall clock of the newest seal since the spool was opened, or of what it held then; 0 = none. */
  get newestSealedAt(): number {
    return (this.#db.prepare("SELECT MAX(newest) FROM tally").pluck().get() as number | null) ?? 0;
  }

  /** Batches in a state, of one kind or of all. */
  of(state: number, kind?: BatchKind): Amount {
    const rows = this.#db.prepare("SELECT kind, batches, readings, bytes FROM tally WHERE state = ?").all(state);
    const asked = (rows as (Amount & { readonly kind: string })[]).filter((row) => kind === undefined || row.kind === kind);
    return asked.reduce(
      (sum, { batches, readings, bytes }) => ({
        batches: sum.batches + batches,
        readings: sum.readings + readings,
        bytes: sum.bytes + bytes,
      }),
      NOTHING,
    );
  }
}
