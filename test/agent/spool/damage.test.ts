import fs from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { imbalance } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";
import { type SeededRandom, seededRandom } from "../../support/seeded-random.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { DAMAGES, type Damage } from "./damages.ts";
import { fillSpool } from "./filled-spool.ts";
import { ModelCollector } from "./model-collector.ts";
import { pendingOf } from "./spool-commands.ts";
import { readFile, type SeenBatch, valuesOf } from "./spool-witness.ts";
import { SpoolWorld } from "./spool-world.ts";

const TIMES = effort("spool damages, each this often", { quick: 1, test: 6, prove: 100 });

for (const [name, damage] of Object.entries(DAMAGES)) {
  test(`a spool with ${name} goes on, and what can be read survives`, { timeout: 300_000 }, async () => {
    await using folder = await tempDir();
    const random = seededRandom(`damage: ${name}`);
    for (let time = 0; time < TIMES; time++) check(damage, new SpoolWorld(folder.join(String(time)), random), random);
  });
}

function check(damage: Damage, world: SpoolWorld, random: SeededRandom): void {
  const collector = new ModelCollector();
  fillSpool(world, collector, random);
  if (damage.killed) world.kill();
  else world.service.close();
  const before = readCopy(world);
  damage.harm(world.path, random);
  world.restart();
  expectSurvivors(damage, world, before);
  try {
    goOn(world, collector, before.batches);
  } catch (error) {
    // Found while it runs, behind an orderly close: the agent ends, and its next start salvages.
    if (!(error instanceof Database.SqliteError)) throw error;
    world.kill();
    world.restart();
    expect(world.opened.salvaged).toBeDefined();
    goOn(world, collector, before.batches);
  }
  world.service.close();
}

type Content = ReturnType<typeof readFile>;

/** Looks at a copy: to look at the files of a killed process is to recover them. */
function readCopy(world: SpoolWorld): Content {
  const folder = path.dirname(world.path);
  fs.cpSync(folder, `${folder}-copy`, { recursive: true });
  return readFile(path.join(`${folder}-copy`, path.basename(world.path)));
}

function expectSurvivors({ outcome, keeps }: Damage, world: SpoolWorld, before: Content): void {
  const { salvaged } = world.opened;
  if (outcome === "either" && salvaged === undefined) return; // nobody has looked yet: what is broken is met on the way
  const after = readFile(world.path);
  const open = { before: before.open.flatMap(valuesOf), after: after.open.flatMap(valuesOf) };
  for (const number of open.after) expect(world.committed.has(number), "a reading nobody took").toBe(true);
  if (outcome !== "either") expect(salvaged !== undefined, "moved aside").toBe(outcome === "moved");
  if (salvaged !== undefined) {
    expect(fs.existsSync(salvaged.movedTo)).toBe(true);
    expect(imbalance(world.service.status().totals)).toBe(0);
    expect(before.batches.map((batch) => batch.epoch)).not.toContain(world.service.hello().epochs.at(-1)?.epoch);
  }
  if (outcome === "all" || keeps === "everything") expect(open.after).toEqual(open.before);
  if (outcome === "all" || keeps === "everything" || keeps === "batches") {
    expect(after.batches.map(identityOf)).toEqual(expect.arrayContaining(before.batches.map(identityOf)));
  }
  if (keeps === "nothing") expect([...open.after, ...after.batches.filter((batch) => batch.kind === "data")]).toEqual([]);
}

function identityOf({ epoch, seq, hash, state }: SeenBatch): string {
  return `${epoch}/${seq} ${hash} ${state}`;
}

/** The agent commits, seals and sends on; what goes out under a seq is what went before, and each seq gets an answer. */
function goOn(world: SpoolWorld, collector: ModelCollector, before: readonly SeenBatch[]): void {
  const hashes = new Map(before.map((batch) => [`${batch.epoch}/${batch.seq}`, batch.hash]));
  for (let connection = 0; connection < 4; connection++) {
    world.service.reconcile(collector.greeting(world.service.hello().epochs), world.now as never);
    world.commit([{ sensor: 0, step: 1_000_000, channels: 7, quality: 0 }], true);
    world.seal();
    for (const info of pendingOf(world)) {
      const bytes = world.service.bytesToSend(info, world.now as never);
      const known = hashes.get(`${info.epoch}/${info.seq}`);
      if (bytes !== undefined && world.opened.salvaged !== undefined) expect(info.hash).toBe(known ?? info.hash);
      if (bytes !== undefined) world.service.acked([collector.take(bytes)]);
    }
  }
  expect(pendingOf(world)).toEqual([]);
  for (const { epoch, to } of world.service.hello().epochs) {
    for (let seq = 1; seq <= to; seq++) expect(collector.has({ epoch, seq }), `${epoch}/${seq} is nowhere`).toBe(true);
  }
}
