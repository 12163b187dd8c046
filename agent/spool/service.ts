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
import { diskFull, isDamage, mustBeFile, type OpenedSpool, openSpool, spoolFault } from "./open.ts";
import { encodeOpenRow } from "./open-row.ts";
import { allowedBytes, allowedNow, keepInside, type QuotaLimits, type QuotaOutcome, trimHistory, usedBytes } from "./quota.ts";
import { type Greeting, type Reconciled, reconcile } from "./reconcile.ts";
import { type ResealReason, reseal } from "./reseal.ts";
import { resendCatalog } from "./resend-catalog.ts";
import { appendCounters, Reserve } from "./reserve.ts";
import { type SealRequest, sealAll } from "./seal.ts";
import { ACKED, type BatchInfo, type BatchKey, DAMAGED, PENDING, type SpoolFile } from "./spool-file.ts";
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
  #reserve: Reserve | undefined;
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

  /** One without readings passes the quota, for it counts what was lost to it. @throws Fault `spool_full`, `disk_full`. */
  commit({ commit, boot, offset, now }: CommitRequest): CommitOutcome {
    return this.#guard(() => {
      const { untold } = this.#file;
      const row = encodeOpenRow(commit, { boot, catalog: this.#file.catalogId, offset: offset ?? null });
      const isCountersOnly = row.count === 0;
      if (!isCountersOnly && this.#reserve?.isInUse()) throw diskFull(this.#inside.path, "the last of it");
      const dropped = this.#makeRoom(now, isCountersOnly);
      if (isCountersOnly) appendCounters(this.#file, this.#reserve, row);
      else this.#file.append(row);
      this.#state = commit.state;
      if (!isCountersOnly) this.#reserve?.take();
      return { dropped, gaps: untold.splice(0), open: this.#file.tally.open };
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
      trimHistory(this.#file, this.#inside, request.now);
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
    return this.#guard(() => resendCatalog(this.#file, ref, now));
  }

  /** The catalog that a batch refers to, as its header says; undefined where the batch is gone. */
  catalogOf(key: BatchKey): CatalogRef | undefined {
    const bytes = this.#file.bytesOf(key);
    return bytes === undefined ? undefined : parseBatch(bytes).header.catalog;
  }

  hello(): HelloState {
    const file = this.#file;
    const pending = file.tally.of(PENDING).batches;
    const token = file.meta.text("token") ?? "";
    return { epochs: file.epochs.ranges(), catalogs: file.catalogsInUse(), pending, token, fingerprint: this.#device };
  }

  status(): SpoolStatus {
    const spool = this.#file;
    const { tally } = spool;
    const [pending, history] = [tally.of(PENDING), tally.of(ACKED)];
    // The first of the stream: a sum over the others would be a look at each.
    const oldest = spool.db.prepare("SELECT sealed_at FROM batch WHERE state = 0 ORDER BY epoch, seq LIMIT 1").pluck();
    const limits = this.#inside;
    return {
      path: limits.path,
      usedBytes: usedBytes(spool),
      maxBytes: limits.maxSize,
      allowedBytes: allowedNow(limits),
      open: tally.open,
      pendingBatches: pending.batches,
      pendingReadings: pending.readings,
      pendingBytes: pending.bytes,
      historyBatches: history.batches,
      historyBytes: history.bytes,
      damagedBatches: tally.of(DAMAGED).batches,
      oldestPending: (oldest.get() as number | undefined) ?? undefined,
      totals: accountOf(spool, this.#state, tally.open, spool.meta.number("sealed")),
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
    this.#reserve = new Reserve(spool.db.name);
    this.#device = device;
    useDevice(spool, device);
    spool.useCatalog(catalog, grids, now);
    this.#state = spool.savedState;
    return { saved: this.#state, salvaged, open: spool.tally.open, newestSealedAt: spool.tally.newestSealedAt };
  }

  get #inside(): QuotaLimits {
    return this.#limits ?? bug("the spool was used before it was opened");
  }

  get #file(): SpoolFile {
    return this.#spool ?? bug("the spool was used before it was opened");
  }

  /** Gives the batches that were dropped for it; the gaps in their place are to be told even if the commit is refused. */
  #makeRoom(now: EpochMicros, isEnough = false): readonly BatchInfo[] {
    const limits = this.#inside;
    const before = usedBytes(this.#file);
    if (before <= allowedBytes(limits)) return [];
    const { dropped, gaps } = keepInside(this.#file, limits, now);
    this.#file.untold.push(...gaps);
    const used = usedBytes(this.#file);
    if (isEnough || used <= allowedBytes(limits) || used < before) return dropped; // what is left goes with the next commits
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
