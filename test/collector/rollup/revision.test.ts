/**
 * What a merge says about time: late readings, revised buckets, held values; and what it does with odd input.
 */
import { expect, test } from "vitest";
import type { Store } from "../../../collector/stores/contract.ts";
import { createSqliteStore } from "../../../collector/stores/sqlite.ts";
import { epochMicros, micros, type SeriesSpec } from "../../../protocol/index.ts";
import { type AnyReading, batchOf, mergeWhole, type SampleReading, spec } from "./batches.ts";

const MINUTE = 60e6;
const QUARTER = 15 * MINUTE;
const HOUR = 60 * MINUTE;
const START = 472_000 * HOUR;
const FINAL = START + QUARTER + 10 * MINUTE;
const DAY = { from: epochMicros(START - 24 * HOUR), to: epochMicros(START + 24 * HOUR) };

const sample = (minute: number, value = 20, quality = 0): SampleReading => ({ series: 1, at: START + minute * MINUTE, value, quality });

interface Bench extends AsyncDisposable {
  readonly store: Store;
  load(readings: readonly AnyReading[], receivedAt?: number, refused?: readonly number[]): ReturnType<typeof mergeWhole>;
}

async function bench(known: SeriesSpec = spec()): Promise<Bench> {
  const store = createSqliteStore({ file: ":memory:", access: "write" });
  await store.open();
  let row = 0;
  return {
    store,
    async load(readings, receivedAt = START, refused = []) {
      const batch = batchOf({ row: ++row, receivedAt, readings, refused }, new Map([[1, known]]));
      const merged = await mergeWhole(store, [batch], epochMicros(receivedAt));
      await store.put({ ...merged.unit, progress: { position: row, note: "" } });
      return merged;
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
}

test("a reading is late when its batch came more than ten minutes after its bucket's end", async () => {
  await using it = await bench();
  await it.load([sample(1)], FINAL);
  await it.load([sample(2)], FINAL + 1);
  expect(Array.from((await it.store.samples(1, DAY, 9)).late)).toEqual([0, 1]);
  expect((await it.store.buckets(1, DAY))[0]).toMatchObject({ n: 2, late: 1 });
});

test("a bucket is revised when it changes after it was final, not before, and not by duplicates", async () => {
  await using it = await bench();
  const revision = async () => (await it.store.buckets(1, DAY))[0]?.revision;
  await it.load([sample(1)]);
  await it.load([sample(2)], FINAL - 1);
  expect(await revision()).toBe(0);
  await it.load([sample(3)], FINAL);
  expect(await revision()).toBe(1);
  await it.load([sample(1), sample(2), sample(3)], FINAL + HOUR);
  await it.load([sample(3, 99)], FINAL + HOUR);
  expect(await revision()).toBe(1);
  await it.load([sample(4)], FINAL + HOUR);
  expect(await revision()).toBe(2);
});

test("a bucket that first appears when it is final is no revision", async () => {
  await using it = await bench();
  await it.load([sample(1)], FINAL + HOUR);
  expect((await it.store.buckets(1, DAY))[0]).toMatchObject({ revision: 0, late: 1 });
});

test("a value is held over borders of hours until the next one, no longer than promised", async () => {
  await using it = await bench(spec({ sampling: "on_change", period: micros(0), heartbeat: micros(50 * MINUTE) }));
  const held = async () =>
    (await it.store.buckets(1, DAY)).map(({ start, covered, weightedSum }) => [
      (start - START) / MINUTE,
      covered / MINUTE,
      weightedSum / MINUTE,
    ]);
  await it.load([sample(50, 4)]);
  expect(await held()).toEqual([
    [45, 10, 40],
    [60, 15, 60],
    [75, 15, 60],
    [90, 15, 60],
    [105, 15, 60],
    [120, 15, 60],
    [135, 15, 60],
  ]);
  await it.load([sample(80, 6)]);
  expect((await held()).slice(1, 4)).toEqual([
    [60, 15, 60],
    [75, 15, 80],
    [90, 15, 90],
  ]);
  await it.load([sample(70, 1)]);
  expect((await held()).slice(1, 4)).toEqual([
    [60, 15, 45],
    [75, 15, 65],
    [90, 15, 90],
  ]);
});

test("a bad reading neither holds nor ends what is held", async () => {
  await using it = await bench(spec({ sampling: "on_change", period: micros(0), heartbeat: micros(10 * MINUTE) }));
  await it.load([sample(0, 4), sample(5, 900, 2)]);
  expect((await it.store.buckets(1, DAY))[0]).toMatchObject({ n: 1, bad: 1, max: 4, covered: 15 * MINUTE, weightedSum: 60 * MINUTE });
});

test("the first of two contradicting readings stays, the other is handed back with its value", async () => {
  await using it = await bench();
  const first = await it.load([sample(1, 20), sample(1, 21), sample(1, 20)]);
  expect(first.outcomes).toEqual([{ row: 1, stored: 1, duplicate: 1, conflict: 1 }]);
  const second = await it.load([sample(1, 20, 1), sample(1, 20)]);
  expect(second.outcomes).toEqual([{ row: 2, stored: 0, duplicate: 1, conflict: 1 }]);
  expect(second.conflicts).toEqual([{ row: 2, series: 1, at: START + MINUTE, value: 20, quality: 1 }]);
  expect(second.unit).toEqual({ hours: [], buckets: [] });
});

test("refused readings are neither stored nor counted", async () => {
  await using it = await bench();
  const merged = await it.load([sample(1), sample(2), sample(3)], START, [0, 2]);
  expect(merged.outcomes).toEqual([{ row: 1, stored: 1, duplicate: 0, conflict: 0 }]);
  expect(Array.from((await it.store.samples(1, DAY, 9)).at)).toEqual([START + 2 * MINUTE]);
});

test("readings of a series that was refused are neither stored nor counted, and the others keep their places", async () => {
  await using it = await bench();
  const specs = new Map([
    [1, spec()],
    [2, spec()],
  ]);
  const batch = batchOf({ row: 1, receivedAt: START, readings: [{ ...sample(1), series: 2 }, sample(2), sample(3)], refused: [2] }, specs);
  const merged = await mergeWhole(it.store, [{ ...batch, series: [batch.series[0], undefined] }], epochMicros(START));
  expect(merged.outcomes).toEqual([{ row: 1, stored: 1, duplicate: 0, conflict: 0 }]);
  expect(merged.unit.hours.map(({ series, whole }) => [series, Array.from(whole.samples.at)])).toEqual([[1, [START + 2 * MINUTE]]]);
});

test("values at the edge of what a double holds are stored, and their sum stops there", async () => {
  await using it = await bench();
  const most = Number.MAX_VALUE;
  await it.load([sample(1, most), sample(2, most), sample(3, -most), sample(20, -most), sample(21, -most)]);
  const [up, down] = await it.store.buckets(1, DAY);
  expect(up).toMatchObject({ n: 3, min: -most, max: most, sum: most });
  expect(down).toMatchObject({ n: 2, sum: -most, weightedSum: -most });
});

test("rows that are not in the order of the journal are a bug", async () => {
  await using it = await bench();
  const batch = batchOf({ row: 5, receivedAt: START, readings: [] }, new Map());
  await expect(mergeWhole(it.store, [batch, batch], epochMicros(START))).rejects.toThrow("BUG:");
});

test("a day of 48 series is merged and stored (figures printed, not judged)", async () => {
  await using it = await bench();
  const known = spec({ period: micros(4e6) });
  const numbers = Array.from({ length: 48 }, (_, index) => index + 1);
  const count = 2_000;
  const at = Float64Array.from({ length: count }, (_, index) => START + index * 4e6);
  const frames = numbers.map((_, series) => {
    const values = Float64Array.from(at, (moment) => 20 + Math.round(100 * Math.sin(moment / 1e9 + series)) / 100);
    return { form: "samples", at, columns: [{ series, present: undefined, values, quality: undefined }] } as const;
  });
  const series = numbers.map((number) => ({ number, spec: known }));
  const batch = { row: 1, receivedAt: epochMicros(START), frames, series, refused: new Set<number>() };
  const begin = performance.now();
  const merged = await mergeWhole(it.store, [batch], epochMicros(START));
  const between = performance.now();
  await it.store.put({ ...merged.unit, progress: { position: 1, note: "" } });
  const end = performance.now();
  const rate = (milliseconds: number) => ((48 * count) / milliseconds / 1_000).toFixed(2);
  console.info(`rollup: merged ${rate(between - begin)} M readings/s, stored ${rate(end - between)} M readings/s`);
  expect(merged.outcomes).toEqual([{ row: 1, stored: 48 * count, duplicate: 0, conflict: 0 }]);
  expect((await it.store.buckets(48, DAY)).reduce((sum, { n }) => sum + n, 0)).toBe(count);
});
