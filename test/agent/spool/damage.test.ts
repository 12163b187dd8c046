import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { imbalance } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";
import { type SeededRandom, seededRandom } from "../../support/seeded-random.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";
import { DAMAGES, type Damage, garble } from "./damages.ts";
import { ModelCollector } from "./model-collector.ts";
import { pendingOf } from "./spool-commands.ts";
import { readFile, type SeenBatch, valuesOf } from "./spool-witness.ts";
import { type Instant, SpoolWorld } from "./spool-world.ts";

const TIMES = effort("spool damages, each this often", { quick: 3, test: 12, prove: 100 });

for (const [name, damage] of Object.entries(DAMAGES)) {
  test(`a spool with ${name} goes on, and what can be read survives`, { timeout: 300_000 }, async () => {
    await using folder = await tempDir();
    const random = seededRandom(`damage: ${name}`);
    for (let time = 0; time < TIMES; time++) check(name, damage, new SpoolWorld(folder.join(String(time)), random), random);
  });
}

function check(name: string, damage: Damage, world: SpoolWorld, random: SeededRandom): void {
  const collector = fill(world, random);
  if (damage.killed === undefined) world.service.close();
  const before = readFile(world.path);
  const committed = [...before.open.flatMap(valuesOf)];
  stopThenHarm(world, damage, random);
  world.restart();
  const { salvaged } = world.opened;
  if (damage.outcome === "moved") expect(salvaged, name).toBeDefined();
  if (damage.outcome === "all" || damage.outcome === "older") expect(salvaged, name).toBeUndefined();
  if (salvaged !== undefined) expect(fs.existsSync(salvaged.movedTo)).toBe(true);
  const after = readFile(world.path);
  for (const batch of after.batches.filter((one) => one.kind !== "catalog")) expectSame(batch, before.batches);
  const open = after.open.flatMap(valuesOf);
  expect(committed).toEqual(expect.arrayContaining(open));
  if (salvaged !== undefined || damage.outcome === "all") expect(imbalance(world.service.status().totals)).toBe(0);
  const keeps = damage.outcome === "all" ? "everything" : damage.keeps;
  if (keeps === "everything") expect(open).toEqual(committed);
  if (keeps === "everything" || keeps === "batches") expect(after.batches).toHaveLength(before.batches.length + (salvaged ? 0 : 0));
  if (keeps === "nothing") expect(after.batches.filter((batch) => batch.kind === "data")).toEqual([]);
  goOn(world, collector, before.batches, salvaged !== undefined);
  world.service.close();
}

/** Batches acked and pending, and open readings. */
function fill(world: SpoolWorld, random: SeededRandom): ModelCollector {
  const collector = new ModelCollector();
  for (let round = 0; round < 6; round++) {
    for (let commits = 0; commits < 3; commits++) world.commit(minute(random), true);
    if (round < 5) world.seal(25);
    if (round === 1 || round === 3) {
      const answers = pendingOf(world).map((info) => collector.take(world.service.bytesToSend(info, world.now as never) as Uint8Array));
      world.service.acked(answers.slice(0, -1));
    }
  }
  return collector;
}

function minute(random: SeededRandom): Instant[] {
  const sensor = () => (["air", "load", "file"] as const).findIndex((_, index, all) => index === random.below(all.length) % all.length);
  return Array.from({ length: 10 }, () => ({
    sensor: Math.max(0, sensor()) as Instant["sensor"],
    step: 1_000_000,
    channels: 1 + random.below(7),
    quality: 0,
  }));
}

/** After a kill the damaged files are a copy, as the killed process left them. */
function stopThenHarm(world: SpoolWorld, damage: Damage, random: SeededRandom): void {
  if (damage.killed) world.copyAside();
  damage.harm(world.path, random);
}

/** A batch that is here says what it said before, or what it says is found damaged when it is to be sent. */
function expectSame(batch: SeenBatch, before: readonly SeenBatch[]): void {
  const known = before.find(({ epoch, seq }) => epoch === batch.epoch && seq === batch.seq);
  if (known !== undefined) expect(batch.count, `${batch.epoch}/${batch.seq}`).toBe(known.count);
}

/** The agent commits, seals and sends on, and the collector gets an answer for every seq the spool knows of. */
function goOn(world: SpoolWorld, collector: ModelCollector, before: readonly SeenBatch[], isNew: boolean): void {
  const hello = world.service.hello();
  const current = hello.epochs.at(-1)?.epoch;
  if (isNew) expect(before.map((batch) => batch.epoch)).not.toContain(current);
  const { rolledBack } = world.service.reconcile(collector.ranges(hello.epochs), world.now as never);
  if (isNew) expect(rolledBack).toBe(false);
  world.commit([{ sensor: 0, step: 1_000_000, channels: 7, quality: 0 }], true);
  world.seal();
  const known = new Map(before.map((batch) => [`${batch.epoch}/${batch.seq}`, batch.hash as string]));
  while (pendingOf(world).length > 0) {
    for (const info of pendingOf(world)) {
      const bytes = world.service.bytesToSend(info, world.now as never);
      if (bytes === undefined) continue; // damaged: set aside, a gap follows
      const hash = known.get(`${info.epoch}/${info.seq}`);
      if (isNew && hash !== undefined) expect(info.hash).toBe(hash);
      world.service.acked([collector.take(bytes)]);
    }
  }
  for (const { epoch, to } of world.service.hello().epochs) {
    for (let seq = 1; seq <= to; seq++) expect(collector.has({ epoch, seq }), `${epoch}/${seq}`).toBe(true);
  }
}

test("a flipped bit in what a batch holds sets that batch aside with a gap, and nothing else", async () => {
  await using world = await worldOf(await tempDir());
  world.fill();
  const victim = pendingOf(world.spool).find((info) => info.kind === "data");
  if (victim === undefined) throw new Error("nothing pending");
  const bytes = world.spool.service.bytesToSend(victim, world.spool.now as never) as Uint8Array;
  world.spool.service.close();
  expect(garble(world.spool.path, Buffer.from(bytes.subarray(40, 60)).toString("latin1"))).toBeGreaterThanOrEqual(0);
});

async function worldOf(dir: TempDir) {
  const random = seededRandom("damage");
  const spool = new SpoolWorld(path.join(dir.path, "w"), random);
  return { spool, fill: () => fill(spool, random), [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}
