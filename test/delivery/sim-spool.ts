/**
 * sim-spool: the real spool on a database in memory, with copies of it as a disk that lies would bring them back.
 */
import Database from "better-sqlite3";
import type { Commit } from "../../agent/spool/journal.ts";
import { encodeOpenRow } from "../../agent/spool/open-row.ts";
import { openDatabase } from "../../agent/spool/schema.ts";
import { sealAll } from "../../agent/spool/seal.ts";
import type { BatchInfo, BatchKey, SpoolFile } from "../../agent/spool/spool-file.ts";
import { type BatchHash, type Catalog, decodeGaps, micros, openBody, parseBatch, type Random } from "../../protocol/index.ts";
import type { Rules } from "./rules.ts";
import { instantOf, measuredOf, nameOf, placeOf, type Witness } from "./witness.ts";

const NOW = 1_900_000_000_000_000;
const BOOT = "boot";
const GRIDS = [{ sensor: "air", every: undefined, phase: 0 }];

/** The tables are made once: that takes longer than a short run. */
const EMPTY = openDatabase(":memory:").serialize();

/** Another calibration is another catalog. */
function catalogOf(calibration: number): Catalog {
  const about = { unit: "Cel", kind: "gauge", sampling: "periodic", period: micros(0), heartbeat: micros(0) } as const;
  return [{ sensor: "air", channel: "temperature", ...about, calibration }];
}

export interface SpoolParts {
  readonly random: Random;
  readonly witness: Witness;
  readonly rules: Rules;
}

export interface SpoolCopy {
  readonly bytes: Buffer;
  readonly open: ReadonlySet<number>;
  readonly lineage: ReadonlySet<string>;
  readonly nextReading: number;
  /** Commits of the first device before it was made. */
  readonly commits: number;
}

export interface SpooledBatch {
  readonly name: string;
  readonly place: string;
  readonly isAcked: boolean;
  readonly readings: readonly number[];
}

export class SimSpool {
  readonly file: SpoolFile;
  readonly #witness: Witness;
  readonly #rules: Rules;
  device = "";
  /** Readings that are committed and not sealed. */
  #open: Set<number>;
  /** Every batch that this spool, or what it is a copy of, has sealed. */
  readonly lineage: Set<string>;
  /** The cursor of a file, which commits with its readings. */
  nextReading: number;

  /** @param device fingerprint of the machine it is put into. */
  constructor({ random, witness, rules }: SpoolParts, device: string, copy?: SpoolCopy) {
    this.#witness = witness;
    this.#rules = rules;
    this.file = rules.openSpool(new Database(copy?.bytes ?? EMPTY), random);
    this.#open = new Set(copy?.open);
    this.lineage = new Set(copy?.lineage);
    this.nextReading = copy?.nextReading ?? 1;
    this.moveTo(device);
  }

  copy(): SpoolCopy {
    const { lineage, nextReading } = this;
    const commits = this.#witness.firstCommit.size;
    return { bytes: this.file.db.serialize(), open: new Set(this.#open), lineage: new Set(lineage), nextReading, commits };
  }

  close(): void {
    this.file.db.close();
  }

  /** The card is in this machine now. */
  moveTo(device: string): void {
    this.device = device;
    this.#rules.useDevice(this.file, device);
  }

  /** The agent starts with a config whose catalog may be another one. */
  useCatalog(calibration: number): void {
    const highest = this.#highest();
    this.file.useCatalog(catalogOf(calibration), GRIDS, NOW);
    this.#sealedSince(highest);
  }

  /** @param from the first of `count` readings. */
  commit(from: number, count: number): void {
    const readings = Array.from({ length: count }, (_, index) => from + index);
    const columns = [
      {
        series: 0,
        present: new Uint8Array(count).fill(1),
        values: Float64Array.from(readings, measuredOf),
        quality: new Uint8Array(count),
      },
    ];
    const frame = { sensor: 0, stamp: "device", at: Float64Array.from(readings, instantOf), columns } as const;
    const commit: Commit = { frames: [frame], summaries: [], state: { tallies: {}, filters: {}, cursors: {} } };
    this.file.append(encodeOpenRow(commit, { boot: BOOT, catalog: this.file.catalogId, offset: 0 }));
    this.#witness.committed(readings);
    for (const reading of readings) this.#open.add(reading);
    this.nextReading = from + count;
  }

  seal(maxReadings: number): BatchInfo[] {
    const sealed = sealAll(this.file, { boot: BOOT, offset: 0, suspect: false, maxReadings, now: NOW });
    this.#open = new Set();
    this.tell(sealed);
    return sealed;
  }

  /** The witness sees what was sealed. */
  tell(batches: readonly BatchInfo[]): void {
    for (const batch of batches) {
      this.lineage.add(nameOf(batch));
      this.#witness.sealed(this.file.bytesOf(batch) as Uint8Array);
    }
  }

  /** The witness sees which batch, if any, stands as acked under this key. */
  showAcked({ epoch, seq }: BatchKey): void {
    const acked = "SELECT b.hash FROM batch b JOIN epoch e ON e.id = b.epoch WHERE e.epoch = ? AND b.seq = ? AND b.state = 1";
    const hash = this.file.db.prepare(acked).pluck().get(epoch, seq) as BatchHash | undefined;
    if (hash !== undefined) this.#witness.acked(nameOf({ epoch, seq, hash }));
  }

  /** What the quota does: history goes without a word, pending data with a gap. */
  evictHistory(count: number): void {
    const oldest = "SELECT rowid FROM batch WHERE state = 1 AND kind = 'data' ORDER BY epoch, seq LIMIT ?";
    this.file.db.prepare(`DELETE FROM batch WHERE rowid IN (${oldest})`).run(count);
  }

  dropOldest(count: number): { readonly dropped: readonly BatchInfo[]; readonly gaps: readonly BatchInfo[] } {
    return this.file.transaction(() => {
      const dropped = this.file.oldestPendingData(count);
      for (const batch of dropped) this.file.remove(batch);
      const gaps = this.file.declare(
        dropped.map(({ epoch, seq, hash, count: readings }) => ({ epoch, seq, hash, count: readings, reason: "dropped_oldest" })),
        NOW,
      );
      this.tell(gaps);
      return { dropped, gaps };
    });
  }

  /** Readings in the journal and in the batches. */
  readings(): Set<number> {
    const all = new Set(this.#open);
    for (const { name } of this.batches()) for (const reading of this.#witness.batches.get(name)?.readings ?? []) all.add(reading);
    return all;
  }

  batches(): SpooledBatch[] {
    const rows = this.file.db.prepare("SELECT e.epoch, b.seq, b.hash, b.state FROM batch b JOIN epoch e ON e.id = b.epoch").all();
    return (rows as (BatchInfo & { state: number })[]).map((row) => {
      const name = nameOf(row);
      return { name, place: placeOf(row), isAcked: row.state === 1, readings: this.#witness.batches.get(name)?.readings ?? [] };
    });
  }

  /** Names of the batches that it gave up, with a gap that says so. */
  declared(): Set<string> {
    const gaps = this.file.db.prepare("SELECT bytes FROM batch WHERE kind = 'gap'").pluck().all() as Uint8Array[];
    const entries = gaps.flatMap((bytes) => decodeGaps(openBody(parseBatch(bytes))));
    return new Set(entries.flatMap(({ epoch, seq, hash }) => (hash === undefined ? [] : [nameOf({ epoch, seq, hash })])));
  }

  get isDrained(): boolean {
    return this.#open.size === 0 && this.file.pending({ epochOrder: 0, seq: 0 }, 1).length === 0;
  }

  #highest(): { readonly epochOrder: number; readonly seq: number } {
    const { id, nextSeq } = this.file.epochs.current();
    return { epochOrder: id, seq: nextSeq - 1 };
  }

  #sealedSince(place: { readonly epochOrder: number; readonly seq: number }): void {
    this.tell(this.file.pending(place, 1_000));
  }
}
