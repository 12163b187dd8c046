/**
 * body: what stands inside a batch, by kind. Each is one msgpack array. SPEC.md section "Body".
 *
 *   data     [totals, frame, frame ...]                          all binary
 *   catalog  [[sensor, channel, unit, kind, sampling, period, heartbeat, calibration], ...]
 *   gap      [[epoch, seq, hash, count, reason], ...]                one entry per lost batch
 */
import { z } from "zod";
import { NO_TOTALS, type Totals } from "../accounting.ts";
import { ByteReader, ByteWriter, fromHex, toHex } from "../bytes.ts";
import { type Catalog, SAMPLING_KINDS, SERIES_KINDS } from "../catalog.ts";
import { Fault } from "../faults.ts";
import { type Frame, frameCount } from "../frame.ts";
import { LIMITS } from "../limits.ts";
import { isName } from "../names.ts";
import { micros } from "../time.ts";
import { decodeFrame, encodeFrame } from "./frames.ts";
import { type BatchHash, EPOCH_BYTES, type EpochId, HASH_BYTES } from "./identity.ts";
import { pack, unpack } from "./msgpack.ts";

/** A batch of this agent that will never come, or whose readings stand under another seq. */
export interface Gap {
  readonly epoch: EpochId;
  readonly seq: number;
  /**
   * Of the batch that is lost: under the same seq there may be other content, of a spool before or after it was rolled
   * back. Absent where the spool does not know it any more.
   */
  readonly hash?: BatchHash;
  /** Readings that are lost with it; 0 where nothing is (`resealed`) or where it cannot be known (`corrupt`). */
  readonly count: number;
  /** `resealed`, `dropped_oldest`, `corrupt`, `evicted_after_ack` ... */
  readonly reason: string;
}

export interface DataBody {
  /** The agent's account as of the sealing of this batch, the batch included. */
  readonly totals: Totals;
  readonly frames: readonly Frame[];
}

/** In this order on the wire, trailing zeros cut; `sealed` as the difference read - sealed. */
const TOTALS_ORDER = ["open", "filtered", "derived", "summarised", "inWindow", "dropped"] as const;

export function encodeDataBody({ totals, frames }: DataBody): Uint8Array {
  const numbers = [totals.read, zigzagged(totals.read - totals.sealed), ...TOTALS_ORDER.map((key) => totals[key])];
  while (numbers.at(-1) === 0) numbers.pop();
  const out = new ByteWriter(32);
  for (const number of numbers) out.varint(number);
  return pack([out.finish(), ...frames.map(encodeFrame)]);
}

/** @throws Fault `malformed` where the body is no data body of exactly `count` readings. */
export function decodeDataBody(bytes: Uint8Array, count: number): DataBody {
  if (count > LIMITS.readingsPerBatch)
    throw new Fault("too_big", `batch: expected at most ${LIMITS.readingsPerBatch} readings, got ${count}`);
  const parts = unpack(bytes);
  if (!Array.isArray(parts) || !parts.every((part) => part instanceof Uint8Array))
    throw new Fault("malformed", "data body: expected binary parts");
  const [totals, ...encoded] = parts as Uint8Array[];
  let left = count;
  const frames = encoded.map((part) => {
    const input = new ByteReader(part);
    const frame = decodeFrame(input, left);
    left -= frameCount(frame);
    if (!isFilled(frame)) throw new Fault("malformed", "data body: a frame with an instant without a value");
    if (input.remaining > 0 || left < 0) throw new Fault("malformed", `data body: frame of another length than announced`);
    return frame;
  });
  if (left !== 0) throw new Fault("malformed", `data body: header says ${count} readings, frames hold ${count - left}`);
  return { totals: decodeTotals(totals ?? new Uint8Array()), frames };
}

/** Has every instant a value? Then no frame takes more memory than the readings in the header account for. */
function isFilled(frame: Frame): boolean {
  if (frame.form === "summaries" || frame.columns.some(({ present }) => present === undefined)) return true;
  return frame.at.every((_, instant) => frame.columns.some(({ present }) => present?.[instant] === 1));
}

function decodeTotals(bytes: Uint8Array): Totals {
  const input = new ByteReader(bytes);
  const next = () => (input.remaining > 0 ? input.varint() : 0);
  const read = next();
  const difference = next();
  const sealed = read - (difference % 2 === 0 ? difference / 2 : -(difference + 1) / 2);
  const totals = { ...NO_TOTALS, read, sealed };
  for (const key of TOTALS_ORDER) totals[key] = next();
  if (input.remaining > 0 || sealed < 0 || !Number.isSafeInteger(sealed))
    throw new Fault("malformed", "data body: expected totals of at most eight numbers");
  return totals;
}

function zigzagged(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

export function encodeCatalog(catalog: Catalog): Uint8Array {
  return pack(
    catalog.map((s) => [
      s.sensor,
      s.channel,
      s.unit,
      SERIES_KINDS.indexOf(s.kind),
      SAMPLING_KINDS.indexOf(s.sampling),
      s.period,
      s.heartbeat,
      s.calibration,
    ]),
  );
}

const span = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const name = z.string().refine(isName);
const catalogEntry = z.tuple([
  name,
  name,
  z
    .string()
    .max(64)
    .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Co}]*$/u, "expected a unit without control characters"),
  z
    .number()
    .int()
    .min(0)
    .max(SERIES_KINDS.length - 1),
  z
    .number()
    .int()
    .min(0)
    .max(SAMPLING_KINDS.length - 1),
  span,
  span,
  span,
]);
const catalogShape = z.array(catalogEntry).min(1).max(LIMITS.seriesPerBatch);

/** @throws Fault `malformed`. */
export function decodeCatalog(bytes: Uint8Array): Catalog {
  const entries = shaped("catalog", catalogShape, bytes);
  return entries.map(([sensor, channel, unit, kind, sampling, period, heartbeat, calibration]) => ({
    sensor,
    channel,
    unit,
    kind: SERIES_KINDS[kind] ?? "gauge",
    sampling: SAMPLING_KINDS[sampling] ?? "periodic",
    period: micros(period),
    heartbeat: micros(heartbeat),
    calibration,
  }));
}

export function encodeGaps(gaps: readonly Gap[]): Uint8Array {
  return pack(gaps.map((gap) => [fromHex(gap.epoch), gap.seq, fromHex(gap.hash ?? ""), gap.count, gap.reason]));
}

const gapShape = z
  .array(
    z.tuple([
      z.instanceof(Uint8Array).refine((bytes) => bytes.length === EPOCH_BYTES),
      z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
      z.instanceof(Uint8Array).refine((bytes) => bytes.length === HASH_BYTES || bytes.length === 0),
      z.number().int().min(0).max(LIMITS.readingsPerBatch),
      z.string().regex(/^[a-z][a-z0-9_]{0,39}$/),
    ]),
  )
  .min(1)
  .max(LIMITS.gapsPerBatch);

/** @throws Fault `malformed`. */
export function decodeGaps(bytes: Uint8Array): readonly Gap[] {
  return shaped("gap", gapShape, bytes).map(([epoch, seq, hash, count, reason]) => ({
    epoch: toHex(epoch) as EpochId,
    seq,
    ...(hash.length > 0 && { hash: toHex(hash) as BatchHash }),
    count,
    reason,
  }));
}

function shaped<T>(what: string, schema: z.ZodType<T>, bytes: Uint8Array): T {
  const result = schema.safeParse(unpack(bytes));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Fault("malformed", `${what} body: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "of another shape"}`);
}
