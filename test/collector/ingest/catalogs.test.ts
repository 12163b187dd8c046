import { expect, test } from "vitest";
import { Catalogs, SERIES_AT_HAND } from "../../../collector/ingest/catalogs.ts";
import { LIMITS, micros } from "../../../protocol/index.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { crashCopy, openIngest } from "./ingest-bench.ts";
import { AIR, catalogBatch, dataBatch, refOf, samples, seriesSpec } from "./wire-batches.ts";

/** One series, another list for each number. */
const numbered = (number: number, channel = "c") => [seriesSpec(channel, { period: micros(1_000_000 + number) })];

test("of two catalogs with one reference the first counts, for what waits and after a restart", async () => {
  const [first, second] = [numbered(160_794, "even"), numbered(173_177, "odd")]; // found by trying
  expect(refOf(first)).toBe(refOf(second));
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  await bench.publish("a", catalogBatch(1, first));
  void bench.offer("a", dataBatch(2, [samples([1])], { catalog: first }));
  await bench.publish("a", catalogBatch(3, second));
  await bench.publish("a", dataBatch(4, [samples([2], { from: 1.76e15 })], { catalog: first, sealed: 2 }));
  expect(await bench.account("a")).toMatchObject({ stored: 2, balanced: true });
  expect(bench.journal.series.list().map(({ id }) => id)).toEqual(["a/air/even"]);
  await using reopened = await openIngest(await crashCopy(dir, dir.join("data.db")));
  await reopened.publish("a", dataBatch(5, [samples([3], { from: 1.77e15 })], { catalog: second }));
  await reopened.account("a");
  const channels = reopened.db.prepare("SELECT DISTINCT s.channel FROM sample p JOIN series s ON s.number = p.series").pluck();
  expect(channels.all()).toEqual(["even"]);
});

test("an agent has 256 catalogs in its life: what is beyond, and data under it, is kept raw and named; others notice nothing", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  const most = LIMITS.catalogsPerAgent;
  for (let seq = 1; seq <= most + 10; seq++) void bench.offer("a", catalogBatch(seq, numbered(seq))); // in one commit
  await bench.publish("a", catalogBatch(most + 11, numbered(1)));
  await bench.publish("a", dataBatch(most + 12, [samples([1])], { catalog: numbered(most + 1) }));
  expect(bench.journal.catalogs.list()).toHaveLength(most);
  expect(bench.journal.quarantine.counts()).toEqual([{ agent: "a", reason: "too_many_catalogs", count: 11 }]);
  expect(bench.told("a").slice(-2)).toEqual([`${most + 10} quarantined`, `${most + 12} quarantined`]);
  expect(bench.told("a")).toContain(`${most + 11}`);

  await using reopened = await openIngest(await crashCopy(dir, dir.join("data.db")));
  await reopened.publish("a", catalogBatch(most + 13, numbered(most + 1)));
  await reopened.publish("a", dataBatch(most + 14, [samples([2], { from: 1.76e15 })], { catalog: numbered(1), sealed: 2 }));
  await reopened.publish("b", catalogBatch(1));
  expect(reopened.told("a")).toEqual([`${most + 13} quarantined`, `${most + 14}`]);
  expect(reopened.told("b")).toEqual(["1"]);
  expect(await reopened.account("a")).toMatchObject({ received: 2, stored: 1, quarantined: 1, balanced: true });
});

test("as many catalogs are in memory as were used last, whoever's they are; the others come from the journal again", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  const full = Array.from({ length: LIMITS.seriesPerBatch }, (_, index) => seriesSpec(`c${index}`));
  await bench.publish("a", catalogBatch(1, full));
  await bench.publish("b", catalogBatch(1, AIR));
  const more = bench.db.prepare("INSERT INTO catalog SELECT ?, ref, hash, body FROM catalog WHERE agent = 'a'");
  const agents = Array.from({ length: SERIES_AT_HAND / full.length + 2 }, (_, index) => `c-${index}`);
  for (const agent of agents) more.run(agent);

  const catalogs = new Catalogs(bench.journal, () => undefined);
  const early = catalogs.find("b", refOf(AIR));
  for (const agent of agents) {
    expect(catalogs.find(agent, refOf(full))?.series).toHaveLength(full.length);
    expect(catalogs.find("b", refOf(AIR))).toBe(early); // in use
  }
  expect(catalogs.seriesAtHand).toBeLessThanOrEqual(SERIES_AT_HAND);
  expect(catalogs.seriesAtHand).toBeGreaterThan(SERIES_AT_HAND - full.length);
  const [first = "", last = ""] = [agents[0], agents.at(-1)];
  const kept = catalogs.find(last, refOf(full));
  expect(catalogs.find(first, refOf(full))?.series).toHaveLength(full.length);
  expect(catalogs.find(last, refOf(full))).toBe(kept);
  expect(catalogs.find("nobody", refOf(full))).toBeUndefined();
});
