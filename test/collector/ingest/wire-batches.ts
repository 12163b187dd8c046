/**
 * wire-batches: batches as agents publish them, for tests of the collector's side.
 */
import {
  type BatchHeader,
  type BatchKind,
  type Catalog,
  catalogHash,
  catalogRef,
  type EpochId,
  encodeBatch,
  encodeCatalog,
  encodeDataBody,
  encodeGaps,
  encodeHello,
  type Frame,
  frameCount,
  type Gap,
  type Hello,
  type HelloEpoch,
  micros,
  NO_CATALOG,
  NO_TOTALS,
  parseBatch,
  type SampleFrame,
  type SeriesSpec,
  type SummaryFrame,
  type Totals,
} from "../../../protocol/index.ts";
import { NEW_YEAR_2026 } from "../../support/manual-clock.ts";

export const EPOCH = "0123456789abcdef" as EpochId;
export const OTHER_EPOCH = "fedcba9876543210" as EpochId;
const SECOND = 1_000_000;

export function seriesSpec(channel: string, fields: Partial<SeriesSpec> = {}): SeriesSpec {
  const names = { sensor: "air", channel, unit: "Cel", kind: "gauge", sampling: "periodic" } as const;
  return { ...names, period: micros(SECOND), heartbeat: micros(0), calibration: 0, ...fields };
}

export const AIR: Catalog = [seriesSpec("temperature"), seriesSpec("humidity", { unit: "%RH" })];

/** One sample a second of the series, from `from` on. */
export function samples(values: readonly number[], { series = 0, from = NEW_YEAR_2026 as number } = {}): SampleFrame {
  const at = Float64Array.from(values, (_, index) => from + index * SECOND);
  return { form: "samples", at, columns: [{ series, present: undefined, values: Float64Array.from(values), quality: undefined }] };
}

/** One summary of two readings, a second apart. */
export function summary(fields: Partial<Record<Exclude<keyof SummaryFrame, "form" | "series" | "quality">, number>> = {}): SummaryFrame {
  const { at = NEW_YEAR_2026 } = fields;
  const numbers = {
    n: 2,
    min: 20,
    max: 22,
    sum: 42,
    first: 20,
    last: 22,
    lastAt: at + SECOND,
    covered: 2 * SECOND,
    weightedSum: 42 * SECOND,
  };
  const columns = Object.entries({ ...numbers, at, ...fields }).map(([name, value]) => [name, Float64Array.of(value)]);
  return { form: "summaries", series: 0, quality: undefined, ...Object.fromEntries(columns) };
}

export function refOf(catalog: Catalog): BatchHeader["catalog"] {
  return catalogRef(catalogHash(encodeCatalog(catalog)));
}

/** What an agent says first. @param epochs of its spool; a new one has sealed nothing */
export function helloOf(epochs: readonly HelloEpoch[] = [{ epoch: EPOCH, from: 1, to: 0 }], more: Partial<Hello> = {}): Uint8Array {
  const device = { software: "test", token: "", fingerprint: "", clock: { wall: 0, trusted: true, source: "test" } };
  return encodeHello({ session: "5e5510e5e5510e55", epochs, catalogs: [], pending: 0, ...device, ...more });
}

export function catalogBatch(seq: number, catalog: Catalog = AIR, epoch: EpochId = EPOCH): Uint8Array {
  return encodeBatch({ kind: "catalog", epoch, seq, count: 0, catalog: NO_CATALOG }, encodeCatalog(catalog)).bytes;
}

interface DataFields {
  readonly epoch?: EpochId;
  readonly catalog?: Catalog;
  /** What the agent had sealed with this batch: its account then holds nothing else. */
  readonly sealed?: number;
}

export function dataBatch(seq: number, frames: readonly Frame[], { epoch = EPOCH, catalog = AIR, sealed }: DataFields = {}): Uint8Array {
  const count = frames.reduce((total, frame) => total + frameCount(frame), 0);
  const totals: Totals = { ...NO_TOTALS, read: sealed ?? count, sealed: sealed ?? count };
  return encodeBatch({ kind: "data", epoch, seq, count, catalog: refOf(catalog) }, encodeDataBody({ totals, frames })).bytes;
}

export function gapBatch(
  seq: number,
  gaps: readonly (Omit<Gap, "epoch"> & { readonly epoch?: EpochId })[],
  epoch: EpochId = EPOCH,
): Uint8Array {
  const body = encodeGaps(gaps.map((gap) => ({ epoch, ...gap })));
  return encodeBatch({ kind: "gap", epoch, seq, count: 0, catalog: NO_CATALOG }, body).bytes;
}

/** A batch whose hash is right around a body that may be anything. */
export function batchAround(
  body: Uint8Array,
  header: { seq: number; count: number; kind?: BatchKind; epoch?: EpochId; catalog?: Catalog },
): Uint8Array {
  const { kind = "data", epoch = EPOCH, catalog = AIR, seq, count } = header;
  return encodeBatch({ kind, epoch, seq, count, catalog: refOf(catalog) }, body).bytes;
}

export function headerOf(bytes: Uint8Array): BatchHeader {
  return parseBatch(bytes).header;
}
