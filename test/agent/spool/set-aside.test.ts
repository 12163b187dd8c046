/**
 * A salvage that is cut short: at each step, by a kill in its middle, by a full disk. The next start has it all.
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { putInPlace, salvageBeside } from "../../../agent/spool/set-aside.ts";
import { epochMicros, imbalance } from "../../../protocol/index.ts";
import { inProject } from "../../support/project-files.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { smallDisk } from "../../support/small-disk.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { DAMAGES } from "./damages.ts";
import { pendingOf } from "./spool-commands.ts";
import { SpoolWorld } from "./spool-world.ts";

const NOW = epochMicros(1_800_000_000_000_000);
const TIME = "2027-01-15T080000.000Z";
const random = () => seededRandom("set aside", 2);

/** A killed spool, of which all that can be read stands in the WAL; and what it held. */
function damaged(folder: string) {
  const world = new SpoolWorld(folder, seededRandom("set aside", 1));
  for (let batch = 0; batch < 10; batch++) {
    if (batch > 0) world.seal();
    world.commit([{ sensor: 0, step: 1_000_000, channels: 7, quality: 0 }], true);
  }
  const held = { pending: pendingOf(world), open: world.service.status().open };
  world.kill();
  harm(world, "zero length, with the WAL there");
  return { world, held };
}

function harm(world: SpoolWorld, damage: string): void {
  DAMAGES[damage]?.harm(world.path, seededRandom("set aside", 3));
}

function expectAll({ world, held }: ReturnType<typeof damaged>): void {
  world.restart();
  expect(world.opened.salvaged).toMatchObject({ batches: held.pending.length, damagedBatches: 0, openReadings: held.open });
  expect(pendingOf(world)).toMatchObject(held.pending.map(({ epoch, seq, hash }) => ({ epoch, seq, hash })));
  expect(imbalance(world.service.status().totals)).toBe(0);
  expect(fs.existsSync(`${world.opened.salvaged?.movedTo}-wal`)).toBe(true);
  expect(namesOf(world).filter((name) => /salvag/.test(name))).toEqual([]);
  world.restart();
  expect(world.opened.salvaged, "it is said once").toBeUndefined();
  world.service.close();
}

function namesOf(world: SpoolWorld): string[] {
  return fs.readdirSync(path.dirname(world.path)).toSorted();
}

/** What stands on the disk where a salvage ends early, by the last thing that was done. */
const STEPS: Readonly<Record<string, (file: string) => void>> = {
  "some of it was taken over": (file) => {
    for (const suffix of ["", "-wal"]) fs.writeFileSync(`${file}.salvaging${suffix}`, "half a spool");
  },
  "the salvaged spool was whole": (file) => salvageBeside(file, random(), NOW),
  "the WAL of the damaged one was moved": (file) => {
    salvageBeside(file, random(), NOW);
    fs.renameSync(`${file}-wal`, `${file}.corrupt-${TIME}-wal`);
  },
  "the damaged one was moved": (file) => {
    salvageBeside(file, random(), NOW);
    putInPlace(file);
    fs.renameSync(file, `${file}.salvaged-${TIME}`);
  },
  "the salvaged one was in its place": (file) => {
    salvageBeside(file, random(), NOW);
    putInPlace(file);
  },
};

for (const [name, leave] of Object.entries(STEPS)) {
  test(`a salvage that ended when ${name} loses nothing, and is finished by the next start`, async () => {
    await using dir = await tempDir();
    const spool = damaged(dir.path);
    leave(spool.world.path);
    expectAll(spool);
  });
}

test("a kill in the middle of a salvage loses nothing", async () => {
  await using dir = await tempDir();
  const spool = damaged(dir.path);
  // The second id it asks for is that of the new epoch, when all was taken over and nothing is committed.
  const script = `
    import { salvageBeside } from ${JSON.stringify(inProject("agent/spool/set-aside.ts"))};
    let ids = 0;
    const bytes = (count) => (++ids === 2 ? process.kill(process.pid, "SIGKILL") : new Uint8Array(count));
    salvageBeside(${JSON.stringify(spool.world.path)}, { bytes }, ${NOW});`;
  const { signal, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
  expect(signal, String(stderr)).toBe("SIGKILL");
  expect(namesOf(spool.world)).toContain("spool.db.salvaging");
  expect(namesOf(spool.world)).toContain("spool.db-wal");
  expectAll(spool);
});

test("a salvage for which the disk has no room is tried again, and leaves nothing behind meanwhile", async ({ skip }) => {
  await using dir = await tempDir();
  await using disk = smallDisk(dir.path, "1m") ?? skip("needs the right to mount a small disk, which this user does not have");
  const spool = damaged(disk.path);
  const before = namesOf(spool.world);
  disk.fill();
  expect(() => spool.world.restart()).toThrow(expect.objectContaining({ code: "disk_full" }));
  expect(namesOf(spool.world)).toEqual(before);
  disk.empty();
  expectAll(spool);
});

test("of the damaged files the newest two are kept, whatever the clock showed", async () => {
  await using dir = await tempDir();
  const { world } = damaged(dir.path);
  const moved: string[] = [];
  for (let time = 0; time < 4; time++) {
    world.restart();
    moved.push(path.basename(world.opened.salvaged?.movedTo ?? "none"));
    world.service.close();
    harm(world, "a column of another name");
  }
  world.restart();
  const { movedTo = "none", removed = [] } = world.opened.salvaged ?? {};
  expect(new Set([...moved, path.basename(movedTo)]).size, "each its own name, though the clock stood still").toBe(5);
  expect(removed.map((file) => path.basename(file))).toEqual([moved[2]]);
  const copies = namesOf(world).filter((name) => name.includes(".corrupt-"));
  expect(copies).toEqual([moved[3], path.basename(movedTo)].toSorted());
  world.service.close();
});
