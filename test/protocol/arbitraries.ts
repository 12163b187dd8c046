/**
 * arbitraries: what the codec is tried with: columns of every sort, frames, batches and messages of every kind.
 */
import fc from "fast-check";
import {
  type BatchHash,
  type BatchKind,
  type Catalog,
  type CatalogHash,
  type EpochId,
  encodeAck,
  encodeAgentStatus,
  encodeBatch,
  encodeCatalog,
  encodeCollectorStatus,
  encodeDataBody,
  encodeGaps,
  encodeHello,
  encodeHelloAck,
  type Frame,
  frameCount,
  type Gap,
  LIMITS,
  micros,
  NACK_CODES,
  NO_CATALOG,
  SAMPLING_KINDS,
  type SampleColumn,
  SERIES_KINDS,
  type Totals,
} from "../../protocol/index.ts";

const NOW = 1_790_000_000_000_000;
const hexOf = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((drawn) => Buffer.from(drawn).toString("hex"));
const epoch = hexOf(8) as fc.Arbitrary<EpochId>;
const hash = hexOf(8) as fc.Arbitrary<BatchHash>;
const count = fc.nat(Number.MAX_SAFE_INTEGER);
const seq = fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
const name = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,39}$/);
const instant = fc.oneof(
  fc.nat(1_000_000).map((ms) => NOW + ms * 1_000),
  fc.nat(Number.MAX_SAFE_INTEGER),
);

/** One finite double of any sort. */
const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -100_000, max: 100_000 }).map((hundredths) => hundredths / 100),
  fc.constantFrom(0, -0, 5e-324, 2.2250738585072014e-308, 2 ** 51, 2 ** 53, -(2 ** 53), Number.MAX_VALUE, 0.1 + 0.2, 1e9 + 0.123456789),
);

/** What a sensor says at a level that walks by small changes. */
const SENSORS: readonly ((level: number, change: number) => number)[] = [
  (level) => level / 100,
  (level) => level * 0.1,
  (level) => Math.fround(level / 10),
  (level) => Math.round((level * 1_000) / 7) / 100,
  (_, change) => (change === 3 ? 12.5 : 0),
  (_, change) => [20.13, 20.2, 31.9, 17.04][Math.abs(change)] as number,
  (level, change) => level * level * 1e3 + change,
];

/** Columns as sensors make them, and as nobody does: constant, decimal, mixed in magnitude, any double. */
export function numberColumn(size: { readonly min: number; readonly max: number }): fc.Arbitrary<Float64Array> {
  const range = { minLength: size.min, maxLength: size.max };
  const decimal = fc
    .tuple(fc.nat(9), fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 }), range))
    .map(([places, integers]) => integers.map((integer) => integer / 10 ** places));
  const sensor = fc.tuple(
    fc.constantFrom(...SENSORS),
    fc.array(fc.integer({ min: -3, max: 3 }), range),
    fc.array(finite, { maxLength: 3 }),
  );
  const walk = sensor.map(([say, changes, odd]) => {
    let level = 200;
    const values = changes.map((change) => {
      level += change;
      return say(level, change);
    });
    odd.forEach((value, i) => {
      values[(i * 7) % values.length] = value;
    });
    return values;
  });
  const constant = fc.tuple(finite, fc.integer(size)).map(([value, length]) => new Array<number>(length).fill(value));
  return fc.oneof(fc.array(finite, range), decimal, walk, constant).map((values) => Float64Array.from(values));
}

/** Instants on a grid, jittered, repeated, out of order, on both sides of the epoch. */
export function instantColumn(size: { readonly min: number; readonly max: number }): fc.Arbitrary<Float64Array> {
  const range = { minLength: size.min, maxLength: size.max };
  const grid = fc
    .tuple(fc.integer(size), fc.integer({ min: 1, max: 1e10 }), fc.nat(1e6))
    .map(([length, every, phase]) => Array.from({ length }, (_, i) => NOW + phase + i * every));
  const any = fc.array(fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }), range);
  const near = fc.array(
    fc.integer({ min: -3_600_000, max: 3_600_000 }).map((ms) => NOW + ms * 1_000),
    range,
  );
  return fc.oneof(grid, near, any).map((at) => Float64Array.from(at));
}

const column = (series: number, instants: number, isWhole: boolean): fc.Arbitrary<SampleColumn> =>
  (isWhole
    ? fc.constant(undefined)
    : fc.option(fc.uint8Array({ minLength: instants, maxLength: instants, max: 1 }), { nil: undefined })
  ).chain((present) => {
    const values = present === undefined ? instants : present.reduce((sum, bit) => sum + bit, 0);
    const quality = fc.option(fc.uint8Array({ minLength: values, maxLength: values, max: 2 }), { nil: undefined });
    return fc.record({
      series: fc.constant(series),
      present: fc.constant(present),
      quality,
      values: numberColumn({ min: values, max: values }),
    });
  });

const samples: fc.Arbitrary<Frame> = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.uniqueArray(fc.nat(31), { minLength: 1, maxLength: 4 }), fc.nat(LIMITS.seriesPerBatch - 32))
  .chain(([instants, offsets, first]) =>
    fc.record({
      form: fc.constant("samples" as const),
      at: instantColumn({ min: instants, max: instants }),
      columns: fc.tuple(
        ...offsets.sort((a, b) => a - b).map((offset, place) => column(first + offset, instants, place === 0)),
      ) as fc.Arbitrary<SampleColumn[]>,
    }),
  );

const summaries: fc.Arbitrary<Frame> = fc.integer({ min: 1, max: 20 }).chain((size) => {
  const numbers = numberColumn({ min: size, max: size });
  const spans = fc.array(fc.nat(900_000_000), { minLength: size, maxLength: size });
  const quality = fc.option(fc.uint8Array({ minLength: size, maxLength: size, max: 1 }), { nil: undefined });
  const fields = {
    n: numbers,
    min: numbers,
    max: numbers,
    sum: numbers,
    first: numbers,
    last: numbers,
    covered: numbers,
    weightedSum: numbers,
  };
  const at = fc.array(instant, { minLength: size, maxLength: size }).map((drawn) => drawn.map((value) => Math.min(value, 2 ** 52)));
  return fc.tuple(fc.record(fields), at, spans, quality, fc.nat(LIMITS.seriesPerBatch - 1)).map(
    ([drawn, first, lasting, doubtful, series]): Frame => ({
      form: "summaries",
      series,
      ...drawn,
      at: Float64Array.from(first),
      lastAt: Float64Array.from(first, (value, i) => value + (lasting[i] ?? 0)),
      quality: doubtful,
    }),
  );
});

const totals: fc.Arbitrary<Totals> = fc.record({
  read: fc.nat(1e12),
  derived: fc.nat(1e9),
  filtered: fc.nat(1e9),
  inWindow: fc.nat(1e4),
  summarised: fc.nat(1e9),
  open: fc.nat(1e4),
  sealed: fc.nat(1e12),
  dropped: fc.nat(1e6),
});

const catalog: fc.Arbitrary<Catalog> = fc.array(
  fc.record({
    sensor: name,
    channel: name,
    unit: fc.string({ maxLength: 20 }),
    kind: fc.constantFrom(...SERIES_KINDS),
    sampling: fc.constantFrom(...SAMPLING_KINDS),
    period: count.map(micros),
    heartbeat: count.map(micros),
    calibration: fc.nat(1_000),
  }),
  { minLength: 1, maxLength: 10 },
);

const gaps: fc.Arbitrary<Gap[]> = fc.array(
  fc.record(
    { epoch, seq, hash, count: fc.nat(LIMITS.readingsPerBatch), reason: fc.stringMatching(/^[a-z][a-z0-9_]{0,39}$/) },
    { requiredKeys: ["epoch", "seq", "count", "reason"] },
  ),
  { minLength: 1, maxLength: 10 },
);

/** What stands inside a batch: kind, readings and body. */
export interface Inside {
  readonly kind: BatchKind;
  readonly count: number;
  readonly body: Uint8Array;
}

export const inside: fc.Arbitrary<Inside> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.array(fc.oneof(samples, summaries), { minLength: 1, maxLength: 4 }), totals).map(dataInside) },
  { weight: 1, arbitrary: catalog.map((entries): Inside => ({ kind: "catalog", count: 0, body: encodeCatalog(entries) })) },
  { weight: 1, arbitrary: gaps.map((entries): Inside => ({ kind: "gap", count: 0, body: encodeGaps(entries) })) },
);

function dataInside([frames, account]: [Frame[], Totals]): Inside {
  const readings = frames.reduce((sum, frame) => sum + frameCount(frame), 0);
  return { kind: "data", count: readings, body: encodeDataBody({ totals: account, frames }) };
}

export const batch = fc.tuple(inside, epoch, seq).map(([{ kind, count: readings, body }, of, number]) => {
  return encodeBatch({ kind, epoch: of, seq: number, count: readings, catalog: NO_CATALOG }, body).bytes;
});

const credit = fc.record({ batches: fc.nat(1024), bytes: count, waitMs: fc.nat(3_600_000) });
const label = fc.stringMatching(/^[a-z0-9.-]{0,40}$/);
const ranges = fc.array(fc.tuple(fc.integer({ min: 2, max: 1e6 }), fc.nat(1e6)), { maxLength: 20 }).map((steps) => {
  let before = 0;
  return steps.map(([ahead, more]): [number, number] => {
    const from = before + ahead;
    before = from + more;
    return [from, before];
  });
});

const helloBytes = fc
  .record({
    session: hexOf(8),
    software: label,
    epochs: fc.array(fc.record({ epoch, from: seq, to: count }), { maxLength: 5 }),
    catalogs: fc.array(hexOf(8) as fc.Arbitrary<CatalogHash>, { maxLength: 5 }),
    token: hexOf(16),
    fingerprint: hexOf(32),
    clock: fc.record({ wall: count, trusted: fc.boolean(), source: label }),
    pending: count,
    labels: fc.dictionary(fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,39}$/), fc.stringMatching(/^[a-zäß€0-9=]{1,64}$/), { maxKeys: 16 }),
  })
  .map(encodeHello);

const helloAckBytes = fc
  .record({
    session: hexOf(8),
    collector: label,
    generation: label,
    token: hexOf(8),
    standing: fc.constantFrom("welcome", "rolled_back", "denied"),
    time: count,
    timeTrusted: fc.boolean(),
    epochs: fc.array(fc.record({ epoch, ranges }), { maxLength: 5 }),
    missingCatalogs: fc.array(hexOf(8) as fc.Arbitrary<CatalogHash>, { maxLength: 5 }),
    credit,
  })
  .map(encodeHelloAck);

const answer = fc.oneof(fc.record({ epoch, seq, hash }), fc.record({ epoch, seq, hash, nack: fc.constantFrom(...NACK_CODES) }));
const ackBytes = fc
  .record({ generation: label, time: count, timeTrusted: fc.boolean(), credit, answers: fc.array(answer, { maxLength: 20 }) })
  .map(encodeAck);

/** Every message that is not a batch, by its name in SPEC.md. */
export const message = fc.oneof(
  helloBytes.map((bytes) => ({ what: "hello" as const, bytes })),
  helloAckBytes.map((bytes) => ({ what: "hello-ack" as const, bytes })),
  ackBytes.map((bytes) => ({ what: "ack" as const, bytes })),
  fc.record({ online: fc.boolean(), session: hexOf(8) }).map((status) => ({ what: "status" as const, bytes: encodeAgentStatus(status) })),
  fc
    .record({ online: fc.boolean(), collector: label, generation: label })
    .map((status) => ({ what: "collector-status" as const, bytes: encodeCollectorStatus(status) })),
);
