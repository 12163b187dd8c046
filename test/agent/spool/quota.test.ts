import { expect, test } from "vitest";
import { epochMicros } from "../../../protocol/index.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { pendingOf } from "./spool-commands.ts";
import { SpoolWorld } from "./spool-world.ts";

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
  const ref = world.service.hello().catalogs[0]?.slice(0, 8) ?? "";
  for (let count = 0; count < 200; count++) world.service.resendCatalog(ref, epochMicros(world.now));
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
