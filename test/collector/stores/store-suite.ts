/**
 * store-suite: the contract of a store, as tests. A new store's test file is `storeSuite(name, open)`.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../../collector/stores/contract.ts";
import { epochMicros, MICROS_PER_HOUR, MICROS_PER_SECOND, QUARTER } from "../../../protocol/index.ts";
import { at, BAD, bucket, HOUR, hourPut, NEXT_HOUR, type SampleRow, SUSPECT, samplesAt, summariesAt, unit } from "./store-parts.ts";

/** Stores that stand at the same data: each call is one more of them, not opened yet. */
export interface StoreBench extends AsyncDisposable {
  create(): Store;
}

export function storeSuite(name: string, open: () => Promise<StoreBench>): void {
  describe(`the ${name} store`, () => {
    let bench: StoreBench;
    let store: Store;

    beforeEach(async () => {
      bench = await open();
      store = bench.create();
      await store.open();
    });

    afterEach(async () => {
      await store.close();
      await bench[Symbol.asyncDispose]();
    });

    async function reopen(): Promise<void> {
      await store.close();
      store = bench.create();
      await store.open();
    }

    test("a new store is at position 0 and has nothing", async () => {
      expect(await store.progress()).toEqual({ position: 0, note: "" });
      expect(await store.loadHour(1, HOUR)).toEqual({ samples: samplesAt([]), summaries: summariesAt([]) });
      expect(await store.buckets(1, { from: HOUR, to: NEXT_HOUR })).toEqual([]);
      expect(await store.samples(1, { from: HOUR, to: NEXT_HOUR }, 10)).toEqual(samplesAt([]));
      expect(await store.extent(1)).toBeUndefined();
      expect(await store.lastBefore(1, HOUR, QUARTER)).toBeUndefined();
      expect(await store.firstAfter(1, HOUR, QUARTER)).toBeUndefined();
    });

    test("what was put is loaded to the bit, also after closing and opening again", async () => {
      const values = [0.1, -1e-310, 2 ** 53, 1.7976931348623157e308, 20];
      const rows = values.map((value, index): SampleRow => [index * 7, value, index % 3, index % 2]);
      const put = hourPut(1, rows, [
        [5, 21.7],
        [65, 22.1, SUSPECT],
      ]);
      await store.put(unit({ hours: [put], buckets: [bucket(1, 0), bucket(1, 1)], progress: { position: 7, note: "seven" } }));
      await reopen();
      expect(await store.loadHour(1, HOUR)).toEqual(put.whole);
      expect(await store.buckets(1, { from: HOUR, to: NEXT_HOUR })).toEqual([bucket(1, 0), bucket(1, 1)]);
      expect(await store.progress()).toEqual({ position: 7, note: "seven" });
    });

    test("summaries of some of many series are found after opening again, before and behind an instant too", async () => {
      const series = [1, 2, 3, 7, 8, 900];
      const withSummaries = [2, 3, 900];
      const hours = series.map((number) => hourPut(number, [[1, number]], withSummaries.includes(number) ? [[5, number]] : []));
      await store.put(unit({ hours }));
      await reopen();
      for (const [index, number] of series.entries()) {
        expect(await store.loadHour(number, HOUR)).toEqual(hours[index]?.whole);
        const isSummary = withSummaries.includes(number);
        expect(await store.lastBefore(number, NEXT_HOUR, MICROS_PER_HOUR)).toMatchObject({ value: number, summary: isSummary });
        expect(await store.firstAfter(number, at(2), MICROS_PER_HOUR)).toEqual(
          isSummary ? { at: at(5), value: number, summary: true } : undefined,
        );
      }
    });

    test("a put that is repeated changes nothing", async () => {
      const again = unit({
        hours: [
          hourPut(
            1,
            [
              [1, 20],
              [2, 21],
            ],
            [[3, 4]],
          ),
        ],
        buckets: [bucket(1, 0)],
      });
      await store.put(again);
      await store.put(again);
      expect(await store.loadHour(1, HOUR)).toEqual(again.hours[0]?.whole);
      expect(await store.buckets(1, { from: HOUR, to: NEXT_HOUR })).toEqual([bucket(1, 0)]);
    });

    test("only what is marked as changed is written", async () => {
      await store.put(
        unit({
          hours: [
            {
              ...hourPut(1, [
                [1, 20],
                [2, 21],
                [3, 22],
              ]),
              changedSamples: [1],
            },
          ],
        }),
      );
      expect((await store.loadHour(1, HOUR)).samples).toEqual(samplesAt([[2, 21]]));
    });

    test("many samples of one put all arrive, whatever their number", async () => {
      const rows = Array.from({ length: 3_571 }, (_, index): SampleRow => [index, index / 8]);
      await store.put(unit({ hours: [hourPut(1, rows)] }));
      expect((await store.loadHour(1, HOUR)).samples).toEqual(samplesAt(rows));
    });

    test("a bucket is overwritten by its successor and taken out by an empty one", async () => {
      await store.put(unit({ buckets: [bucket(1, 0), bucket(1, 1)] }));
      await store.put(unit({ buckets: [bucket(1, 0, { n: 9 }), bucket(1, 1, { n: 0, bad: 0, covered: 0 })] }));
      expect(await store.buckets(1, { from: HOUR, to: NEXT_HOUR })).toEqual([bucket(1, 0, { n: 9 })]);
    });

    test("a bucket without values keeps its infinities", async () => {
      const held = bucket(1, 2, { n: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY });
      await store.put(unit({ buckets: [held] }));
      expect(await store.buckets(1, { from: HOUR, to: NEXT_HOUR })).toEqual([held]);
    });

    test("series and hours are kept apart", async () => {
      await store.put(
        unit({
          hours: [
            hourPut(1, [
              [3599, 1],
              [3600, 2],
            ]),
            hourPut(2, [[0, 3]]),
          ],
          buckets: [bucket(1, 3), bucket(2, 4)],
        }),
      );
      expect((await store.loadHour(1, HOUR)).samples).toEqual(samplesAt([[3599, 1]]));
      expect((await store.loadHour(1, NEXT_HOUR)).samples).toEqual(samplesAt([[3600, 2]]));
      expect((await store.loadHour(2, HOUR)).samples).toEqual(samplesAt([[0, 3]]));
      expect(await store.buckets(2, { from: HOUR, to: NEXT_HOUR })).toEqual([]);
      expect(await store.buckets(2, { from: NEXT_HOUR, to: epochMicros(NEXT_HOUR + 1) })).toEqual([bucket(2, 4)]);
    });

    test("the extent reaches from the first bucket's start to the last one's end", async () => {
      await store.put(unit({ buckets: [bucket(1, 9), bucket(1, 2)] }));
      expect(await store.extent(1)).toEqual({ from: HOUR + 2 * QUARTER, to: HOUR + 10 * QUARTER });
      expect(await store.extent(2)).toBeUndefined();
    });

    test("samples of a span come ascending and no more than asked for", async () => {
      await store.put(
        unit({
          hours: [
            hourPut(1, [
              [1, 1],
              [2, 2],
              [3, 3],
              [4, 4],
            ]),
          ],
        }),
      );
      expect(await store.samples(1, { from: at(2), to: at(4) }, 10)).toEqual(
        samplesAt([
          [2, 2],
          [3, 3],
        ]),
      );
      expect(await store.samples(1, { from: at(0), to: at(9) }, 3)).toEqual(
        samplesAt([
          [1, 1],
          [2, 2],
          [3, 3],
        ]),
      );
    });

    test("the value before an instant is the newest good or suspect one within reach", async () => {
      await store.put(
        unit({
          hours: [
            hourPut(1, [
              [10, 1],
              [20, 2, SUSPECT],
              [30, 3, BAD],
            ]),
          ],
        }),
      );
      const reach = 15 * MICROS_PER_SECOND;
      expect(await store.lastBefore(1, at(20), reach)).toEqual({ at: at(10), value: 1, summary: false });
      expect(await store.lastBefore(1, at(31), reach)).toEqual({ at: at(20), value: 2, summary: false });
      expect(await store.lastBefore(1, at(35), reach)).toEqual({ at: at(20), value: 2, summary: false });
      expect(await store.lastBefore(1, at(36), reach)).toBeUndefined();
      expect(await store.lastBefore(1, at(10), reach)).toBeUndefined();
    });

    test("the value after an instant is the oldest good or suspect one within reach", async () => {
      await store.put(
        unit({
          hours: [
            hourPut(1, [
              [10, 1, BAD],
              [20, 2],
              [30, 3],
            ]),
          ],
        }),
      );
      const reach = 15 * MICROS_PER_SECOND;
      expect(await store.firstAfter(1, at(6), reach)).toEqual({ at: at(20), value: 2, summary: false });
      expect(await store.firstAfter(1, at(20), reach)).toEqual({ at: at(20), value: 2, summary: false });
      expect(await store.firstAfter(1, at(5), reach)).toBeUndefined();
      expect(await store.firstAfter(1, at(31), reach)).toBeUndefined();
    });

    test("a summary is a neighbour too, and gives way to a sample of the same instant", async () => {
      await store.put(
        unit({
          hours: [
            hourPut(
              1,
              [[40, 7]],
              [
                [20, 2],
                [40, 4],
                [60, 6],
              ],
            ),
          ],
        }),
      );
      const reach = 3_600 * MICROS_PER_SECOND;
      expect(await store.lastBefore(1, at(30), reach)).toEqual({ at: at(20), value: 2, summary: true });
      expect(await store.lastBefore(1, at(41), reach)).toEqual({ at: at(40), value: 7, summary: false });
      expect(await store.firstAfter(1, at(30), reach)).toEqual({ at: at(40), value: 7, summary: false });
      expect(await store.firstAfter(1, at(41), reach)).toEqual({ at: at(60), value: 6, summary: true });
    });

    test("a store that is closed may be closed again", async () => {
      await store.close();
      await store.close();
    });

    test("a put of which one part cannot be kept is kept not at all where puts are atomic", async (context) => {
      if (!store.supports.atomicPut) return context.skip("this store repairs a broken put when it is repeated");
      const broken = unit({
        hours: [hourPut(1, [[1, 20]])],
        buckets: [bucket(1, 0), bucket(1, 1, { sum: Number.NaN })],
        progress: { position: 9, note: "never" },
      });
      await expect(store.put(broken)).rejects.toThrow();
      expect((await store.loadHour(1, HOUR)).samples).toEqual(samplesAt([]));
      expect(await store.buckets(1, { from: HOUR, to: NEXT_HOUR })).toEqual([]);
      expect(await store.progress()).toEqual({ position: 0, note: "" });
    });
  });
}
