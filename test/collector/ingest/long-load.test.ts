/**
 * A few bytes may touch a great many buckets, for a value is held as long as its sensor promised: such a load goes into
 * the store in parts, and nobody waits for the whole of it.
 */
import { expect, test } from "vitest";
import type { LoadUnit, Store } from "../../../collector/stores/contract.ts";
import { epochMicros, MICROS_PER_DAY, MICROS_PER_MS, MICROS_PER_SECOND, micros, type SampleFrame } from "../../../protocol/index.ts";
import { manualClock, NEW_YEAR_2026 } from "../../support/manual-clock.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { crashCopy, type IngestBench, openIngest } from "./ingest-bench.ts";
import { catalogBatch, dataBatch, seriesSpec } from "./wire-batches.ts";

const COUNT = 30;
const STEP = 10 * MICROS_PER_DAY;
const START = NEW_YEAR_2026 - COUNT * STEP;
const ALL = { from: epochMicros(START), to: NEW_YEAR_2026 };
/** Each value is held for a week: 672 buckets. */
const WEEKLY = [seriesSpec("energy", { unit: "kW.h", period: micros(7 * MICROS_PER_DAY) })];
/** More than one put may hold, and the buckets of the hours on either side of it. */
const LARGE_PUT = 9_000;

function every10Days(value: (index: number) => number): SampleFrame {
  const at = Float64Array.from({ length: COUNT }, (_, index) => START + index * STEP);
  return {
    form: "samples",
    at,
    columns: [{ series: 0, present: undefined, values: Float64Array.from(at, (_, i) => value(i)), quality: undefined }],
  };
}

/** The second batch repeats half of the first, and contradicts the other half. */
async function play(bench: IngestBench) {
  await bench.publish("a", catalogBatch(1, WEEKLY));
  await bench.publish("a", dataBatch(2, [every10Days((index) => index)], { catalog: WEEKLY }));
  await bench.publish("a", dataBatch(3, [every10Days((index) => (index % 2 === 0 ? index : -1))], { catalog: WEEKLY }));
  return bench.account("a");
}

async function content({ store, journal }: IngestBench) {
  const buckets = (await store.buckets(1, ALL)).map((bucket) => ({ ...bucket, revision: 0 }));
  return { buckets, samples: await store.samples(1, ALL, 1_000), quarantine: journal.quarantine.counts() };
}

/** A store around which something happens with each put. */
function around(store: Store, put: (unit: LoadUnit, real: () => Promise<void>) => Promise<void>): Store {
  return { ...store, put: (unit) => put(unit, () => store.put(unit)) };
}

test("a batch that touches many buckets goes into the store in parts of a bounded size", async () => {
  await using dir = await tempDir();
  const puts: number[] = [];
  const counting = (store: Store) =>
    around(store, async (unit, real) => {
      puts.push(unit.buckets.length);
      await real();
    });
  await using bench = await openIngest(dir.join("data.db"), { store: counting });
  expect(await play(bench)).toMatchObject({ received: 60, stored: 30, duplicate: 15, conflict: 15, waiting: 0 });
  expect((await content(bench)).buckets).toHaveLength(COUNT * 672);
  expect(Math.max(...puts)).toBeLessThan(LARGE_PUT);
  expect(bench.db.prepare("SELECT COUNT(*) FROM bucket WHERE revision > 0").pluck().get()).toBe(0);
});

test("killed between any two parts, a load goes on where it stood and counts everything once", async () => {
  await using dir = await tempDir();
  const file = dir.join("data.db");
  const copies: string[] = [];
  const copying = (store: Store) =>
    around(store, async (_unit, real) => {
      await real();
      copies.push(await crashCopy(dir, file));
    });
  await using bench = await openIngest(file, { store: copying });
  const expected = { account: await play(bench), content: await content(bench) };
  expect(copies.length).toBeGreaterThan(2);
  for (const copy of copies) {
    await using killed = await openIngest(copy);
    expect({ account: await killed.account("a"), content: await content(killed) }).toEqual(expected);
  }
});

test("a stop waits for no more than one part of a load, and the next start goes on there", async () => {
  await using dir = await tempDir();
  const file = dir.join("data.db");
  let puts = 0;
  const counting = (store: Store) =>
    around(store, async (_unit, real) => {
      puts += 1;
      await real();
    });
  const bench = await openIngest(file, { store: counting });
  await bench.publish("a", catalogBatch(1, WEEKLY));
  await bench.publish("a", dataBatch(2, [every10Days((index) => index)], { catalog: WEEKLY }));
  await bench.close();
  expect(puts).toBe(1);
  await using started = await openIngest(file);
  expect(await started.account("a")).toMatchObject({ received: 30, stored: 30, duplicate: 0, waiting: 0 });
});

test("a disk that is full in the middle of a load: it goes on there when there is room", async () => {
  await using dir = await tempDir();
  let [puts, buckets] = [0, 0];
  const fullOnce = (store: Store) =>
    around(store, async (unit, real) => {
      puts += 1;
      if (puts === 2) throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
      buckets += unit.buckets.length;
      await real();
    });
  await using bench = await openIngest(dir.join("data.db"), { store: fullOnce });
  expect(await play(bench)).toMatchObject({ stored: 0, waiting: 60 });
  await bench.clock.advance(5 * MICROS_PER_SECOND);
  expect(await bench.account("a")).toMatchObject({ received: 60, stored: 30, duplicate: 15, conflict: 15, waiting: 0 });
  expect(buckets).toBe(COUNT * 672);
});

test("a long load lets input in again and again", async () => {
  await using dir = await tempDir();
  const calm = manualClock();
  let [worked, since, longest] = [0, 0, 0];
  const monotonic = () => micros(calm.clock.monotonic() + worked);
  const afterInput = () => {
    longest = Math.max(longest, worked - since);
    since = worked;
    return calm.clock.afterInput();
  };
  const working = (store: Store): Store => ({
    ...store,
    buckets(series, span) {
      worked += MICROS_PER_MS; // as long as an hour of a load may take
      return store.buckets(series, span);
    },
  });
  await using bench = await openIngest(dir.join("data.db"), {
    store: working,
    clock: { ...calm, clock: { ...calm.clock, monotonic, afterInput } },
  });
  await play(bench);
  expect(worked).toBeGreaterThan(5 * MICROS_PER_SECOND);
  expect(longest).toBeLessThan(100 * MICROS_PER_MS);
});
