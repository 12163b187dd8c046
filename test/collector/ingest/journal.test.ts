import { expect, test } from "vitest";
import { HASHES_AT_HAND, HASHES_KEPT } from "../../../collector/ingest/ledger.ts";
import { JOURNAL_SCHEMA, openDatabase } from "../../../collector/ingest/schema.ts";
import { type BatchHash, LIMITS } from "../../../protocol/index.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { faultCode } from "../fault-code.ts";
import { crashCopy, type IngestBench, openIngest } from "./ingest-bench.ts";
import { AIR, catalogBatch, dataBatch, EPOCH, gapBatch, headerOf, OTHER_EPOCH, refOf, samples, seriesSpec } from "./wire-batches.ts";

const ranges = async (bench: IngestBench) => (await bench.hello("a", [{ epoch: EPOCH, from: 1, to: 1 }])).epochs[0]?.ranges;

test("what was acked is known after a crash: a resend is acked, another content is a conflict, the ranges are the same", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  await bench.publish("a", catalogBatch(1));
  await bench.publish("a", dataBatch(2, [samples([1, 2])]));
  await bench.publish("a", gapBatch(4, [{ seq: 3, count: 7, reason: "dropped_oldest" }]));
  await using reopened = await openIngest(await crashCopy(dir, dir.join("data.db")));
  expect(await ranges(reopened)).toEqual([[1, 4]]);
  await reopened.publish("a", dataBatch(2, [samples([1, 2])]));
  await reopened.publish("a", dataBatch(2, [samples([1, 3])]));
  expect(reopened.told("a")).toEqual(["2", "2 conflict"]);
  expect(await reopened.account("a")).toMatchObject({ received: 2, stored: 2, lost: { dropped_oldest: 7 }, balanced: true });
});

test("a stream is known by its ranges without a look at its rows, holes and what was let go included", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  await bench.publish("a", catalogBatch(1));
  for (const seq of [2, 5, 6]) await bench.publish("a", dataBatch(seq, [samples([seq])]));
  await bench.publish("b", catalogBatch(7));
  await bench.publish("b", gapBatch(8, [{ seq: 6, count: 7, reason: "dropped_oldest" }]));
  bench.db.prepare("UPDATE stream SET ranges = '[[1,3]]' WHERE agent = 'b'").run();
  expect([...bench.journal.streams()]).toMatchObject([
    {
      agent: "a",
      ranges: [
        [1, 2],
        [5, 6],
      ],
    },
    {
      agent: "b",
      ranges: [
        [1, 3],
        [6, 8],
      ],
    },
  ]);
  await using reopened = await openIngest(await crashCopy(dir, dir.join("data.db")));
  expect(await ranges(reopened)).toEqual([
    [1, 2],
    [5, 6],
  ]);
});

test("its identity stays the same for the life of the file", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  await bench.publish("a", catalogBatch(1));
  await using reopened = await openIngest(await crashCopy(dir, dir.join("data.db")));
  expect([reopened.journal.collector, reopened.journal.generation]).toEqual([bench.journal.collector, bench.journal.generation]);
  expect(bench.journal.collector).toMatch(/^[0-9a-f]{16}$/);
});

test("rows wait for the store in the order of their commit, with their bytes and what was refused of them, and no longer", async () => {
  await using dir = await tempDir();
  const held = Promise.withResolvers<void>();
  await using bench = await openIngest(dir.join("data.db"), {
    store: (store) => ({ ...store, put: (unit) => held.promise.then(() => store.put(unit)) }),
  });
  const batches = [dataBatch(9, [samples([1, Number.NaN, 3])]), dataBatch(3, [samples([2], { from: 1.76e15 })])] as const;
  await bench.publish("a", catalogBatch(1));
  for (const batch of batches) await bench.publish("a", batch);
  expect(bench.told("a")).toEqual(["1", "9", "3"]); // acked: the journal has them
  expect(bench.journal.waiting(0, 10)).toMatchObject([
    { agent: "a", count: 3, refused: [1] },
    { agent: "a", count: 1, refused: [] },
  ]);
  expect(bench.journal.waitingBytes()).toBe(batches[0].length + batches[1].length);
  held.resolve();
  await bench.loader.drained();
  expect(bench.journal.waiting(0, 10)).toEqual([]);
  expect(bench.journal.waitingBytes()).toBe(0);
});

test("a value whose place is taken goes to quarantine once, however often it comes, and is counted each time", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  await bench.publish("a", catalogBatch(1));
  await bench.publish("a", dataBatch(2, [samples([1])]));
  for (const seq of [3, 4, 5]) await bench.publish("a", dataBatch(seq, [samples([2])]));
  expect(await bench.account("a")).toMatchObject({ received: 4, stored: 1, conflict: 3 });
  expect(bench.journal.quarantine.counts()).toEqual([{ agent: "a", reason: "conflict", count: 1 }]);
});

test("another unit under the same name is the next version of the series, with a number of its own", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  const fahrenheit = [seriesSpec("temperature", { unit: "[degF]" })];
  await bench.publish("a", catalogBatch(1));
  await bench.publish("a", catalogBatch(2, fahrenheit));
  await bench.publish("a", dataBatch(3, [samples([20])]));
  await bench.publish("a", dataBatch(4, [samples([68])], { catalog: fahrenheit }));
  expect(await bench.account("a")).toMatchObject({ stored: 2, conflict: 0, duplicate: 0 });
  const series = bench.journal.series.list().map(({ id, version, spec }) => [id, version, spec.unit]);
  expect(series).toEqual([
    ["a/air/humidity", 1, "%RH"],
    ["a/air/temperature", 1, "Cel"],
    ["a/air/temperature", 2, "[degF]"],
  ]);
});

test("the newest catalog says how a series is sampled, after a restart too", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  const catalogs = [5, 60, 10, 30].map((calibration) => [seriesSpec("temperature", { calibration })]);
  catalogs.sort((a, b) => (refOf(a) < refOf(b) ? 1 : -1)); // the newest is the first that is read at a start
  for (const [index, catalog] of catalogs.entries()) await bench.publish("a", catalogBatch(index + 1, catalog));
  await using reopened = await openIngest(await crashCopy(dir, dir.join("data.db")));
  expect(reopened.journal.series.list().map(({ spec }) => spec)).toEqual(catalogs.at(-1));
});

test("an agent that makes up series is stopped at its limit, and what it sends beyond goes to quarantine by name", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  const made = (from: number, count: number) => Array.from({ length: count }, (_, index) => seriesSpec(`c${from + index}`));
  const full = LIMITS.seriesPerBatch;
  for (const round of [0, 1, 2, 3]) await bench.publish("a", catalogBatch(round + 1, made(round * full, full)));
  const beyond = made(4 * full, 1);
  await bench.publish("a", catalogBatch(5, beyond));
  await bench.publish("a", dataBatch(6, [samples([1, 2])], { catalog: beyond }));
  await bench.publish("b", catalogBatch(1));
  await bench.publish("b", dataBatch(2, [samples([1])]));
  expect(await bench.account("a")).toMatchObject({ stored: 0, quarantined: 2, balanced: true });
  expect(await bench.account("b")).toMatchObject({ stored: 1, balanced: true });
  expect(bench.journal.quarantine.counts()).toEqual([{ agent: "a", reason: "too_many_series", count: 2 }]);
});

test("beyond the newest hashes the ledger keeps ranges; declared losses keep their counts", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  const last = HASHES_KEPT * 1.25 + 10;
  await bench.publish("a", catalogBatch(1));
  await bench.publish("a", gapBatch(2, [{ seq: 3, count: 40, reason: "dropped_oldest" }]));
  for (let seq = 4; seq <= last; seq++)
    void bench.offer("a", dataBatch(seq, [samples([1], { from: 1.76e15 + seq * 1e6 })], { sealed: 40 + seq - 3 }));
  await bench.publish("a", gapBatch(last + 1, [{ seq: 3, count: 40, reason: "dropped_oldest" }]));
  expect(await bench.account("a")).toMatchObject({ received: last - 3, stored: last - 3, lost: { dropped_oldest: 40 } });
  bench.journal.prune();
  const kept = bench.db.prepare("SELECT COUNT(*) FROM ledger WHERE kind <> 'declared'").pluck().get();
  expect(kept).toBeGreaterThanOrEqual(HASHES_KEPT);
  expect(kept).toBeLessThan(last);

  await using reopened = await openIngest(await crashCopy(dir, dir.join("data.db")));
  expect(await ranges(reopened)).toEqual([[1, last + 1]]);
  expect(await reopened.account("a")).toMatchObject({ lost: { dropped_oldest: 40 }, missingBatches: 0, unaccounted: 0, balanced: true });
  await reopened.publish("a", dataBatch(4, [samples([1], { from: 1.76e15 + 4e6 })], { sealed: 41 }));
  expect(reopened.told("a")).toEqual(["4"]);
  const again = await reopened.account("a");
  expect(again).toMatchObject({ received: last - 3, resent: 1, stored: last - 3, duplicate: 1, unaccounted: 0, balanced: true });
});

test("a resend whose hash is not at hand is found on disk: acked and not taken again, and other content is a conflict", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  const batch = dataBatch(2, [samples([1, 2])], { sealed: 2 });
  await bench.publish("a", catalogBatch(1));
  await bench.publish("a", batch);
  const last = HASHES_AT_HAND + 10;
  for (let seq = 3; seq <= last; seq++) void bench.offer("a", gapBatch(seq, [{ seq: 1_000 + seq, count: 0, reason: "resealed" }]));
  await bench.publish("a", gapBatch(last + 1, [{ seq: 2_000, count: 0, reason: "resealed" }]));
  await bench.account("a");
  await using reopened = await openIngest(await crashCopy(dir, dir.join("data.db")));
  for (const collector of [bench, reopened]) {
    const told = collector.told("a").length;
    await collector.publish("a", batch);
    await collector.publish("a", dataBatch(2, [samples([7, 8])], { sealed: 2 }));
    expect(collector.told("a").slice(told)).toEqual(["2", "2 conflict"]);
    expect(await collector.account("a")).toMatchObject({ received: 2, resent: 0, stored: 2, duplicate: 0 });
  }
});

test("rows are let go in the order of arrival: a backlog that came last keeps its hashes", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  await bench.publish("a", catalogBatch(HASHES_KEPT * 2));
  const rows = bench.db.prepare(`INSERT INTO ledger (stream, seq, kind, hash, count, received_at, loaded)
    WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT 1, i, 'data', printf('%016x', i), 1, 0, 1 FROM n`);
  rows.run(2_001, 2_000 + HASHES_KEPT);
  rows.run(1, 2_000);
  await bench.publish("a", dataBatch(HASHES_KEPT * 2 + 1, [samples([1])]));
  await bench.account("a"); // a row that came into the store makes the stream one to look at
  bench.journal.prune();
  const seqs = bench.db.prepare("SELECT seq FROM ledger ORDER BY row").pluck().all();
  expect(seqs).toHaveLength(HASHES_KEPT);
  expect(seqs.slice(-2_001, -1)).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
  await using reopened = await openIngest(await crashCopy(dir, dir.join("data.db")));
  expect(await ranges(reopened)).toEqual([
    [1, 2_000 + HASHES_KEPT],
    [HASHES_KEPT * 2, HASHES_KEPT * 2 + 1],
  ]);
});

test("an index that the catalog does not have is refused as an unknown series", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  await bench.publish("a", catalogBatch(1));
  await bench.publish("a", dataBatch(2, [samples([1]), samples([2], { series: AIR.length })]));
  expect(await bench.account("a")).toMatchObject({ stored: 1, quarantined: 1, balanced: true });
  expect(bench.journal.quarantine.counts()).toEqual([{ agent: "a", reason: "unknown_series", count: 1 }]);
});

test("the same epoch and seq of two agents are two batches", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  for (const agent of ["a", "b"]) {
    await bench.publish(agent, catalogBatch(1));
    await bench.publish(agent, dataBatch(2, [samples([agent === "a" ? 1 : 2])]));
    await bench.hello(agent, [{ epoch: OTHER_EPOCH, from: 1, to: 0 }]);
    await bench.publish(agent, catalogBatch(1, AIR, OTHER_EPOCH));
  }
  expect(bench.told("a")).toEqual(["1", "2", "1"]);
  expect(bench.told("b")).toEqual(["1", "2", "1"]);
  expect(bench.journal.catalogs.list().map(({ agent, ref }) => [agent, ref])).toEqual([
    ["a", refOf(AIR)],
    ["b", refOf(AIR)],
  ]);
});

test("a journal of a later version is refused with a fault, and left as it is", async () => {
  await using dir = await tempDir();
  const file = dir.join("data.db");
  const db = openDatabase(file, false);
  db.pragma(`user_version = ${JOURNAL_SCHEMA.steps.length + 1}`);
  db.close();
  expect(await faultCode(() => openDatabase(file, false))).toBe("journal_newer");
  const untouched = openDatabase.bind(undefined, file, true);
  expect(await faultCode(untouched)).toBe("journal_newer");
});

test("a loss of other content than what stands under its seq is counted beside it, once, in either order", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  const hash = "00000000000000ff" as BatchHash;
  await bench.publish("a", catalogBatch(1));
  await bench.publish("a", dataBatch(2, [samples([1])]));
  for (const seq of [3, 4]) await bench.publish("a", gapBatch(seq, [{ seq: 2, hash, count: 9, reason: "dropped_oldest" }]));
  expect(await bench.account("a")).toMatchObject({ received: 1, stored: 1, lost: { dropped_oldest: 9 } });

  await bench.publish("a", gapBatch(5, [{ seq: 6, hash, count: 7, reason: "dropped_oldest" }]));
  await bench.publish("a", dataBatch(6, [samples([2], { from: 1.77e15 })]));
  expect(bench.told("a").at(-1)).toBe("6 conflict");
  await bench.publish(
    "a",
    gapBatch(7, [{ seq: 2, hash: headerOf(dataBatch(2, [samples([1])])).hash, count: 1, reason: "dropped_oldest" }]),
  );
  expect(await bench.account("a")).toMatchObject({ received: 1, stored: 1, lost: { dropped_oldest: 16 } });
});
