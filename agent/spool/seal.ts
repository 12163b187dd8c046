/**
 * seal: open readings become sealed batches, in one transaction (rule 3).
 *
 * Sealing needs a trusted offset: it gives every reading its final instant (final-instants.ts). Rows that cannot be
 * read are counted as lost, never passed over in silence.
 */
import {
  bug,
  type CatalogHash,
  type CatalogRef,
  catalogRef,
  encodeBatch,
  encodeDataBody,
  type Frame,
  frameCount,
  LIMITS,
  type SummaryFrame,
} from "../../protocol/index.ts";
import { accountOf, NOTHING_AT_SEAL } from "./account.ts";
import { cutFrame, cutIntoBatches, joinSamples, joinSummaries } from "./build.ts";
import { type BootRows, type SealClock, stampParts } from "./final-instants.ts";
import { readGrids } from "./grids.ts";
import type { SamplerState } from "./journal.ts";
import { decodeOpenRow, type OpenPart, type OpenRow } from "./open-row.ts";
import type { BatchInfo, SpoolFile } from "./spool-file.ts";
import type { StampGrid } from "./stamp.ts";
import { summariseFrames } from "./summarise.ts";

export interface SealRequest extends SealClock {
  readonly maxReadings: number;
  /** Wall clock, for the age of history. */
  readonly now: number;
  /** What is open holds an urgent reading. */
  readonly urgent?: boolean;
}

interface JournalRow extends OpenRow {
  readonly id: number;
}

/** Rows of one boot and one catalog. */
interface OpenGroup extends BootRows {
  readonly catalog: number;
  /** Of the newest row, JSON. */
  readonly state: string;
}

/** Rows taken at once, so that memory stays flat however long sealing had to wait. */
const ROWS_AT_ONCE = 256;
/** A sensor's channels at one instant are never torn apart. */
const SMALLEST_BATCH = LIMITS.channelsPerFrame;

/** Seals everything that is open, and adds to `sealed`: what a fault leaves in there is durable all the same. */
export function sealAll(spool: SpoolFile, request: SealRequest, sealed: BatchInfo[] = []): BatchInfo[] {
  for (;;) {
    const batches = spool.transaction(() => sealRows(spool, request));
    if (batches === undefined) return sealed;
    sealed.push(...batches);
  }
}

function sealRows(spool: SpoolFile, request: SealRequest): BatchInfo[] | undefined {
  const next = spool.db.prepare("SELECT * FROM journal ORDER BY id LIMIT ?").all(ROWS_AT_ONCE) as JournalRow[];
  if (next.length === 0) return undefined;
  const { sound, lost, end } = takeGroup(next);
  spool.meta.set("lost", spool.meta.number("lost") + lost);
  const infos = sound === undefined ? [] : sealGroup(spool, sound, request);
  spool.db.prepare("DELETE FROM journal WHERE id <= ?").run(end);
  return infos;
}

/**
 * The next rows of one catalog and one boot, for both decide what the numbers in a row mean. Damaged rows between
 * them are counted by what they said they held.
 */
function takeGroup(next: readonly JournalRow[]): { readonly sound: OpenGroup | undefined; readonly lost: number; readonly end: number } {
  const all: OpenPart[] = [];
  let sound: OpenGroup | undefined;
  let lost = 0;
  let end = 0;
  for (const row of next) {
    const parts = decodeOpenRow(row);
    if (parts !== undefined && sound !== undefined && (row.catalog !== sound.catalog || row.boot !== sound.boot)) break;
    end = row.id;
    if (parts === undefined) lost += Number.isSafeInteger(row.count) ? row.count : 0;
    else {
      all.push(...parts);
      const beganUntrusted = sound?.beganUntrusted ?? row.offset === null;
      sound = { boot: row.boot, catalog: row.catalog, state: row.state, parts: all, beganUntrusted };
    }
  }
  return { sound, lost, end };
}

function sealGroup(spool: SpoolFile, group: OpenGroup, request: SealRequest): BatchInfo[] {
  const { catalog, state } = group;
  const { hash, grids } = catalogOf(spool, catalog);
  const frames = toFrames(spool, group, readGrids(grids), request);
  spool.meta.set("state", state);
  return insertBatches(spool, frames, catalogRef(hash), JSON.parse(state) as SamplerState, request);
}

/** Frames of these rows as they are sealed: instants final, windows closed, joined by sensor and series. */
function toFrames(spool: SpoolFile, rows: BootRows, grids: readonly StampGrid[], request: SealRequest): Frame[] {
  const frames: Frame[] = [];
  for (const { grid, isDevice, frames: stamped } of stampParts(spool, rows, grids, request)) {
    if (isDevice) {
      frames.push(...joinSamples(stamped));
      continue;
    }
    const { samples, summaries: made, readings } = summariseFrames(stamped, grid);
    if (readings > 0) countSummarised(spool, readings, made);
    frames.push(...joinSamples(samples), ...made);
  }
  const summaries = rows.parts.map((part) => part.frame).filter((frame): frame is SummaryFrame => frame.form === "summaries");
  const bySeries = Map.groupBy(summaries, (frame) => frame.series);
  return [...frames, ...[...bySeries.values()].map(joinSummaries)];
}

/** What the seal itself summarised; the sampler's tallies do not know of it. */
function countSummarised(spool: SpoolFile, readings: number, made: readonly SummaryFrame[]): void {
  const before = spool.meta.json("at_seal", NOTHING_AT_SEAL);
  const derived = made.reduce((sum, frame) => sum + frame.at.length, before.derived);
  spool.meta.set("at_seal", JSON.stringify({ summarised: before.summarised + readings, derived }));
}

/** @param state as of the newest row of the group, so that of what it counted only these frames are still open. */
function insertBatches(
  spool: SpoolFile,
  frames: readonly Frame[],
  catalog: CatalogRef,
  state: SamplerState,
  request: SealRequest,
): BatchInfo[] {
  let sealed = spool.meta.number("sealed");
  const infos: BatchInfo[] = [];
  const queue = cutIntoBatches(frames, Math.min(LIMITS.readingsPerBatch, Math.max(SMALLEST_BATCH, request.maxReadings)));
  let waiting = queue.reduce((sum, batch) => sum + countReadings(batch), 0);
  while (queue.length > 0) {
    const batch = queue.shift() as Frame[];
    const count = countReadings(batch);
    const totals = accountOf(spool, state, waiting - count, sealed + count);
    const body = encodeDataBody({ totals, frames: batch });
    const { epoch, nextSeq } = spool.epochs.current();
    const encoded = encodeBatch({ kind: "data", epoch, seq: nextSeq, count, catalog }, body);
    if (encoded.bytes.length > LIMITS.batchBytes || body.length > LIMITS.bodyBytes) {
      queue.unshift(...halves(batch, count));
      continue;
    }
    infos.push(spool.insert("data", count, catalog, body, request.now, encoded));
    sealed += count;
    waiting -= count;
  }
  spool.meta.set("sealed", sealed);
  return infos;
}

export function countReadings(frames: readonly Frame[]): number {
  return frames.reduce((sum, frame) => sum + frameCount(frame), 0);
}

/** A batch that came out too big, as two of half the readings. */
export function halves(frames: readonly Frame[], count: number): Frame[][] {
  const [head, ...rest] = frames as [Frame, ...Frame[]];
  if (rest.length > 0) {
    const middle = Math.ceil(frames.length / 2);
    return [frames.slice(0, middle), frames.slice(middle)];
  }
  return cutFrame(head, Math.max(SMALLEST_BATCH, Math.floor(count / 2))).flatMap((frame) => (frame === undefined ? [] : [[frame]]));
}

function catalogOf(spool: SpoolFile, id: number): { readonly hash: CatalogHash; readonly grids: string } {
  const row = spool.db.prepare("SELECT hash, grids FROM catalog WHERE id = ?").get(id);
  return (row ?? bug(`journal rows of an unknown catalog ${id}`)) as { hash: CatalogHash; grids: string };
}
