/**
 * Damage to content, which SQLite does not see: a row that can be read and says something else than was written.
 */
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { epochMicros, imbalance } from "../../../protocol/index.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { fillSpool } from "./filled-spool.ts";
import { ModelCollector } from "./model-collector.ts";
import { pendingOf } from "./spool-commands.ts";
import { readFile, valuesOf } from "./spool-witness.ts";
import { SpoolWorld } from "./spool-world.ts";

const NOW = epochMicros(1_800_000_000_000_000);

function filled(path: string): SpoolWorld {
  const random = seededRandom("content", 1);
  const world = new SpoolWorld(path, random);
  fillSpool(world, new ModelCollector(), random);
  return world;
}

/** Changes a row behind the back of the spool, and starts it again. */
function change(world: SpoolWorld, sql: string, ...values: unknown[]): void {
  world.service.close();
  const db = new Database(world.path);
  expect(db.prepare(sql).run(...values).changes).toBe(1);
  db.close();
  world.restart();
}

test("a batch with a flipped bit is set aside with a gap that counts its readings, and nothing else is touched", async () => {
  await using dir = await tempDir();
  const world = filled(dir.path);
  const before = pendingOf(world);
  const victim = before.find((info) => info.kind === "data" && info.count > 1);
  if (victim === undefined) throw new Error("nothing pending");
  const bytes = Uint8Array.from(world.service.bytesToSend(victim, NOW) ?? []);
  bytes[30] = (bytes[30] ?? 0) ^ 1;
  change(world, "UPDATE batch SET bytes = ? WHERE hash = ?", bytes, victim.hash);
  expect(world.opened.salvaged).toBeUndefined();
  expect(world.service.bytesToSend(victim, NOW)).toBeUndefined();
  expect(world.service.status().damagedBatches).toBe(1);
  const after = pendingOf(world);
  expect(after.slice(0, -1)).toEqual(before.filter((info) => info !== victim));
  const collector = new ModelCollector();
  collector.take(world.service.bytesToSend(after.at(-1) as never, NOW) as Uint8Array);
  expect(collector.has(victim)).toBe(true);
  world.service.close();
});

test("a batch under another hash than its own is set aside too, for no ack would ever fit it", async () => {
  await using dir = await tempDir();
  const world = filled(dir.path);
  const victim = pendingOf(world).findLast((info) => info.kind === "data");
  change(world, "UPDATE batch SET hash = ? WHERE hash = ?", "0123456789abcdef", victim?.hash);
  expect(world.service.bytesToSend(victim as never, NOW)).toBeUndefined();
  expect(world.service.status().damagedBatches).toBe(1);
  world.service.close();
});

test("a damaged commit behind sound ones is counted as lost at the seal, and the account balances", async () => {
  await using dir = await tempDir();
  const world = filled(dir.path);
  const { open, totals } = world.service.status();
  change(world, 'UPDATE journal SET "offset" = "offset" + 1 WHERE id = (SELECT MIN(id) FROM journal)');
  expect(world.opened.salvaged).toBeUndefined();
  const sealed = world.seal().reduce((sum, batch) => sum + batch.count, 0);
  const after = world.service.status().totals;
  expect(sealed).toBeLessThan(open);
  expect(after.dropped - totals.dropped).toBe(open - sealed);
  expect(imbalance(after)).toBe(0);
  world.service.close();
});

test("where the newest counters are damaged the file is moved aside, and counting goes on from the last sound ones", async () => {
  await using dir = await tempDir();
  const world = filled(dir.path);
  const before = readFile(world.path).open.flatMap(valuesOf);
  change(world, "UPDATE journal SET state = replace(state, 'read', 'raed') WHERE id = (SELECT MAX(id) FROM journal)");
  const { salvaged, open } = world.opened;
  expect(salvaged).toMatchObject({ openReadings: open, damagedBatches: 0 });
  expect(open).toBeGreaterThan(0);
  expect(open).toBeLessThan(before.length);
  expect(imbalance(world.service.status().totals)).toBe(0);
  world.service.close();
});

test("a damaged single value moves the file aside, and every reading and batch is taken over", async () => {
  await using dir = await tempDir();
  const world = filled(dir.path);
  const before = readFile(world.path);
  change(world, "UPDATE meta SET value = '999999' WHERE key = 'sealed'");
  expect(world.opened.salvaged).toMatchObject({ batches: before.batches.length, damagedBatches: 0, lostReadings: 0 });
  const after = readFile(world.path);
  expect(after.open.flatMap(valuesOf)).toEqual(before.open.flatMap(valuesOf));
  expect(after.batches.map(({ epoch, seq, hash }) => [epoch, seq, hash])).toEqual(
    expect.arrayContaining(before.batches.map(({ epoch, seq, hash }) => [epoch, seq, hash])),
  );
  expect(imbalance(world.service.status().totals)).toBe(0);
  world.service.close();
});

test("a next seq that was used before moves the file aside: a new epoch, and no seq twice", async () => {
  await using dir = await tempDir();
  const world = filled(dir.path);
  const current = world.service.hello().epochs.at(-1)?.epoch;
  change(world, "UPDATE epoch SET next_seq = 2 WHERE id = (SELECT MAX(id) FROM epoch)");
  expect(world.opened.salvaged?.damagedBatches).toBe(0);
  expect(world.service.hello().epochs.at(-1)?.epoch).not.toBe(current);
  world.service.close();
});
