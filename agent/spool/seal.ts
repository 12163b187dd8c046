/**
 * seal: open readings become sealed batches, in one transaction (rule 3).
 *
 * Sealing needs a trusted offset: it gives every reading its final instant. Rows of an earlier boot use the
 * offset that was known in that boot; where there never was one they are taken to end where the present boot
 * began, with quality suspect. Rows that cannot be read are counted as lost, never passed over in silence.
 */
import {
  type BatchHeader,
  encodeBatch,
  encodeDataBody,
  type Frame,
  frameCount,
  LIMITS,
  type SampleFrame,
  type SummaryFrame,
} from "../../protocol/index.ts";
import { accountOf, NOTHING_AT_SEAL } from "./account.ts";
import { cutFrame, cutIntoBatches, joinSamples, joinSummaries } from "./build.ts";
import type { SamplerState } from "./journal.ts";
import { decodeOpenRow, type OpenPart } from "./open-row.ts";
import type { BatchInfo, SpoolFile } from "./spool-file.ts";
import { GENERATIONS, type StampGrid, stampAll } from "./stamp.ts";
import { summariseFrames } from "./summarise.ts";

export interface SealRequest {
  /** The present boot, and wall - monotonic in it: trusted, or an estimate that makes its readings suspect. */
  readonly boot: string;
  readonly offset: number;
  readonly suspect: boolean;
  /** Did this boot begin without a trusted clock? */
  readonly beganUntrusted: boolean;
  readonly maxReadings: number;
  /** Wall clock, for the age of history. */
  readonly now: number;
}

interface JournalRow {
  readonly id: number;
  readonly boot: string;
  readonly catalog: number;
  readonly offset: number | null;
  readonly count: number;
  readonly check: string;
  readonly state: string;
  readonly body: Uint8Array;
}

/** Rows taken at once, so that memory stays flat however long sealing had to wait. */
const ROWS_AT_ONCE = 256;
/** A sensor's channels at one instant are never torn apart. */
const SMALLEST_BATCH = LIMITS.channelsPerFrame;

/** Seals everything that is open. */
export function sealAll(spool: SpoolFile, request: SealRequest): BatchInfo[] {
  const sealed: BatchInfo[] = [];
  for (;;) {
    const batches = spool.transaction(() => sealRows(spool, request));
    if (batches === undefined) return sealed;
    sealed.push(...batches);
  }
}

function sealRows(spool: SpoolFile, request: SealRequest): BatchInfo[] | undefined {
  const next = spool.db.prepare("SELECT * FROM journal ORDER BY id LIMIT ?").all(ROWS_AT_ONCE) as JournalRow[];
  const [first] = next;
  if (first === undefined) return undefined;
  // One catalog and one boot at a time: both decide what the numbers in a row mean.
  const end = next.findIndex((row) => row.catalog !== first.catalog || row.boot !== first.boot);
  const rows = end < 0 ? next : next.slice(0, end);
  const parts = rows.map((row) => decodeOpenRow(row.body, row.check));
  const lost = rows.reduce((sum, row, index) => sum + (parts[index] === undefined ? row.count : 0), 0);
  const frames = stampParts(
    spool,
    parts.flatMap((part) => part ?? []),
    rows,
    request,
  );
  const infos = insertBatches(spool, frames, rows, lost, request);
  spool.db.prepare("DELETE FROM journal WHERE id <= ?").run(rows.at(-1)?.id);
  spool.meta.set("state", rows.at(-1)?.state ?? "");
  return infos;
}

function stampParts(spool: SpoolFile, parts: readonly OpenPart[], rows: readonly JournalRow[], request: SealRequest): Frame[] {
  const grids = JSON.parse(catalogOf(spool, rows).grids) as StampGrid[];
  const samples = parts.filter((part) => part.frame.form === "samples");
  const bySensor = Map.groupBy(samples, (part) => part.sensor);
  const clock = offsetOf(spool, parts, rows, request);
  const stamps = spool.meta.json<Record<string, number>>("stamps", {});
  const frames: Frame[] = [];
  for (const [sensor, ofSensor] of bySensor) {
    const grid = grids[sensor] ?? { sensor: String(sensor), every: undefined, phase: 0 };
    const stamped = ofSensor.map((part) => {
      const frame = part.frame as SampleFrame;
      if (part.stamp === "device") return frame;
      const at = stampAll(frame.at, clock.offset, clock.generation, grid, stamps[grid.sensor] ?? 0);
      stamps[grid.sensor] = at.at(-1) ?? 0;
      return clock.suspect ? suspected({ ...frame, at }) : { ...frame, at };
    });
    const { samples: left, summaries: made, readings } = summariseFrames(stamped, grid);
    if (readings > 0) countSummarised(spool, readings, made);
    frames.push(...joinSamples(left), ...made);
  }
  spool.meta.set("stamps", JSON.stringify(stamps));
  const summaries = parts.map((part) => part.frame).filter((frame): frame is SummaryFrame => frame.form === "summaries");
  const bySeries = Map.groupBy(summaries, (frame) => frame.series);
  return [...frames, ...[...bySeries.values()].map(joinSummaries)];
}

/** What the seal itself summarised; the sampler's tallies do not know of it. */
function countSummarised(spool: SpoolFile, readings: number, made: readonly SummaryFrame[]): void {
  const before = spool.meta.json("at_seal", NOTHING_AT_SEAL);
  const derived = made.reduce((sum, frame) => sum + frame.at.length, before.derived);
  spool.meta.set("at_seal", JSON.stringify({ summarised: before.summarised + readings, derived }));
}

/** The offset and generation for these rows; the generation moves on where the clock went back (stamp.ts). */
function offsetOf(spool: SpoolFile, parts: readonly OpenPart[], rows: readonly JournalRow[], request: SealRequest) {
  const boot = rows[0]?.boot ?? request.boot;
  const current = boot === request.boot;
  const known = rows.findLast((row) => row.offset !== null)?.offset ?? undefined;
  const newest = parts.reduce((latest, part) => (part.stamp === "boot" ? Math.max(latest, part.frame.at.at(-1) ?? 0) : latest), 0);
  const offset = current ? request.offset : (known ?? request.offset - newest);
  const before = spool.meta.json("generation", { number: 0, boot, offset });
  const back = before.boot === boot ? offset < before.offset : request.beganUntrusted || !current;
  const number = back ? (before.number + 1) % GENERATIONS : before.number;
  spool.meta.set("generation", JSON.stringify({ number, boot, offset }));
  return { offset, generation: number, suspect: current ? request.suspect : known === undefined };
}

/** Every good value becomes suspect: its instant is a guess. */
function suspected(frame: SampleFrame): SampleFrame {
  const columns = frame.columns.map((column) => {
    const quality = column.quality?.map((code) => Math.max(code, 1)) ?? new Uint8Array(column.values.length).fill(1);
    return { ...column, quality };
  });
  return { ...frame, columns };
}

function insertBatches(
  spool: SpoolFile,
  frames: readonly Frame[],
  rows: readonly JournalRow[],
  lost: number,
  request: SealRequest,
): BatchInfo[] {
  const { hash } = catalogOf(spool, rows);
  const catalog = hash.slice(0, 8) as BatchHeader["catalog"];
  const state = JSON.parse(rows.at(-1)?.state ?? "{}") as SamplerState;
  const openAfter = openReadings(spool) - rows.reduce((sum, row) => sum + row.count, 0);
  let sealed = spool.meta.number("sealed");
  spool.meta.set("lost", spool.meta.number("lost") + lost);
  const infos: BatchInfo[] = [];
  const queue = cutIntoBatches(frames, Math.max(SMALLEST_BATCH, request.maxReadings));
  let waiting = queue.reduce((sum, batch) => sum + batch.reduce((count, frame) => count + frameCount(frame), 0), 0);
  while (queue.length > 0) {
    const batch = queue.shift() as Frame[];
    const count = batch.reduce((sum, frame) => sum + frameCount(frame), 0);
    const totals = accountOf(spool, state, openAfter + waiting - count, sealed + count);
    const body = encodeDataBody({ totals, frames: batch });
    const { epoch, nextSeq } = spool.currentEpoch();
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

/** A batch that came out too big, as two of half the readings. */
export function halves(frames: readonly Frame[], count: number): Frame[][] {
  const [head, ...rest] = frames as [Frame, ...Frame[]];
  if (rest.length > 0) {
    const middle = Math.ceil(frames.length / 2);
    return [frames.slice(0, middle), frames.slice(middle)];
  }
  return cutFrame(head, Math.max(SMALLEST_BATCH, Math.floor(count / 2))).flatMap((frame) => (frame === undefined ? [] : [[frame]]));
}

export function openReadings(spool: SpoolFile): number {
  return spool.db.prepare("SELECT COALESCE(SUM(count), 0) FROM journal").pluck().get() as number;
}

function catalogOf(spool: SpoolFile, rows: readonly JournalRow[]): { readonly hash: string; readonly grids: string } {
  return spool.db.prepare("SELECT hash, grids FROM catalog WHERE id = ?").get(rows[0]?.catalog) as { hash: string; grids: string };
}
