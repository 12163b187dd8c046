/**
 * spool-file: the agent's durable queue, as one SQLite file.
 *
 * What it promises (numbers are the sequence rules of protocol/SPEC.md):
 * - A commit that returned survives kill -9 and a power cut.
 * - Sealing is one transaction: batches get the next seqs, their rows leave the journal (2, 3). A sealed batch
 *   is never changed; its bytes are checked by their own hash whenever they are read.
 * - A pending batch leaves only by an ack that names its hash (7), or with a gap in its place (4).
 * - Acked batches stay as history until age or quota takes them; a collector that lost them gets them again (9).
 * - Nothing here is wiped: a damaged batch stays in the file, marked; a damaged file is moved aside (salvage.ts).
 *
 * Synchronous on purpose: it lives in a worker thread of its own, so an fsync never stalls sampling.
 */
import type { Database } from "better-sqlite3";
import {
  type Answer,
  type BatchHash,
  type BatchHeader,
  type BatchKind,
  bug,
  type Catalog,
  type CatalogHash,
  catalogHash,
  catalogRef,
  type EpochId,
  encodeBatch,
  encodeCatalog,
  encodeGaps,
  type Gap,
  isFault,
  LIMITS,
  NO_CATALOG,
  parseBatch,
  type Random,
  type SealedBatch,
} from "../../protocol/index.ts";
import { Epochs } from "./epochs.ts";
import { writeGrids } from "./grids.ts";
import type { SamplerState } from "./journal.ts";
import { Meta } from "./meta.ts";
import { isSound, type OpenRow } from "./open-row.ts";
import type { StampGrid } from "./stamp.ts";
import { rememberStatements } from "./statements.ts";
import { Tally } from "./tally.ts";

/** A sealed batch without its bytes. */
export interface BatchInfo {
  readonly epoch: EpochId;
  /** Epochs are sent in the order of their making. */
  readonly epochOrder: number;
  readonly seq: number;
  readonly kind: BatchKind;
  readonly hash: BatchHash;
  readonly count: number;
  readonly size: number;
  /** Holds an urgent reading: goes first, and at any hour. Only where it was sealed for that. */
  readonly urgent?: true;
}

export type BatchKey = Pick<BatchInfo, "epoch" | "seq">;

export const PENDING = 0;
export const ACKED = 1;
export const DAMAGED = 2;

export const INFO =
  "SELECT e.epoch, e.id AS epochOrder, b.seq, b.kind, b.hash, b.count, b.size FROM batch b JOIN epoch e ON e.id = b.epoch";

/** The hash that a batch says and has; undefined where the two differ. */
function hashOf(bytes: Uint8Array): BatchHash | undefined {
  try {
    return parseBatch(bytes).header.hash;
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}

export class SpoolFile {
  readonly db: Database;
  readonly meta: Meta;
  readonly epochs: Epochs;
  readonly tally: Tally;
  /** Batches that were sealed where the caller could not be told; they go out with the next answer that can tell. */
  readonly untold: BatchInfo[] = [];
  #catalog: { readonly id: number; readonly hash: CatalogHash } | undefined;

  /** Opened by `openSpool` (open.ts), which looks at the file first. */
  constructor(db: Database, random: Random) {
    this.db = rememberStatements(db);
    this.meta = new Meta(db);
    this.epochs = new Epochs(db, random);
    this.tally = new Tally(db);
    if (this.epochs.all().length === 0) this.epochs.mint("created");
  }

  /** Of the newest commit that is sound, else of the last seal. */
  get savedState(): SamplerState | undefined {
    const newestFirst = this.db.prepare("SELECT * FROM journal ORDER BY id DESC");
    for (const row of newestFirst.iterate() as IterableIterator<OpenRow>) if (isSound(row)) return JSON.parse(row.state);
    return this.meta.json<SamplerState | undefined>("state", undefined);
  }

  /** Appends one commit to the journal; durable when it returns. */
  append({ boot, catalog, offset, count, check, state, body }: OpenRow): void {
    this.db
      .prepare('INSERT INTO journal (boot, catalog, "offset", count, "check", state, body) VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(boot, catalog, offset, count, check, state, body);
  }

  /**
   * Appends a commit without readings, in place of one before it: where nothing else can be kept for long, counters do not
   * add up to rows. A first row without an offset stays: it says how its boot began.
   */
  appendCounters(row: OpenRow): void {
    const before = 'id = (SELECT MAX(id) FROM journal) AND count = 0 AND boot = ? AND catalog = ? AND ("offset" IS NULL) = ?';
    this.transaction(() => {
      this.db.prepare(`DELETE FROM journal WHERE ${before}`).run(row.boot, row.catalog, row.offset === null ? 1 : 0);
      this.append(row);
    });
  }

  /** Does what SQLite's own check cannot judge hold: seqs below the next one, counters and values as written? */
  isSound(): boolean {
    const highest = this.db.prepare("SELECT MAX(seq) FROM batch WHERE epoch = ?").pluck();
    const isCounted = this.epochs.all().every(({ id, sealed }) => sealed >= ((highest.get(id) as number | null) ?? 0));
    const newest = this.db.prepare("SELECT * FROM journal ORDER BY id DESC LIMIT 1").get() as OpenRow | undefined;
    return isCounted && this.meta.isSound() && (newest === undefined || isSound(newest));
  }

  /** Names the series of what is committed from now on. */
  useCatalog(catalog: Catalog, grids: readonly StampGrid[], now: number): void {
    this.switchCatalog(this.addCatalog(catalog, grids, now).id);
  }

  /** Keeps the names of series; a list not seen before is sealed as a catalog batch. */
  addCatalog(catalog: Catalog, grids: readonly StampGrid[], now: number): { readonly id: number; readonly sealed: readonly BatchInfo[] } {
    const body = encodeCatalog(catalog);
    const hash = catalogHash(body);
    const text = writeGrids(grids);
    const sealed = this.transaction(() => {
      const known = this.db.prepare("SELECT 1 FROM catalog WHERE hash = ?").get(hash) !== undefined;
      this.db.prepare("INSERT OR IGNORE INTO catalog (hash, grids, body) VALUES (?, ?, ?)").run(hash, text, body);
      return known ? [] : [this.insert("catalog", 0, NO_CATALOG, body, now)];
    });
    const id = this.db.prepare("SELECT id FROM catalog WHERE hash = ? AND grids = ?").pluck().get(hash, text) as number;
    return { id, sealed };
  }

  /** What is committed from now on is named by this catalog. */
  switchCatalog(id: number): void {
    const hash = this.db.prepare("SELECT hash FROM catalog WHERE id = ?").pluck().get(id) as CatalogHash | undefined;
    this.#catalog = { id, hash: hash ?? bug(`catalog ${id} is not in the spool`) };
  }

  get catalogId(): number {
    return this.#catalog?.id ?? bug("the spool was used before its catalog was named");
  }

  /** Seals one batch under the next seq of the current epoch. Runs inside the caller's transaction. */
  insert(kind: BatchKind, count: number, catalog: BatchHeader["catalog"], body: Uint8Array, now: number, encoded?: SealedBatch): BatchInfo {
    const { id, epoch, nextSeq } = this.epochs.current();
    const { hash, bytes } = encoded ?? encodeBatch({ kind, epoch, seq: nextSeq, count, catalog }, body);
    if (bytes.length > LIMITS.batchBytes) bug(`a batch of ${bytes.length} bytes was sealed`);
    this.db
      .prepare("INSERT INTO batch (epoch, seq, kind, count, hash, sealed_at, size, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
      .run(id, nextSeq, kind, count, hash, now, bytes.length, bytes);
    this.epochs.advance(id);
    return { epoch, epochOrder: id, seq: nextSeq, kind, hash, count, size: bytes.length };
  }

  /** Declares batches lost, with their reasons, as batches of their own. Runs inside the caller's transaction. */
  declare(gaps: readonly Gap[], now: number): BatchInfo[] {
    const sealed: BatchInfo[] = [];
    for (let start = 0; start < gaps.length; start += LIMITS.gapsPerBatch) {
      sealed.push(this.insert("gap", 0, NO_CATALOG, encodeGaps(gaps.slice(start, start + LIMITS.gapsPerBatch)), now));
    }
    return sealed;
  }

  /**
   * Pending batches behind `after`, oldest first: the backlog is never loaded whole. An index may name a row that is
   * lost with its page: it has no hash, and becomes a gap at the next hello.
   */
  pending(after: { readonly epochOrder: number; readonly seq: number }, limit: number): BatchInfo[] {
    return this.db
      .prepare(
        `${INFO} WHERE b.state = ${PENDING} AND (b.epoch, b.seq) > (?, ?) AND typeof(b.hash) = 'text' ORDER BY b.epoch, b.seq LIMIT ?`,
      )
      .all(after.epochOrder, after.seq, limit) as BatchInfo[];
  }

  /** The oldest pending batches with readings, however many gaps and catalogs lie before them. */
  oldestPendingData(limit: number): BatchInfo[] {
    return this.db
      .prepare(`${INFO} WHERE b.state = ${PENDING} AND b.kind = 'data' ORDER BY b.epoch, b.seq LIMIT ?`)
      .all(limit) as BatchInfo[];
  }

  find(key: BatchKey): BatchInfo | undefined {
    return this.db.prepare(`${INFO} WHERE e.epoch = ? AND b.seq = ?`).get(key.epoch, key.seq) as BatchInfo | undefined;
  }

  /** The bytes to publish, with "offered" durable ahead of them; undefined as in `soundBytes`. */
  bytesToSend(key: BatchKey, now: number): Uint8Array | undefined {
    const bytes = this.soundBytes(key, now);
    if (bytes !== undefined) this.epochs.offer(key);
    return bytes;
  }

  /** Undefined where the batch is gone or damaged; a damaged one is set aside, with a gap in its place. */
  soundBytes(key: BatchKey, now: number): Uint8Array | undefined {
    const bytes = this.bytesOf(key);
    if (bytes === undefined) return undefined;
    const hash = hashOf(bytes);
    if (hash !== undefined && hash === this.find(key)?.hash) return bytes;
    this.transaction(() => this.setAside([this.find(key) ?? bug("a batch vanished inside a transaction")], now));
    return undefined;
  }

  bytesOf({ epoch, seq }: BatchKey): Uint8Array | undefined {
    return this.db
      .prepare("SELECT b.bytes FROM batch b JOIN epoch e ON e.id = b.epoch WHERE e.epoch = ? AND b.seq = ? AND b.state <> ?")
      .pluck()
      .get(epoch, seq, DAMAGED) as Uint8Array | undefined;
  }

  /** Marks what the collector has durably: only where the ack names this very hash (rule 7). */
  markAcked(answers: readonly Answer[]): void {
    const mark = this.db.prepare(
      `UPDATE batch SET state = ${ACKED} WHERE epoch = (SELECT id FROM epoch WHERE epoch = ?) AND seq = ? AND hash = ? AND state = ${PENDING}`,
    );
    this.transaction(() => {
      for (const { epoch, seq, hash } of answers) mark.run(epoch, seq, hash);
    });
  }

  markPending(key: BatchKey): void {
    this.db
      .prepare(`UPDATE batch SET state = ${PENDING} WHERE epoch = (SELECT id FROM epoch WHERE epoch = ?) AND seq = ? AND state = ${ACKED}`)
      .run(key.epoch, key.seq);
  }

  remove(key: BatchKey): void {
    this.db.prepare("DELETE FROM batch WHERE epoch = (SELECT id FROM epoch WHERE epoch = ?) AND seq = ?").run(key.epoch, key.seq);
  }

  /** Hashes of the catalogs that pending batches and open readings refer to. */
  catalogsInUse(): CatalogHash[] {
    const refs = this.db.prepare("SELECT DISTINCT hash FROM catalog ORDER BY id DESC LIMIT ?").pluck().all(LIMITS.catalogsPerHello);
    return refs as CatalogHash[];
  }

  get catalogReference(): BatchHeader["catalog"] {
    return catalogRef(this.#catalog?.hash ?? bug("the spool was used before its catalog was named"));
  }

  transaction<T>(run: () => T): T {
    return this.db.inTransaction ? run() : this.db.transaction(run).immediate();
  }

  /** Closes without the mark of an orderly end, so that the next start looks for damage. */
  abandon(): void {
    this.db.close();
  }

  close(): void {
    if (!this.db.open) return;
    this.meta.set("clean", "1");
    this.db.close();
  }

  /** Marks batches that nobody can read, with gaps in their place. Runs inside the caller's transaction. */
  setAside(batches: readonly BatchInfo[], now: number): void {
    const mark = this.db.prepare(`UPDATE batch SET state = ${DAMAGED} WHERE epoch = ? AND seq = ?`);
    for (const { epochOrder, seq } of batches) mark.run(epochOrder, seq);
    const gaps = batches.map(({ epoch, seq, count }): Gap => ({ epoch, seq, count, reason: "corrupt" }));
    this.untold.push(...this.declare(gaps, now));
  }
}
