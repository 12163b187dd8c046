/**
 * Whatever way readings take into the store, it ends with what a plain computation over all of them says.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Conflict } from "../../../collector/rollup/batch.ts";
import { type Begun, mergeBatches } from "../../../collector/rollup/load.ts";
import { maxHold } from "../../../collector/rollup/series.ts";
import type { Bucket, Store } from "../../../collector/stores/contract.ts";
import { createSqliteStore } from "../../../collector/stores/sqlite.ts";
import { epochMicros, micros, type SeriesSpec } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";
import { type AnyReading, type BatchSketch, batchOf, type SampleReading, type SummaryReading, spec } from "./batches.ts";
import { naiveBuckets, naiveMerge } from "./naive-rollup.ts";

const SECOND = 1e6;
const MINUTE = 60 * SECOND;
const QUARTER = 15 * MINUTE;
const HOUR = 60 * MINUTE;
const START = 472_000 * HOUR;
const ALL = { from: epochMicros(START - 99 * HOUR), to: epochMicros(START + 999 * HOUR) };

/** Periodic, held over several hours, and not held at all. */
const SPECS: ReadonlyMap<number, SeriesSpec> = new Map([
  [3, spec()],
  [5, spec({ sampling: "on_change", period: micros(10 * SECOND), heartbeat: micros(70 * MINUTE) })],
  [8, spec({ sampling: "on_change", period: micros(0) })],
]);

const series = fc.constantFrom(...SPECS.keys());
/** Quarters of small integers, so that every sum in any order is exact. */
const value = fc.oneof(
  fc.constantFrom(-0, 0),
  fc.integer({ min: -40, max: 90 }).map((quarters) => quarters / 4),
);
/** A coarse grid, so that keys meet; also on the borders of hours and quarters. */
const at = fc.oneof(
  fc.integer({ min: 0, max: 380 }).map((step) => START + step * 37 * SECOND),
  fc.integer({ min: 0, max: 16 }).map((quarter) => START + quarter * QUARTER),
);
const quality = fc.constantFrom(0, 0, 0, 0, 1, 2);

const sample: fc.Arbitrary<SampleReading> = fc.record({ series, at, value, quality });
const summary: fc.Arbitrary<SummaryReading> = fc
  .record({
    series,
    at,
    quality: fc.constantFrom(0, 0, 1),
    n: fc.integer({ min: 1, max: 4 }),
    min: value,
    last: value,
    share: fc.integer({ min: 0, max: 8 }),
  })
  .map(({ share, min, last, n, ...rest }) => {
    const left = (Math.floor(rest.at / QUARTER) + 1) * QUARTER - rest.at;
    const span = Math.floor((left * share) / 9);
    const measures = { min: Math.min(min, last) + 0, max: last + 3, sum: n * last, first: last + 1, last: last + 0 };
    return { ...rest, n, ...measures, lastAt: rest.at + span, covered: span, weightedSum: span * last };
  });
const reading: fc.Arbitrary<AnyReading> = fc.oneof({ weight: 6, arbitrary: sample }, { weight: 1, arbitrary: summary });

/** Batches with resends among them, received in time or late, some readings refused. */
const journal: fc.Arbitrary<BatchSketch[]> = fc
  .array(
    fc.record({
      readings: fc.array(reading, { maxLength: 25 }),
      receivedAt: fc.constantFrom(START, START + 2 * HOUR, START + 9 * HOUR),
      refused: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(fc.nat(24), { maxLength: 5 }) }),
      again: fc.boolean(),
    }),
    { minLength: 1, maxLength: 10 },
  )
  .map((batches) =>
    batches.flatMap(({ again, ...batch }) => (again ? [batch, batch] : [batch])).map((batch, index) => ({ ...batch, row: 10 + index })),
  );

/** Into how many calls a journal is cut. */
const cuts = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 30, maxLength: 30 });

/** How large parts are. */
const mostBuckets = fc.constantFrom(1, 4, 9, 40, Number.POSITIVE_INFINITY);

/** In parts of `most` buckets; broken off behind each of the first `breaks` parts, and begun again where it stood. */
async function load(store: Store, batches: readonly BatchSketch[], now: number, most = Number.POSITIVE_INFINITY, breaks = 0) {
  const rows = batches.map((batch) => batchOf(batch, SPECS));
  const conflicts: Conflict[] = [];
  let begun: Begun | undefined;
  for (let turn = 0; ; turn++) {
    const options = { now: epochMicros(now), mostBuckets: most, begun, pause: async () => undefined };
    for await (const { unit, upTo, outcomes, conflicts: found } of mergeBatches(store, rows, options)) {
      await store.put({ ...unit, progress: { position: batches.at(-1)?.row ?? 0, note: "" } });
      conflicts.push(...found);
      if (upTo === undefined) return { outcomes, conflicts };
      begun = { upTo, outcomes };
      if (turn < breaks) break;
    }
  }
}

async function inMemory(): Promise<Store> {
  const store = createSqliteStore({ file: ":memory:", access: "write" });
  await store.open();
  return store;
}

const unrevised = (buckets: readonly Bucket[]) => buckets.map((bucket) => ({ ...bucket, revision: 0 }));

async function contentOf(store: Store) {
  const content = [];
  for (const number of SPECS.keys()) {
    content.push({ number, samples: await store.samples(number, ALL, 1e6), buckets: unrevised(await store.buckets(number, ALL)) });
  }
  return content;
}

test("any journal, loaded in any portions and parts, comes to what a plain computation says", async () => {
  const runs = effort("rollup-model", { quick: 60, test: 300, prove: 5_000 });
  await fc.assert(
    fc.asyncProperty(journal, cuts, mostBuckets, fc.nat(3), async (batches, sizes, most, breaks) => {
      const store = await inMemory();
      const expected = naiveMerge(batches);
      const outcomes = [];
      const conflicts = [];
      for (let from = 0, turn = 0; from < batches.length; turn++) {
        const portion = batches.slice(from, from + (sizes[turn] ?? 1));
        from += portion.length;
        const merged = await load(store, portion, START + 9 * HOUR, most, breaks);
        outcomes.push(...merged.outcomes);
        conflicts.push(...merged.conflicts);
      }
      expect(outcomes).toEqual(expected.outcomes);
      expect(conflicts.map((conflict) => JSON.stringify(conflict)).sort()).toEqual(
        expected.conflicts.map((conflict) => JSON.stringify(conflict)).sort(),
      );
      for (const [number, known] of SPECS) {
        expect(unrevised(await store.buckets(number, ALL))).toEqual(naiveBuckets(expected.kept, number, maxHold(known)));
        const kept = expected.kept.filter((item) => item.series === number && "value" in item).sort((a, b) => a.at - b.at);
        expect(Array.from((await store.samples(number, ALL, 1e6)).at)).toEqual(kept.map((item) => item.at));
      }
      await store.close();
    }),
    { numRuns: runs },
  );
});

test("readings without contradictions give the same content in any order and any batches", async () => {
  const runs = effort("rollup-order", { quick: 40, test: 150, prove: 2_000 });
  const distinct = fc.uniqueArray(reading, {
    minLength: 1,
    maxLength: 120,
    selector: (item) => `${"n" in item} ${item.series} ${item.at}`,
  });
  await fc.assert(
    fc.asyncProperty(distinct, fc.func(fc.nat(1000)), cuts, async (readings, rank, sizes) => {
      const inOrder = await inMemory();
      await load(inOrder, [{ row: 1, receivedAt: START, readings }], START);
      const shuffled = [...readings, ...readings.slice(0, 20)].sort((a, b) => rank(a.at) - rank(b.at));
      const other = await inMemory();
      for (let from = 0, row = 1; from < shuffled.length; row++) {
        const size = 3 * (sizes[row % sizes.length] ?? 1);
        await load(other, [{ row, receivedAt: START, readings: shuffled.slice(from, from + size) }], START);
        from += size;
      }
      expect(await contentOf(other)).toEqual(await contentOf(inOrder));
      await inOrder.close();
      await other.close();
    }),
    { numRuns: runs },
  );
});
