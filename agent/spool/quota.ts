/**
 * quota: keeps the spool inside `max_size`, and the disk above `keep_free`.
 *
 * Acked history goes first, oldest first; then the oldest pending data, each batch with a gap that names it and
 * its readings. Gaps and catalogs stay, for a week after their ack: they are small, and a collector that lost them
 * could not read the stream, or would learn another reason than the true one.
 */
import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Gap } from "../../protocol/index.ts";
import type { BatchInfo, SpoolFile } from "./spool-file.ts";

export interface QuotaLimits {
  readonly path: string;
  readonly maxSize: number;
  readonly keepFree: number;
}

export interface QuotaOutcome {
  readonly dropped: readonly BatchInfo[];
  readonly gaps: readonly BatchInfo[];
}

/** Acked batches are kept for a week, and in at most a quarter of the quota (rule 9). */
const HISTORY_MICROS = 7 * 86_400 * 1_000_000;
const HISTORY_SHARE = 0.25;
const STEP = 32;

/** Bytes the file holds, pages on the freelist not counted: they are used again first. */
export function usedBytes(spool: SpoolFile): number {
  return (pragma(spool, "page_count") - pragma(spool, "freelist_count")) * pragma(spool, "page_size");
}

/**
 * What the quota allows now: less than `max_size` where others fill the disk. Reckoned from all the disk space that
 * is ours: pages on the freelist and the WAL are room too, though the disk does not show it.
 */
export function allowedBytes({ path, maxSize, keepFree }: QuotaLimits): number {
  const { bavail, bsize } = statfsSync(dirname(path));
  const ours = ["", "-wal", "-shm"].reduce((sum, suffix) => sum + (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0), 0);
  return Math.min(maxSize, ours + bavail * bsize - keepFree);
}

function pragma(spool: SpoolFile, name: "page_count" | "page_size" | "freelist_count"): number {
  return spool.db.pragma(name, { simple: true }) as number;
}

export function keepInside(spool: SpoolFile, limits: QuotaLimits, now: number): QuotaOutcome {
  trimHistory(spool, limits, now);
  const dropped: BatchInfo[] = [];
  const gaps: BatchInfo[] = [];
  const allowed = allowedBytes(limits);
  while (usedBytes(spool) > allowed && dropHistory(spool, STEP) > 0);
  while (usedBytes(spool) > allowed) {
    const step = spool.transaction(() => dropOldest(spool, now));
    if (step.dropped.length === 0) break;
    dropped.push(...step.dropped);
    gaps.push(...step.gaps);
  }
  spool.db.pragma("incremental_vacuum(256)");
  return { dropped, gaps };
}

function trimHistory(spool: SpoolFile, { maxSize }: QuotaLimits, now: number): void {
  spool.db.prepare("DELETE FROM batch WHERE state = 1 AND sealed_at < ?").run(now - HISTORY_MICROS);
  const history = spool.db.prepare("SELECT COALESCE(SUM(size), 0) FROM batch WHERE state = 1").pluck();
  while ((history.get() as number) > maxSize * HISTORY_SHARE && dropHistory(spool, STEP) > 0);
}

function dropHistory(spool: SpoolFile, limit: number): number {
  const oldest = "SELECT rowid FROM batch WHERE state = 1 AND kind = 'data' ORDER BY sealed_at, epoch, seq LIMIT ?";
  return spool.db.prepare(`DELETE FROM batch WHERE rowid IN (${oldest})`).run(limit).changes;
}

function dropOldest(spool: SpoolFile, now: number): QuotaOutcome {
  const dropped = spool.oldestPendingData(STEP);
  for (const info of dropped) spool.remove(info);
  const gaps = dropped.map(({ epoch, seq, hash, count }): Gap => ({ epoch, seq, hash, count, reason: "dropped_oldest" }));
  return { dropped, gaps: spool.declare(gaps, now) };
}
