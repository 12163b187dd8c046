import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { openSpool } from "../../../agent/spool/open.ts";
import { epochMicros } from "../../../protocol/index.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { fillSpool } from "./filled-spool.ts";
import { ModelCollector } from "./model-collector.ts";
import { SpoolWorld } from "./spool-world.ts";

const NOW = epochMicros(1_800_000_000_000_000);

/** The same numbers by a look at every row. */
function counted(path: string) {
  const db = new Database(path, { readonly: true });
  const batches = db.prepare("SELECT COUNT(*) AS batches, TOTAL(count) AS readings, TOTAL(size) AS bytes FROM batch WHERE state = ?");
  const found = { pending: batches.get(0), history: batches.get(1), damaged: batches.get(2) };
  const open = db.prepare("SELECT TOTAL(count) FROM journal").pluck().get();
  const newest = db.prepare("SELECT MAX(sealed_at) FROM batch").pluck().get();
  db.close();
  return { ...found, open, newest };
}

test("what is counted along is what a look at every row counts, after whatever happened and after a restart", async () => {
  await using dir = await tempDir();
  const random = seededRandom("tally", 1);
  const world = new SpoolWorld(dir.path, random);
  fillSpool(world, new ModelCollector(), random);
  for (let start = 0; start < 2; start++) {
    const status = world.service.status();
    const expected = counted(world.path);
    expect({ batches: status.pendingBatches, readings: status.pendingReadings, bytes: status.pendingBytes }).toEqual(expected.pending);
    expect(status).toMatchObject({ historyBatches: expect.any(Number), open: expected.open, damagedBatches: 0 });
    world.restart();
    expect(world.opened).toMatchObject({ open: expected.open, newestSealedAt: expected.newest });
  }
  world.service.close();
});

test("a transaction that is rolled back takes its counts with it", async () => {
  await using dir = await tempDir();
  const { spool } = openSpool(dir.join("spool.db"), seededRandom("tally", 2), NOW);
  const insert = () => spool.insert("gap", 0, "00000000" as never, new Uint8Array(20), NOW);
  spool.transaction(insert);
  const before = spool.tally.of(0);
  expect(before).toMatchObject({ batches: 1 });
  expect(() =>
    spool.transaction(() => {
      insert();
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(spool.tally.of(0)).toEqual(before);
  spool.close();
});
