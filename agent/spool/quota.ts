/**
 * quota: keeps the spool inside `max_size`, and the disk above `keep_free`.
 *
 * Acked history goes first, oldest first; then the oldest pending data, each batch with a gap that names it and
 * its readings. Gaps and catalogs stay, for a week after their ack: they are small, and a collector that lost them
 * could not read the stream, or would learn another reason than the true one.
 *
 * History is also kept in its bounds with each seal (rule 9), and whatever has to go goes in parts, over several calls:
 * a spool that holds far too much, after its quota was lowered, is over it for some commits, and none of them waits long.
 */
import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type Gap, isFault } from "../../protocol/index.ts";
import { spoolFault } from "./open.ts";
import { ACKED, type BatchInfo, type SpoolFile } from "./spool-file.ts";

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
/** More history goes than has to, so that not every commit makes room for itself. */
const SLACK_SHARE = 0.01;
/** A commit waits for what is given up before it, so that is done in parts of a few milliseconds. */
const MOST_ROWS = 512;

/**
 * What the spool may have while others leave less than `keep_free`, but an eighth of `max_size` at the most: enough to hand
 * readings on to a collector that is there, and to count what is lost. The last of a disk stays free all the same, for what counts.
 */
const LEAST = 2 * 2 ** 20;
const LAST = 2 ** 19;

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
  const left = ours + bavail * bsize;
  return Math.max(0, Math.min(maxSize, Math.max(left - keepFree, Math.min(LEAST, maxSize / 8, left - LAST))));
}

/** 0 where the disk cannot even be asked: a status is told of what is left, a commit says why it fails. */
export function allowedNow(limits: QuotaLimits): number {
  try {
    return allowedBytes(limits);
  } catch (error) {
    if (isFault(spoolFault(limits.path, error))) return 0;
    throw error;
  }
}

function pragma(spool: SpoolFile, name: "page_count" | "page_size" | "freelist_count"): number {
  return spool.db.pragma(name, { simple: true }) as number;
}

/** Gives up what has to go: history first, then the oldest pending data; at most `MOST_ROWS` of either at once. */
export function keepInside(spool: SpoolFile, limits: QuotaLimits, now: number): QuotaOutcome {
  trimHistory(spool, limits, now);
  const dropped: BatchInfo[] = [];
  const gaps: BatchInfo[] = [];
  const allowed = allowedBytes(limits);
  const excess = usedBytes(spool) - allowed;
  if (excess > 0) dropHistory(spool, excess + allowed * SLACK_SHARE);
  while (usedBytes(spool) > allowed && spool.tally.of(ACKED, "data").batches === 0 && dropped.length < MOST_ROWS) {
    const step = spool.transaction(() => dropOldest(spool, now));
    if (step.dropped.length === 0) break;
    dropped.push(...step.dropped);
    gaps.push(...step.gaps);
  }
  spool.db.pragma("incremental_vacuum(256)");
  return { dropped, gaps };
}

/** Lets go of history that is too old or too much (rule 9). At most `MOST_ROWS`: what is left goes the next time. */
export function trimHistory(spool: SpoolFile, { maxSize }: Pick<QuotaLimits, "maxSize">, now: number): void {
  const old = "SELECT rowid FROM batch WHERE state = 1 AND sealed_at < ? ORDER BY sealed_at LIMIT ?";
  spool.db.prepare(`DELETE FROM batch WHERE rowid IN (${old})`).run(now - HISTORY_MICROS, MOST_ROWS);
  dropHistory(spool, spool.tally.of(ACKED, "data").bytes - maxSize * HISTORY_SHARE);
}

/** Drops acked data, oldest first, until so many bytes are gone, or `MOST_ROWS` batches. */
function dropHistory(spool: SpoolFile, bytes: number): void {
  if (bytes <= 0) return;
  const select = spool.db.prepare("SELECT rowid, size FROM batch WHERE state = 1 AND kind = 'data' ORDER BY sealed_at, rowid LIMIT ?");
  const remove = spool.db.prepare("DELETE FROM batch WHERE rowid = ?");
  spool.transaction(() => {
    let rest = bytes;
    for (const { rowid, size } of select.all(MOST_ROWS) as { readonly rowid: number; readonly size: number }[]) {
      if (rest <= 0) return;
      remove.run(rowid);
      rest -= size;
    }
  });
}

function dropOldest(spool: SpoolFile, now: number): QuotaOutcome {
  const dropped = spool.oldestPendingData(STEP);
  for (const info of dropped) spool.remove(info);
  const gaps = dropped.map(({ epoch, seq, hash, count }): Gap => ({ epoch, seq, hash, count, reason: "dropped_oldest" }));
  return { dropped, gaps: spool.declare(gaps, now) };
}
