import fc from "fast-check";
import { expect, test } from "vitest";
import type { LoadUnit, Store } from "../../../collector/stores/contract.ts";
import { epochMicros, type Frame, MICROS_PER_HOUR, MICROS_PER_SECOND, micros } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";
import { manualClock, NEW_YEAR_2026 } from "../../support/manual-clock.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { crashCopy, type IngestBench, openIngest } from "./ingest-bench.ts";
import { AIR, catalogBatch, dataBatch, samples, summary } from "./wire-batches.ts";

const HOUR = { from: NEW_YEAR_2026, to: epochMicros(NEW_YEAR_2026 + MICROS_PER_HOUR) };

/** A store around which something happens before or after each put. */
function around(store: Store, put: (unit: LoadUnit, real: () => Promise<void>) => Promise<void>): Store {
  return { ...store, put: (unit) => put(unit, () => store.put(unit)) };
}

/** Values of the first series in the first hour. */
async function stored(bench: IngestBench): Promise<number[]> {
  const { number } = bench.journal.series.list().find(({ spec }) => spec.channel === "temperature") ?? { number: 0 };
  return [...(await bench.store.samples(number, HOUR, 100)).value];
}

test("a kill between the store's commit and the journal's mark loads nothing twice and counts everything once", async () => {
  await using dir = await tempDir();
  const file = dir.join("data.db");
  const copies: string[] = [];
  const putThenCopy = (store: Store) =>
    around(store, async (_unit, real) => {
      await real();
      copies.push(await crashCopy(dir, file));
    });
  await using bench = await openIngest(file, { store: putThenCopy });
  await bench.publish("a", catalogBatch(1));
  await bench.publish("a", dataBatch(2, [samples([1, Number.NaN, 3])], { sealed: 3 }));
  await bench.publish("a", dataBatch(3, [samples([1, 2, 4])], { sealed: 6 })); // a duplicate, a new one, a conflict
  await bench.loader.drained();
  expect(copies.length).toBeGreaterThan(0);
  await using killed = await openIngest(copies.at(-1) as string);
  expect(await killed.account("a")).toMatchObject({
    received: 6,
    stored: 3,
    duplicate: 1,
    conflict: 1,
    quarantined: 1,
    waiting: 0,
    unaccounted: 0,
    balanced: true,
  });
  expect(await stored(killed)).toEqual([1, 2, 3]);
  expect(killed.journal.quarantine.counts()).toEqual([
    { agent: "a", reason: "conflict", count: 1 },
    { agent: "a", reason: "not_finite", count: 1 },
  ]);
});

test("a kill between the journal's commit and the store's loads everything at the next start", async () => {
  await using dir = await tempDir();
  const file = dir.join("data.db");
  const copies: string[] = [];
  const copyThenPut = (store: Store) =>
    around(store, async (_unit, real) => {
      copies.push(await crashCopy(dir, file));
      await real();
    });
  await using bench = await openIngest(file, { store: copyThenPut });
  await bench.publish("a", catalogBatch(1));
  await bench.publish("a", dataBatch(2, [samples([1, 2, 3])]));
  await bench.loader.drained();
  await using killed = await openIngest(copies[0] as string);
  expect(await killed.account("a")).toMatchObject({ received: 3, stored: 3, waiting: 0, balanced: true });
  expect(await stored(killed)).toEqual([1, 2, 3]);
});

test("killed at any put, twice over, the outcome is the same as without a kill", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 }),
      fc.nat(),
      fc.nat(),
      async (batches, first, second) => {
        await using dir = await tempDir();
        const file = dir.join("data.db");
        const copies: string[] = [];
        const copyAround = (from: string) => (store: Store) =>
          around(store, async (_unit, real) => {
            copies.push(await crashCopy(dir, from));
            await real();
            copies.push(await crashCopy(dir, from));
          });
        await using bench = await openIngest(file, { store: copyAround(file) });
        const play = async (on: IngestBench) => {
          await on.publish("a", catalogBatch(1));
          for (const [index, values] of batches.entries()) await on.publish("a", dataBatch(index + 2, [samples(values)]));
          return on.account("a");
        };
        const expected = await play(bench);
        let copy = copies[first % copies.length] as string;
        for (const kill of [second, undefined]) {
          copies.length = 0;
          await using killed = await openIngest(copy, { store: copyAround(copy) });
          expect(await play(killed)).toEqual(expected); // the agent resends what it has no ack for, and more
          expect(await stored(killed)).toEqual(await stored(bench));
          if (kill === undefined || copies.length === 0) break;
          copy = copies[kill % copies.length] as string;
        }
      },
    ),
    { numRuns: effort("loader-kills", { quick: 10, test: 25, prove: 500 }) },
  );
});

test("a disk that is full keeps readings in the journal; when there is room again they are loaded, once", async () => {
  await using dir = await tempDir();
  let isFull = true;
  const full = (store: Store) =>
    around(store, async (_unit, real) => {
      if (isFull) throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
      await real();
    });
  await using bench = await openIngest(dir.join("data.db"), { store: full });
  await bench.publish("a", catalogBatch(1));
  await bench.publish("a", dataBatch(2, [samples([1, 2])]));
  expect(await bench.account("a")).toMatchObject({ received: 2, waiting: 2, stored: 0, balanced: true });
  expect(bench.log.entries.filter(({ level }) => level === "error")).not.toEqual([]);
  expect(bench.clock.pending()).toContain("load again");
  isFull = false;
  await bench.clock.advance(5 * MICROS_PER_SECOND);
  expect(await bench.account("a")).toMatchObject({ waiting: 0, stored: 2, balanced: true });
  expect(bench.clock.pending()).toEqual([]);
});

test("a journal that is full after the store took the readings is told of them later, and nothing is counted twice", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"), {
    store: (store) =>
      around(store, async (_unit, real) => {
        await real();
        bench.db.pragma("query_only = ON"); // from here on the journal's own connection cannot write
      }),
  });
  await bench.publish("a", catalogBatch(1));
  await bench.publish("a", dataBatch(2, [samples([1, 2])]));
  await bench.loader.drained();
  expect(bench.journal.waiting(0, 10)).toHaveLength(1);
  bench.db.pragma("query_only = OFF");
  expect(await bench.account("a")).toMatchObject({ received: 2, waiting: 0, stored: 2, duplicate: 0, balanced: true });
});

test("whatever numbers a sender puts into readings and summaries: what is not refused can be loaded, and all of it is accounted for", async () => {
  const wild = fc.oneof(
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, -0, 0.5, 1e300, 2 ** 53, -1),
    fc.double(),
    fc.integer({ min: -10, max: 10 }),
  );
  const instant = fc.oneof(
    fc.integer({ min: 0, max: 3 * MICROS_PER_HOUR }).map((offset) => NEW_YEAR_2026 + offset),
    fc.constantFrom(-1, 0, 946_684_800_000_000, Number.MAX_SAFE_INTEGER),
  );
  const fields = ["n", "min", "max", "sum", "first", "last", "lastAt", "covered", "weightedSum"] as const;
  const wildSummary = fc
    .tuple(instant, fc.subarray([...fields], { maxLength: 2 }), wild)
    .map(([at, changed, value]) => summary({ at, ...Object.fromEntries(changed.map((field) => [field, value])) }));
  const wildSamples = fc
    .tuple(fc.array(wild, { minLength: 1, maxLength: 20 }), instant, fc.nat(3))
    .map(([values, from, series]) => samples(values, { from: Math.min(from, Number.MAX_SAFE_INTEGER - 2e7), series }));
  const frame: fc.Arbitrary<Frame> = fc.oneof(wildSamples, wildSummary);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(frame, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      async (batches, isTrusted) => {
        await using dir = await tempDir();
        await using bench = await openIngest(dir.join("data.db"), { isClockTrusted: () => isTrusted });
        await bench.publish("a", catalogBatch(1, AIR));
        for (const [index, frames] of batches.entries()) await bench.publish("a", dataBatch(index + 2, frames));
        expect(bench.told("a")).toEqual(Array.from({ length: batches.length + 1 }, (_, index) => `${index + 1}`));
        const account = await bench.account("a");
        expect(account.waiting).toBe(0);
        expect(account.received).toBe(account.stored + account.duplicate + account.conflict + account.quarantined);
      },
    ),
    { numRuns: effort("loader-wild", { quick: 15, test: 50, prove: 2_000 }) },
  );
});

test("loads rest a while between each other, unless somebody waits for one", async () => {
  await using dir = await tempDir();
  let puts = 0;
  const counting = (store: Store) =>
    around(store, async (_unit, real) => {
      puts += 1;
      await real();
    });
  await using bench = await openIngest(dir.join("data.db"), { store: counting });
  await bench.publish("a", catalogBatch(1));
  await bench.loader.drained();
  for (let seq = 2; seq < 12; seq++) await bench.publish("a", dataBatch(seq, [samples([seq], { from: NEW_YEAR_2026 + seq })]));
  expect(puts).toBe(0);
  await bench.clock.advance(MICROS_PER_SECOND);
  await bench.loader.drained();
  expect(puts).toBe(1);
  expect(await stored(bench)).toHaveLength(10);
});

test("in a storm of input loads rest between each other, unless somebody waits for them", async () => {
  await using dir = await tempDir();
  const calm = manualClock();
  let [stormy, late, puts] = [false, 0, 0];
  const afterInput = async () => {
    await calm.clock.afterInput();
    if (stormy) late += MICROS_PER_SECOND; // so long it took to take in what waited
  };
  const monotonic = () => micros(calm.clock.monotonic() + late);
  const clock = { ...calm, clock: { ...calm.clock, afterInput, monotonic } };
  const counting = (store: Store) =>
    around(store, async (_unit, real) => {
      puts += 1;
      await real();
    });
  await using bench = await openIngest(dir.join("data.db"), { store: counting, clock });
  await bench.publish("a", catalogBatch(1));
  await bench.loader.drained();
  for (let seq = 2; seq < 402; seq++) await bench.publish("a", dataBatch(seq, [samples([seq], { from: NEW_YEAR_2026 + seq })]));
  stormy = true;
  await clock.advance(MICROS_PER_SECOND / 10);
  expect([puts, clock.pending()]).toEqual([1, ["let input in"]]);
  await clock.advance(2 * MICROS_PER_SECOND);
  expect(puts).toBe(2);
  await bench.loader.drained();
  expect([puts, clock.pending()]).toEqual([4, []]);
  expect(await stored(bench)).toHaveLength(100); // as many as were asked for
});
