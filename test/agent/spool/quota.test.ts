import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { epochMicros } from "../../../protocol/index.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { pendingOf } from "./spool-commands.ts";
import { CATALOG, SpoolWorld } from "./spool-world.ts";

const dataOf = (world: SpoolWorld) => pendingOf(world).filter((batch) => batch.kind === "data");

/** Seals batches of 40 readings each. */
function sealBatches(world: SpoolWorld, count: number): void {
  for (let batch = 0; batch < count; batch++) {
    world.commit(
      Array.from({ length: 40 }, () => ({ sensor: 1 as const, step: 123_456, channels: 1, quality: 0 })),
      true,
    );
    world.seal();
  }
}

test("the oldest readings make room, however many gaps and catalogs stand before them", async () => {
  await using dir = await tempDir();
  const world = new SpoolWorld(dir.path, seededRandom("quota", 1));
  for (let calibration = 1; calibration <= 200; calibration++) {
    const catalog = CATALOG.map((series) => ({ ...series, calibration }));
    world.service.addCatalog(catalog, world.grids, epochMicros(world.now));
  }
  sealBatches(world, 60);
  const before = dataOf(world);
  world.restart(world.service.status().usedBytes - 1_000);
  const outcome = world.commit([{ sensor: 1, step: 1, channels: 1, quality: 0 }], true);
  expect(outcome?.dropped).toEqual(before.slice(0, 32));
  expect(outcome?.gaps).toMatchObject([{ kind: "gap", count: 0 }]);
  expect(dataOf(world)).toEqual(before.slice(32));
  world.service.close();
});

test("acked history makes room before anything that is pending", async () => {
  await using dir = await tempDir();
  const world = new SpoolWorld(dir.path, seededRandom("quota", 2));
  sealBatches(world, 40);
  const acked = dataOf(world).slice(20); // the newer half
  world.service.acked(acked);
  const before = dataOf(world);
  world.restart(world.service.status().usedBytes - 1_000);
  const outcome = world.commit([], true);
  expect(outcome).toMatchObject({ dropped: [], gaps: [] });
  expect(dataOf(world)).toEqual(before);
  expect(world.service.status().historyBatches).toBeLessThan(acked.length);
  world.service.close();
});

test("history is dropped a week after it was sealed, when room is needed", async () => {
  await using dir = await tempDir();
  const world = new SpoolWorld(dir.path, seededRandom("quota", 3));
  sealBatches(world, 3);
  world.service.acked(pendingOf(world));
  world.now += 8 * 86_400_000_000;
  world.restart(world.service.status().usedBytes - 1);
  world.commit([], true);
  expect(world.service.status().historyBatches).toBe(0);
  world.service.close();
});

test("a spool that is full of open readings refuses the next ones, and takes them again when it has grown", async () => {
  await using dir = await tempDir();
  const world = new SpoolWorld(dir.path, seededRandom("quota", 4));
  const commit = () => world.commit([{ sensor: 0, step: 1_000_000, channels: 7, quality: 0 }], false);
  for (let count = 0; count < 20; count++) commit();
  world.restart(world.service.status().usedBytes - 1);
  expect(commit()).toBeUndefined();
  expect(world.service.status().open).toBe(60);
  world.restart(1_000_000);
  expect(commit()?.open).toBe(63);
  world.service.close();
});

/** `count` acked batches of `size` bytes, a second apart, as if they had been sealed one by one. */
function addHistory(world: SpoolWorld, count: number, size: number): void {
  world.service.close();
  const db = new Database(world.path);
  const add = db.prepare(
    "INSERT INTO batch (epoch, seq, kind, state, count, hash, sealed_at, size, bytes) VALUES (1, ?, 'data', 1, 60, '0123456789abcdef', ?, ?, zeroblob(?))",
  );
  db.transaction(() => {
    for (let seq = 1; seq <= count; seq++) add.run(seq + 1, world.now - (count - seq) * 1_000_000, size, size);
    db.prepare("UPDATE epoch SET next_seq = ? WHERE id = 1").run(count + 2);
  })();
  db.close();
  world.restart();
}

test("history is kept within a quarter of the quota with each seal, long before the quota is used up", async () => {
  await using dir = await tempDir();
  const world = new SpoolWorld(dir.path, seededRandom("quota", 5));
  addHistory(world, 2_000, 150);
  world.restart(1_000_000);
  const { usedBytes, maxBytes, historyBytes } = world.service.status();
  expect(usedBytes).toBeLessThan(maxBytes);
  expect(historyBytes).toBeGreaterThan(maxBytes / 4);
  sealBatches(world, 1);
  expect(world.service.status().historyBytes).toBeLessThanOrEqual(maxBytes / 4);
  world.now += 8 * 86_400_000_000;
  sealBatches(world, 6);
  expect(world.service.status().historyBatches, "a week later").toBe(0);
  world.service.close();
});

test("far too much history goes in parts, while commits are taken and nothing that is pending is given up", async () => {
  await using dir = await tempDir();
  const world = new SpoolWorld(dir.path, seededRandom("quota", 6));
  addHistory(world, 5_000, 150);
  sealBatches(world, 3);
  const pending = dataOf(world);
  world.restart(200_000);
  const left: number[] = [];
  for (let count = 0; count < 12; count++) {
    expect(world.commit([{ sensor: 1, step: 1, channels: 1, quality: 0 }], true)).toMatchObject({ dropped: [], gaps: [] });
    left.push(world.service.status().historyBatches);
  }
  const steps = left.map((count, index) => (left[index - 1] ?? 5_000) - count);
  expect(Math.max(...steps), "no commit waits long").toBeLessThan(1_200);
  expect(world.service.status().usedBytes).toBeLessThanOrEqual(200_000);
  expect(dataOf(world)).toEqual(pending);
  world.service.close();
});
