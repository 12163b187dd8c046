/**
 * codec-batches: batches that the codec writes, chosen so that it comes to every form that it knows.
 */
import {
  type Catalog,
  type CatalogRef,
  type EpochId,
  encodeBatch,
  encodeCatalog,
  encodeDataBody,
  encodeGaps,
  type Frame,
  frameCount,
  NO_CATALOG,
  NO_TOTALS,
  type SampleColumn,
  type SummaryFrame,
  type Totals,
} from "../../../protocol/index.ts";

export interface CodecBatch {
  readonly title: string;
  readonly bytes: Uint8Array;
}

const BEGIN = 1_795_200_000_000_000;
const EPOCH = "5eed000000000001" as EpochId;
const OTHER = "0ddba11c0ffee000" as EpochId;
const CATALOG = "6d957ba5" as CatalogRef;
const SECOND = 1_000_000;

const every = (step: number, size: number) => Float64Array.from({ length: size }, (_, i) => BEGIN + i * step);
const make = (size: number, value: (i: number) => number) => Float64Array.from({ length: size }, (_, i) => value(i));
const column = (series: number, values: Float64Array, more: Partial<SampleColumn> = {}): SampleColumn => ({
  series,
  present: undefined,
  quality: undefined,
  values,
  ...more,
});

/** A data batch of frames; its totals are those of an agent that read and sealed nothing else. */
function data(title: string, frames: readonly Frame[], totals: Partial<Totals> = {}, seq = 7): CodecBatch {
  const count = frames.reduce((sum, frame) => sum + frameCount(frame), 0);
  const body = encodeDataBody({ totals: { ...NO_TOTALS, read: count, sealed: count, ...totals }, frames });
  return { title, bytes: encodeBatch({ kind: "data", epoch: EPOCH, seq, count, catalog: CATALOG }, body).bytes };
}

/** A data batch of one channel, one reading a second. */
function series(title: string, values: Float64Array): CodecBatch {
  return data(title, [{ form: "samples", at: every(SECOND, values.length), columns: [column(0, values)] }]);
}

/** Numbers that look drawn and are the same on every machine (a multiplicative generator modulo 2^31 - 1). */
function drawn(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % (2 ** 31 - 1);
    return state % below;
  };
}

/** A temperature in hundredths that walks. */
function walk(size: number, seed: number): Float64Array {
  const draw = drawn(seed);
  let hundredths = 2_150;
  return make(size, () => {
    hundredths += Math.max(-2, Math.min(2, draw(9) - 4));
    return hundredths / 100;
  });
}

function summaries(size: number): SummaryFrame {
  const draw = drawn(11);
  const first = walk(size, 5);
  const last = make(size, (i) => Math.round((first[i] as number) * 100 + draw(5) - 2) / 100);
  const min = make(size, (i) => Math.round(Math.min(first[i] as number, last[i] as number) * 100 - draw(8)) / 100);
  const max = make(size, (i) => Math.round(Math.max(first[i] as number, last[i] as number) * 100 + draw(8)) / 100);
  const n = make(size, () => 60 - draw(2));
  const sum = make(size, (i) => Math.round((((n[i] as number) * ((min[i] as number) + (max[i] as number))) / 2) * 100 + draw(40)) / 100);
  const at = every(60 * SECOND, size);
  const covered = make(size, () => 60 * SECOND);
  const weightedSum = make(size, (i) => ((sum[i] as number) * (covered[i] as number)) / (n[i] as number));
  const lastAt = make(size, (i) => (at[i] as number) + 59 * SECOND);
  return { form: "summaries", series: 3, at, n, min, max, sum, first, last, lastAt, covered, weightedSum, quality: undefined };
}

const CATALOG_OF_TWO: Catalog = [
  { sensor: "air", channel: "temperature", unit: "Cel", kind: "gauge", sampling: "periodic", period: 1e6, heartbeat: 0, calibration: 0 },
  { sensor: "door", channel: "open", unit: "1", kind: "state", sampling: "on_change", period: 1e5, heartbeat: 3e8, calibration: 2 },
] as unknown as Catalog;

const LARGE_CATALOG: Catalog = Array.from({ length: 40 }, (_, i) => ({
  ...(CATALOG_OF_TWO[i % 2] as Catalog[number]),
  sensor: `meter-${Math.floor(i / 8)}`,
  channel: `phase_${i % 8}`,
  unit: "µW/m2",
}));

const batchOf = (kind: "gap" | "catalog", body: Uint8Array, seq = 1) =>
  encodeBatch({ kind, epoch: EPOCH, seq, count: 0, catalog: NO_CATALOG }, body).bytes;

const noise = drawn(3);
const present = Uint8Array.of(1, 1, 0, 1, 0, 1);

export const BATCHES: Readonly<Record<string, CodecBatch>> = {
  "catalog-plain": { title: "a catalog of one series, not deflated", bytes: batchOf("catalog", encodeCatalog(CATALOG_OF_TWO.slice(0, 1))) },
  "catalog-deflated": {
    title: "a catalog of 40 series, deflated, units beyond ASCII",
    bytes: batchOf("catalog", encodeCatalog(LARGE_CATALOG), 2),
  },
  "gap-reasons": {
    title: "gaps of each reason, in two epochs",
    bytes: batchOf(
      "gap",
      encodeGaps([
        { epoch: OTHER, seq: 9, hash: "24058f9c65de3aee" as never, count: 120, reason: "dropped_oldest" },
        { epoch: OTHER, seq: 10, hash: "00000000000000ff" as never, count: 0, reason: "resealed" },
        { epoch: EPOCH, seq: 1, count: 5_000, reason: "corrupt" },
        { epoch: EPOCH, seq: Number.MAX_SAFE_INTEGER, count: 1, reason: "evicted_after_ack" },
      ]),
    ),
  },
  "single-reading": series("a single reading", Float64Array.of(21.5)),
  "largest-header": data(
    "seq 2^53 - 1, totals of every kind, more sealed than read",
    [{ form: "samples", at: Float64Array.of(BEGIN + 17), columns: [column(511, Float64Array.of(1))] }],
    { read: 10, derived: 1_000, filtered: 3, summarised: 4, inWindow: 2, open: 1, sealed: 1_000, dropped: 5 },
    Number.MAX_SAFE_INTEGER,
  ),
  "five-thousand-readings": series("5,000 readings on one channel", walk(5_000, 1)),
  "five-hundred-doubles": series(
    "500 readings of which nothing can be foretold",
    make(500, () => (noise(2 ** 31 - 1) + 0.1) ** 3.7),
  ),
  "two-channels": data("two channels that are always there", [
    {
      form: "samples",
      at: every(SECOND, 90),
      columns: [
        column(0, walk(90, 2)),
        column(
          1,
          make(90, (i) => 45 + (i % 7) / 10),
        ),
      ],
    },
  ]),
  "thirty-two-channels": data("as many channels as a frame may have, at the end of the catalog", [
    {
      form: "samples",
      at: every(SECOND, 3),
      columns: Array.from({ length: 32 }, (_, i) =>
        column(
          480 + i,
          make(3, (j) => i + j / 4),
        ),
      ),
    },
  ]),
  "presence-and-quality": data("three channels: always there, partly there, partly there and not all good", [
    {
      form: "samples",
      at: every(SECOND, 6),
      columns: [
        column(
          4,
          make(6, (i) => i / 2),
          { quality: Uint8Array.of(0, 0, 0, 0, 2, 2) },
        ),
        column(
          5,
          make(4, (i) => i),
          { present },
        ),
        column(
          9,
          make(4, (i) => -i),
          { present, quality: Uint8Array.of(0, 1, 2, 0) },
        ),
      ],
    },
  ]),
  "two-frames": data("samples of one sensor and summaries of another", [
    { form: "samples", at: every(SECOND, 20), columns: [column(0, walk(20, 7))] },
    summaries(4),
  ]),
  "summaries-quarter": data("15 summaries of a minute", [summaries(15)]),
  "summaries-suspect": data("summaries of which one is suspect", [{ ...summaries(5), quality: Uint8Array.of(0, 0, 1, 0, 0) }]),
  "instants-out-of-order": data("instants out of order and twice the same", [
    {
      form: "samples",
      at: Float64Array.from([0, 5, 3, 3, 9, 1], (s) => BEGIN + s * SECOND),
      columns: [
        column(
          0,
          make(6, (i) => i),
        ),
      ],
    },
  ]),
  "instants-jitter": data("instants a few milliseconds off their grid", [
    { form: "samples", at: make(100, (i) => BEGIN + i * SECOND + noise(8) * 1_000), columns: [column(0, walk(100, 9))] },
  ]),
  "doubles-extreme": series(
    "-0, subnormals, the largest and the smallest double, 2^53 and its neighbours",
    Float64Array.of(
      -0,
      0,
      5e-324,
      -5e-324,
      2.225073858507201e-308,
      2.2250738585072014e-308,
      2 ** 53 - 1,
      2 ** 53,
      -(2 ** 53),
      Number.MAX_VALUE,
    ),
  ),
  "magnitudes-mixed": series("magnitudes mixed", Float64Array.of(1e-9, 21.5, 1e9 + 0.123456789, 0.1 + 0.2, -3e15, 7, 1e21, 21.6)),
  "constant-minus-zero": series(
    "-0 throughout",
    make(50, () => -0),
  ),
  "steps-of-a-converter": series(
    "steps of 10/7 rounded to hundredths",
    Float64Array.from([96, 97, 96, 98, 99, 97, 96, 98, 120, 97, 96, 98, 97, 97, 98, 99], (x) => Math.round((x * 1_000) / 7) / 100),
  ),
  "few-values": series(
    "four values that come again",
    make(60, () => [42.17, 42.206, 42.243, 42.28][noise(4)] as number),
  ),
  "rare-events": series(
    "zeros, and now and then a count of any size",
    make(300, (i) => (i % 37 === 5 ? noise(100_000) : 0)),
  ),
  "noise-of-thousands": series(
    "a level with noise of some thousands",
    make(400, () => 1e6 + noise(40) * noise(40) * noise(40)),
  ),
};
