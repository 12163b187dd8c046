/**
 * schema: the collector's journal, which is also its ledger. One SQLite file, FULL sync: an ack depends on it. What
 * else must survive a restart and a restore together with it has its tables here too: tokens, runs of reports.
 */
import Database from "better-sqlite3";
import { Fault, migrate, refuseNewer, type VersionedSchema } from "../../protocol/index.ts";

const VERSION_1 = `
  CREATE TABLE journal_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

  -- One epoch of one agent. "ranges" holds the seqs whose ledger rows were let go; the counters are sums over
  -- all its data batches: readings = stored + duplicate + conflict + quarantined + not loaded yet. "resent" are
  -- those of the readings that came once more because the hash of their batch was gone. "totals" is the agent's
  -- own account in the batch that it sealed last.
  CREATE TABLE stream (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    agent TEXT NOT NULL,
    epoch TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    ranges TEXT NOT NULL DEFAULT '[]',
    batches INTEGER NOT NULL DEFAULT 0,
    readings INTEGER NOT NULL DEFAULT 0,
    stored INTEGER NOT NULL DEFAULT 0,
    duplicate INTEGER NOT NULL DEFAULT 0,
    conflict INTEGER NOT NULL DEFAULT 0,
    quarantined INTEGER NOT NULL DEFAULT 0,
    resent INTEGER NOT NULL DEFAULT 0,
    totals TEXT,
    UNIQUE (agent, epoch)
  );

  -- Journal row = ledger entry. The body leaves once the store has its readings; the row stays as long as its
  -- hash is needed. kind: data, gap (a batch that declares gaps), catalog, declared (a seq declared lost).
  CREATE TABLE ledger (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    stream INTEGER NOT NULL REFERENCES stream (id),
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    hash TEXT,
    count INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    reason TEXT,
    refused TEXT,
    loaded INTEGER NOT NULL,
    body BLOB,
    UNIQUE (stream, seq)
  );
  CREATE INDEX ledger_waiting ON ledger (row) WHERE loaded = 0;

  -- As of the last hello: "epochs" are those of its spool with what it keeps of each, [[epoch, from, to], ...];
  -- "newest_stream" is the newest stream of all at that moment.
  CREATE TABLE agent (
    name TEXT PRIMARY KEY,
    first_at INTEGER NOT NULL,
    hello_at INTEGER,
    software TEXT,
    clock TEXT,
    pending INTEGER,
    epochs TEXT NOT NULL,
    newest_stream INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE catalog (agent TEXT NOT NULL, ref TEXT NOT NULL, hash TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (agent, ref)) WITHOUT ROWID;

  -- Numbers are never used again. Unit and kind are identity: another one is the next version.
  CREATE TABLE series (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    agent TEXT NOT NULL,
    sensor TEXT NOT NULL,
    channel TEXT NOT NULL,
    unit TEXT NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    spec TEXT NOT NULL,
    UNIQUE (agent, sensor, channel, unit, kind)
  );

  -- Refused input with its reason: single readings (series, at, value), or whole payloads (raw).
  CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at INTEGER NOT NULL,
    agent TEXT NOT NULL,
    reason TEXT NOT NULL,
    rules INTEGER NOT NULL,
    row INTEGER,
    series INTEGER,
    at INTEGER,
    value REAL,
    raw BLOB
  );
  CREATE INDEX quarantine_series ON quarantine (series, at) WHERE series IS NOT NULL;
  CREATE UNIQUE INDEX quarantine_conflict ON quarantine (series, at, value) WHERE reason = 'conflict';
`;

const VERSION_2 = `
  -- Who may ask over the network. Revoked tokens stay, so that it can be seen who had access; kind: token, session.
  CREATE TABLE access_token (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    parent TEXT
  ) STRICT, WITHOUT ROWID;

  -- The instant up to which the cron line of a scheduled report was carried out.
  CREATE TABLE report_schedule (report TEXT PRIMARY KEY, handled INTEGER NOT NULL) WITHOUT ROWID;

  -- One row for each report and period: what was accepted once is never delivered again.
  CREATE TABLE report_run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    report TEXT NOT NULL,
    period_from INTEGER NOT NULL,
    period_to INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    noted_at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending',
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    done_at INTEGER,
    fault TEXT,
    UNIQUE (report, period_from, period_to)
  );
  CREATE INDEX report_run_pending ON report_run (report, due_at) WHERE state = 'pending';
`;

const VERSION_3 = `
  -- Which device holds the name, as devices.ts has it (JSON), and when another one was last refused.
  ALTER TABLE agent ADD COLUMN holder TEXT;
  ALTER TABLE agent ADD COLUMN refused_at INTEGER;

  -- What people say of the agent, as of its last hello: a JSON object of texts.
  ALTER TABLE agent ADD COLUMN labels TEXT;

  -- Losses that were declared of other content than what stands under the seq: of a spool before or after it was
  -- rolled back.
  CREATE TABLE other_loss (
    stream INTEGER NOT NULL REFERENCES stream (id),
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    count INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (stream, seq, hash)
  ) STRICT, WITHOUT ROWID;
`;

export const JOURNAL_SCHEMA: VersionedSchema<Database.Database> = {
  steps: [VERSION_1, VERSION_2, VERSION_3].map((sql) => ({ run: (db) => void db.exec(sql) })),
  version: (db) => db.pragma("user_version", { simple: true }) as number,
  setVersion: (db, version) => void db.pragma(`user_version = ${version}`),
  newer: newerJournal,
};

/** @throws Fault `journal_newer`, `journal_older` (opened for reading only), `no_room_for_upgrade`; what SQLite says. */
export function openDatabase(path: string, readonly: boolean, schema = JOURNAL_SCHEMA): Database.Database {
  const db = new Database(path, { readonly, fileMustExist: readonly });
  try {
    const version = refuseNewer(db, path, schema); // before any pragma that writes
    if (!readonly) db.pragma("journal_mode = WAL");
    // In WAL mode better-sqlite3 silently uses NORMAL, under which a power cut takes back what was acked.
    db.pragma("synchronous = FULL");
    db.pragma("journal_size_limit = 67108864");
    if (!readonly) migrate(db, path, schema);
    else if (version < schema.steps.length) throw olderJournal(path, version, schema.steps.length);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function newerJournal(path: string, version: number, newest: number): Fault {
  return new Fault("journal_newer", `${path}: expected a journal of version ${newest} or older, got ${version}`, {
    hint: "install the newer tributary-collector again; the file was left as it is",
  });
}

function olderJournal(path: string, version: number, newest: number): Fault {
  return new Fault("journal_older", `${path}: expected a journal of version ${newest}, got ${version}`, {
    hint: "start the collector once, it brings the file up to date: tributary-collector run",
  });
}
