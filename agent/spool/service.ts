/**
 * service: all that may be asked of a spool, as plain synchronous methods. `main.ts` runs it in a thread of
 * its own; tests use it directly.
 */
import {
  type Answer,
  bug,
  type Catalog,
  type CatalogHash,
  type CatalogRef,
  type EpochMicros,
  Fault,
  type HelloEpoch,
  isFault,
  parseBatch,
  type Random,
  type Totals,
} from "../../protocol/index.ts";
import { accountOf } from "./account.ts";
import { useDevice } from "./device.ts";
import type { Commit, SamplerState } from "./journal.ts";
import { lockSpool, type SpoolLock } from "./lock.ts";
import { isDamage, mustBeFile, type OpenedSpool, openSpool, spoolFault } from "./open.ts";
import { encodeOpenRow } from "./open-row.ts";
import { allowedBytes, keepInside, type QuotaLimits, type QuotaOutcome, usedBytes } from "./quota.ts";
import { type Greeting, type Reconciled, reconcile } from "./reconcile.ts";
import { type ResealReason, reseal } from "./reseal.ts";
import { openReadings, type SealRequest, sealAll } from "./seal.ts";
import type { BatchInfo, BatchKey, SpoolFile } from "./spool-file.ts";
import type { StampGrid } from "./stamp.ts";
import { markUrgent, unmarkUrgent, urgentPending } from "./urgent.ts";

export interface OpenRequest extends QuotaLimits {
  readonly catalog: Catalog;
  /** By index of the sensor in the plan. */
  readonly grids: readonly StampGrid[];
  readonly now: EpochMicros;
  /** Fingerprint of this device, hex; empty or absent where there is nothing to tell it by. */
  readonly device?: string;
}

export interface Opened {
  readonly saved: SamplerState | undefined;
  readonly salvaged: OpenedSpool["salvaged"];
  readonly open: number;
  /** Wall clock of the newest seal: a clock that shows less is wrong. 0 in a new spool. */
  readonly newestSealedAt: number;
}

export interface CommitRequest {
  readonly commit: Commit;
  readonly boot: string;
  /** Trusted wall - monotonic at this moment; undefined where there is none. */
  readonly offset: number | undefined;
  readonly now: EpochMicros;
}

export interface CommitOutcome extends QuotaOutcome {
  /** Open readings after it. */
  readonly open: number;
}

export interface HelloState {
  readonly epochs: readonly HelloEpoch[];
  readonly catalogs: readonly CatalogHash[];
  readonly pending: number;
  readonly token: string;
  readonly fingerprint: string;
}

export interface SpoolStatus {
  readonly path: string;
  readonly usedBytes: number;
  readonly maxBytes: number;
  /** What the quota allows now: less than `maxBytes` where others fill the disk. */
  readonly allowedBytes: number;
  readonly open: number;
  readonly pendingBatches: number;
  readonly pendingReadings: number;
  readonly pendingBytes: number;
  readonly historyBatches: number;
  readonly historyBytes: number;
  readonly damagedBatches: number;
  /** Microseconds since the epoch; undefined where nothing is pending. */
  readonly oldestPending: number | undefined;
  readonly totals: Totals;
}

export class SpoolService {
  readonly #random: Random;
  #lock: SpoolLock | undefined;
  #spool: SpoolFile | undefined;
  #limits: QuotaLimits | undefined;
  #state: SamplerState | undefined;
  #device = "";

  constructor(random: Random) {
    this.#random = random;
  }

  /** @throws Fault `already_running`, `spool_unwritable`, `spool_newer`, `disk_full`. */
  open(request: OpenRequest): Opened {
    this.#limits = request;
    return this.#guard(() => {
      mustBeFile(request.path);
      this.#lock = lockSpool(request.path);
      try {
        return this.#begin(request);
      } catch (error) {
        if (isDamage(error)) {
          // Met behind an orderly close, after which nobody looks for it; now the file counts as not closed.
          this.#spool?.abandon();
          return this.#begin(request);
        }
        this.#lock.release();
        throw error;
      }
    });
  }

  /** @throws Fault `spool_full`, `disk_full`. */
  commit({ commit, boot, offset, now }: CommitRequest): CommitOutcome {
    return this.#guard(() => {
      const { untold } = this.#file;
      const dropped = this.#makeRoom(now);
      this.#file.append(encodeOpenRow(commit, { boot, catalog: this.#file.catalogId, offset: offset ?? null }));
      this.#state = commit.state;
      return { dropped, gaps: untold.splice(0), open: openReadings(this.#file) };
    });
  }

  /** Makes a catalog known without putting it in force. @throws Fault `disk_full`. */
  addCatalog(
    catalog: Catalog,
    grids: readonly StampGrid[],
    now: EpochMicros,
  ): { readonly id: number; readonly sealed: readonly BatchInfo[] } {
    return this.#guard(() => this.#file.addCatalog(catalog, grids, now));
  }

  switchCatalog(id: number): void {
    this.#guard(() => this.#file.switchCatalog(id));
  }

  seal(request: SealRequest): BatchInfo[] {
    return this.#guard(() => {
      const { untold } = this.#file;
      sealAll(this.#file, request, untold);
      const sealed = untold.splice(0);
      return request.urgent === true ? markUrgent(this.#file, sealed) : sealed;
    });
  }

  /** Urgent batches that wait for their ack, oldest first. */
  urgentPending(): BatchInfo[] {
    return this.#guard(() => urgentPending(this.#file));
  }

  /** The newest place in the stream: everything sealed so far lies up to it. */
  newestPlace(): { readonly epochOrder: number; readonly seq: number } {
    const { id, nextSeq } = this.#file.epochs.current();
    return { epochOrder: id, seq: nextSeq - 1 };
  }

  /** What was sealed up to a place and waits for its ack. */
  pendingUpTo(place: { readonly epochOrder: number; readonly seq: number }): { readonly batches: number; readonly readings: number } {
    const counts = this.#file.db.prepare(
      "SELECT COUNT(*) AS batches, COALESCE(SUM(count), 0) AS readings FROM batch WHERE state = 0 AND (epoch, seq) <= (?, ?)",
    );
    return counts.get(place.epochOrder, place.seq) as { batches: number; readings: number };
  }

  pending(after: { readonly epochOrder: number; readonly seq: number }, limit: number): BatchInfo[] {
    return this.#file.pending(after, limit);
  }

  bytesToSend(key: BatchKey, now: EpochMicros): Uint8Array | undefined {
    return this.#guard(() => this.#file.bytesToSend(key, now));
  }

  acked(answers: readonly Answer[]): void {
    this.#guard(() => {
      this.#file.markAcked(answers);
      unmarkUrgent(this.#file, answers);
    });
  }

  reconcile(greeting: Greeting, now: EpochMicros): Reconciled {
    return this.#guard(() => reconcile(this.#file, greeting, now));
  }

  reseal(key: BatchKey, reason: ResealReason, now: EpochMicros): BatchInfo[] {
    return this.#guard(() => reseal(this.#file, key, reason, now));
  }

  resendCatalog(ref: string, now: EpochMicros): BatchInfo | undefined {
    return this.#guard(() => this.#file.resendCatalog(ref, now));
  }

  /** The catalog that a batch refers to, as its header says; undefined where the batch is gone. */
  catalogOf(key: BatchKey): CatalogRef | undefined {
    const bytes = this.#file.bytesOf(key);
    return bytes === undefined ? undefined : parseBatch(bytes).header.catalog;
  }

  hello(): HelloState {
    const pending = this.#file.db.prepare("SELECT COUNT(*) FROM batch WHERE state = 0").pluck().get() as number;
    const file = this.#file;
    const token = file.meta.text("token") ?? "";
    return { epochs: file.epochs.ranges(), catalogs: file.catalogsInUse(), pending, token, fingerprint: this.#device };
  }

  status(): SpoolStatus {
    const spool = this.#file;
    const counts = spool.db.prepare(
      "SELECT state, COUNT(*) AS batches, SUM(count) AS readings, SUM(size) AS bytes, MIN(sealed_at) AS oldest FROM batch GROUP BY state",
    );
    const rows = counts.all() as { state: number; batches: number; readings: number; bytes: number; oldest: number }[];
    const of = (state: number) => rows.find((row) => row.state === state);
    const open = openReadings(spool);
    const limits = this.#limits ?? bug("the spool was used before it was opened");
    return {
      path: limits.path,
      usedBytes: usedBytes(spool),
      maxBytes: limits.maxSize,
      allowedBytes: allowedNow(limits),
      open,
      pendingBatches: of(0)?.batches ?? 0,
      pendingReadings: of(0)?.readings ?? 0,
      pendingBytes: of(0)?.bytes ?? 0,
      historyBatches: of(1)?.batches ?? 0,
      historyBytes: of(1)?.bytes ?? 0,
      damagedBatches: of(2)?.batches ?? 0,
      oldestPending: of(0)?.oldest,
      totals: accountOf(spool, this.#state, open, spool.meta.number("sealed")),
    };
  }

  close(): void {
    try {
      this.#guard(() => this.#spool?.close());
    } catch (error) {
      if (!isFault(error, "disk_full")) throw error;
      this.#spool?.abandon(); // it could not write that it ended in order, so the next start looks for damage
    }
    this.#lock?.release();
  }

  #begin({ path, catalog, grids, now, device = "" }: OpenRequest): Opened {
    const { spool, salvaged } = openSpool(path, this.#random, now);
    this.#spool = spool;
    this.#device = device;
    useDevice(spool, device);
    spool.useCatalog(catalog, grids, now);
    this.#state = spool.savedState;
    return { saved: this.#state, salvaged, open: openReadings(spool), newestSealedAt: spool.newestSealedAt };
  }

  get #file(): SpoolFile {
    return this.#spool ?? bug("the spool was used before it was opened");
  }

  /** Gives the batches that were dropped for it; the gaps in their place are to be told even if the commit is refused. */
  #makeRoom(now: EpochMicros): readonly BatchInfo[] {
    const limits = this.#limits ?? bug("the spool was used before it was opened");
    if (usedBytes(this.#file) <= allowedBytes(limits)) return [];
    const { dropped, gaps } = keepInside(this.#file, limits, now);
    this.#file.untold.push(...gaps);
    if (usedBytes(this.#file) <= allowedBytes(limits)) return dropped;
    throw new Fault("spool_full", `${limits.path}: expected room within max_size and keep_free, got none`, {
      hint: "raise `spool: { max_size: ... }`, lower `keep_free`, or free the disk: tributary-agent status tells what is used",
    });
  }

  #guard<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw spoolFault(this.#limits?.path ?? "spool", error);
    }
  }
}

/** 0 where the disk cannot even be asked: a status is told of what is left, a commit says why it fails. */
function allowedNow(limits: QuotaLimits): number {
  try {
    return allowedBytes(limits);
  } catch (error) {
    if (isFault(spoolFault(limits.path, error))) return 0;
    throw error;
  }
}
