/**
 * sqlite: the embedded store, samples, summaries and buckets as rows in one SQLite file.
 *
 * - `put` is one transaction, the progress in it: after a crash the store stands at the old position or the new.
 * - `synchronous=NORMAL`, on purpose. The file is the journal's too: a journal row is deleted by another
 *   connection, in FULL, only after the `put` that holds its readings returned. Both commits lie in the same
 *   write-ahead log in that order, recovery keeps a prefix of it, and the FULL commit syncs the whole of it.
 *   So a power cut either takes a put and leaves its journal rows (they are loaded again) or takes neither.
 *   In a file of its own this store would need FULL.
 * - Samples are written 32 rows a statement: what costs is the call, not the row (measured 1.15 M rows/s
 *   against 0.61 M one by one).
 */
import { existsSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { bug, epochMicros, QUARTER } from "../../protocol/index.ts";
import { type HeldValue, type HourPut, isEmptyBucket, type LoadUnit, type SeriesNumber, type Store } from "./contract.ts";
import { withFaults } from "./sqlite/faults.ts";
import { bucketOf, bucketRow, flagsOf, type Row, samplesOf, summariesOf, summaryRow } from "./sqlite/rows.ts";
import { checkTables, noData, noFolder, prepareTables } from "./sqlite/schema.ts";

const HOUR = 4 * QUARTER;
const ROWS_PER_INSERT = 32;
/** How long a put waits for another connection's transaction. */
const BUSY_MS = 10_000;

export interface SqliteStoreConfig {
  /** The collector's data file. */
  readonly file: string;
  /** `read` creates and changes nothing: for a report while no collector runs. */
  readonly access: "read" | "write";
}

type Statements = ReturnType<typeof prepare>;

export function createSqliteStore({ file, access }: SqliteStoreConfig): Store {
  let connection: Database.Database | undefined;
  let prepared: Statements | undefined;
  let summarised: SummarisedSeries | undefined;
  const statements = () => prepared ?? bug(`the store ${file} is not open`);
  const hasSummaries = (series: SeriesNumber) => summarised?.has(series) ?? true;

  function open(): void {
    if (access === "read" && !existsSync(file)) throw noData(file);
    if (!existsSync(path.dirname(file))) throw noFolder(file);
    connection = new Database(file, { readonly: access === "read", timeout: BUSY_MS });
    if (access === "write") {
      connection.pragma("journal_mode = WAL");
      connection.pragma("synchronous = NORMAL");
      prepareTables(connection, file);
    } else checkTables(connection, file);
    prepared = prepare(connection);
    summarised = new SummarisedSeries(connection, access);
  }

  function close(): void {
    connection?.close();
    connection = undefined;
    prepared = undefined;
    summarised = undefined;
  }

  function openOrClose(): void {
    try {
      withFaults(file, open);
    } catch (error) {
      close();
      throw error;
    }
  }

  return {
    supports: { atomicPut: true },
    open: async () => openOrClose(),
    progress: async () => statements().progress.get() as { position: number; note: string },
    async loadHour(series, hour) {
      const { samplesIn, summariesIn } = statements();
      const read = (from: typeof samplesIn) => from.all(series, hour, hour + HOUR, -1) as Row[];
      return { samples: samplesOf(read(samplesIn)), summaries: summariesOf(hasSummaries(series) ? read(summariesIn) : []) };
    },
    async lastBefore(series, at, reach) {
      const sample = held(statements().sampleBefore.get(series, at, at - reach) as Row | undefined, false);
      const summary = hasSummaries(series)
        ? held(statements().summaryBefore.get(series, at, at - reach) as Row | undefined, true)
        : undefined;
      return sample !== undefined && (summary === undefined || sample.at >= summary.at) ? sample : summary;
    },
    async firstAfter(series, at, reach) {
      const sample = held(statements().sampleAfter.get(series, at, at + reach) as Row | undefined, false);
      const summary = hasSummaries(series)
        ? held(statements().summaryAfter.get(series, at, at + reach) as Row | undefined, true)
        : undefined;
      return sample !== undefined && (summary === undefined || sample.at <= summary.at) ? sample : summary;
    },
    async put(unit) {
      summarised?.expect(unit.hours);
      withFaults(file, () => statements().putAll.immediate(unit));
    },
    buckets: async (series, span) => (statements().bucketsIn.all(series, span.from, span.to) as Row[]).map((row) => bucketOf(series, row)),
    samples: async (series, span, limit) => samplesOf(statements().samplesIn.all(series, span.from, span.to, limit) as Row[]),
    async extent(series) {
      const [first, last] = statements().extent.get(series) as readonly [number | null, number | null];
      return first === null || last === null ? undefined : { from: epochMicros(first), to: epochMicros(last + QUARTER) };
    },
    close: async () => close(),
  };
}

/**
 * Which series may have summaries: most never do, and half of all questions of a load are saved for them. Only who writes
 * can know; who reads asks the file each time.
 */
class SummarisedSeries {
  readonly #series: Set<SeriesNumber> | undefined;

  constructor(db: Database.Database, access: SqliteStoreConfig["access"]) {
    if (access === "read") return;
    // One step in the index from each series to the next: a DISTINCT would read every summary there is.
    const each = db.prepare(
      `WITH RECURSIVE found (series) AS (
         SELECT MIN(series) FROM summary
         UNION ALL SELECT (SELECT MIN(series) FROM summary WHERE series > found.series) FROM found WHERE found.series IS NOT NULL
       ) SELECT series FROM found WHERE series IS NOT NULL`,
    );
    this.#series = new Set(each.pluck().all() as SeriesNumber[]);
  }

  has(series: SeriesNumber): boolean {
    return this.#series?.has(series) ?? true;
  }

  /** Before they are put: where that fails, a series is asked for in vain, and nothing is overlooked. */
  expect(hours: readonly HourPut[]): void {
    for (const { series, changedSummaries } of hours) if (changedSummaries.length > 0) this.#series?.add(series);
  }
}

function held(row: Row | undefined, summary: boolean): HeldValue | undefined {
  return row === undefined ? undefined : { at: epochMicros(row[0] as number), value: row[1] as number, summary };
}

function prepare(db: Database.Database) {
  const raw = (sql: string) => db.prepare<number[]>(sql).raw(true);
  const good = "(flags & 3) < 2";
  return {
    progress: db.prepare("SELECT position, note FROM store_progress"),
    samplesIn: raw("SELECT at, value, flags FROM sample WHERE series = ? AND at >= ? AND at < ? ORDER BY at LIMIT ?"),
    summariesIn: raw(
      `SELECT at, n, min, max, sum, first, last, last_at, covered, weighted_sum, flags FROM summary
       WHERE series = ? AND at >= ? AND at < ? ORDER BY at LIMIT ?`,
    ),
    sampleBefore: raw(`SELECT at, value FROM sample WHERE series = ? AND at < ? AND at >= ? AND ${good} ORDER BY at DESC LIMIT 1`),
    sampleAfter: raw(`SELECT at, value FROM sample WHERE series = ? AND at >= ? AND at < ? AND ${good} ORDER BY at LIMIT 1`),
    summaryBefore: raw(`SELECT at, last FROM summary WHERE series = ? AND at < ? AND at >= ? AND ${good} ORDER BY at DESC LIMIT 1`),
    summaryAfter: raw(`SELECT at, last FROM summary WHERE series = ? AND at >= ? AND at < ? AND ${good} ORDER BY at LIMIT 1`),
    bucketsIn: raw(
      `SELECT start, n, min, max, sum, first, first_at, last, last_at, covered, weighted_sum, suspect, bad, late, revision
       FROM bucket WHERE series = ? AND start >= ? AND start < ? ORDER BY start`,
    ),
    extent: raw(
      "SELECT (SELECT min(start) FROM bucket WHERE series = s), (SELECT max(start) FROM bucket WHERE series = s) FROM (SELECT ? AS s)",
    ),
    putAll: db.transaction(preparePut(db)),
  };
}

function preparePut(db: Database.Database): (unit: LoadUnit) => void {
  const places = (columns: number, rows = 1) =>
    Array(rows)
      .fill(`(${Array(columns).fill("?").join(", ")})`)
      .join(", ");
  const oneSample = db.prepare(`REPLACE INTO sample VALUES ${places(4)}`);
  const manySamples = db.prepare(`REPLACE INTO sample VALUES ${places(4, ROWS_PER_INSERT)}`);
  const oneSummary = db.prepare(`REPLACE INTO summary VALUES ${places(12)}`);
  const oneBucket = db.prepare(`REPLACE INTO bucket VALUES ${places(16)}`);
  const noBucket = db.prepare("DELETE FROM bucket WHERE series = ? AND start = ?");
  const progress = db.prepare("UPDATE store_progress SET position = ?, note = ?");

  function putSamples({ series, whole, changedSamples }: HourPut): void {
    const { at, value, quality, late } = whole.samples;
    const rowAt = (index: number) => [series, at[index], value[index], flagsOf(quality[index] as number, late[index] as number)];
    const blocks = changedSamples.length - (changedSamples.length % ROWS_PER_INSERT);
    for (let i = 0; i < blocks; i += ROWS_PER_INSERT) manySamples.run(changedSamples.slice(i, i + ROWS_PER_INSERT).flatMap(rowAt));
    for (const index of changedSamples.slice(blocks)) oneSample.run(rowAt(index));
  }

  return ({ hours, buckets, progress: { position, note } }) => {
    for (const hour of hours) {
      putSamples(hour);
      for (const index of hour.changedSummaries) oneSummary.run(summaryRow(hour.series, hour.whole.summaries, index));
    }
    for (const bucket of buckets) {
      if (isEmptyBucket(bucket)) noBucket.run(bucket.series, bucket.start);
      else oneBucket.run(bucketRow(bucket));
    }
    progress.run(position, note);
  };
}
