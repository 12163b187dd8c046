import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { expect, onTestFinished, TestRunner, test } from "vitest";
import { openSpool, spoolFault } from "../../../agent/spool/open.ts";
import { type OpenRequest, SpoolService } from "../../../agent/spool/service.ts";
import { epochMicros, imbalance, isFault } from "../../../protocol/index.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { pendingOf } from "./spool-commands.ts";
import { readFile } from "./spool-witness.ts";
import { CATALOG, gridsOf, SpoolWorld } from "./spool-world.ts";

const NOW = epochMicros(1_800_000_000_000_000);
const MB = 1_000_000;

function request(path: string): OpenRequest {
  return { path, maxSize: 100 * MB, keepFree: 0, catalog: CATALOG, grids: gridsOf(false), now: NOW };
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (isFault(error)) return error.code;
    throw error;
  }
  return undefined;
}

const newService = () => new SpoolService(seededRandom("open", 1));

test("a spool is made with the folders above it", async () => {
  await using dir = await tempDir();
  const service = newService();
  const opened = service.open(request(dir.join("var", "lib", "spool.db")));
  expect(opened).toMatchObject({ saved: undefined, salvaged: undefined, open: 0 });
  service.close();
  service.close(); // twice is fine
});

test("a path that can be no spool is a fault, and nothing there is touched", async () => {
  await using dir = await tempDir();
  fs.writeFileSync(dir.join("notes.txt"), "mine");
  fs.mkdirSync(dir.join("folder"));
  for (const path of [dir.join("folder"), dir.join("notes.txt", "spool.db"), dir.join("notes.txt", "a", "spool.db"), "/dev/null"]) {
    expect(
      codeOf(() => newService().open(request(path))),
      path,
    ).toBe("spool_unwritable");
  }
  expect(fs.readdirSync(dir.path).sort()).toEqual(["folder", "notes.txt"]);
  expect(fs.readFileSync(dir.join("notes.txt"), "utf8")).toBe("mine");
});

test("a spool of a later version is refused and left as it was", async () => {
  await using dir = await tempDir();
  const { spool } = openSpool(dir.join("spool.db"), seededRandom("open", 2), NOW);
  spool.db.pragma("user_version = 99");
  spool.close();
  const before = fs.readFileSync(dir.join("spool.db"));
  expect(codeOf(() => newService().open(request(dir.join("spool.db"))))).toBe("spool_newer");
  expect(fs.readFileSync(dir.join("spool.db")).equals(before)).toBe(true);
  expect(fs.readdirSync(dir.path)).toEqual(["spool.db", "spool.db.lock"]);
});

test("a full disk is a fault that may pass, and neither a commit nor a seal takes anything back", async () => {
  await using dir = await tempDir();
  const world = new SpoolWorld(dir.path, seededRandom("full", 3));
  for (let count = 0; count < 20; count++) world.commit([{ sensor: 0, step: 1_000_000, channels: 7, quality: 0 }], true);
  world.service.close();
  const { spool } = openSpool(world.path, seededRandom("full", 4), NOW);
  spool.useCatalog(CATALOG, gridsOf(false), NOW);
  const pages = spool.db.pragma("page_count", { simple: true });
  spool.db.pragma(`max_page_count = ${pages}`);
  const row = { boot: "b", catalog: spool.catalogId, offset: null, count: 0, check: "", state: "x".repeat(50_000), body: new Uint8Array() };
  const refusal = errorOf(() => spool.append(row));
  expect(spoolFault(world.path, refusal)).toMatchObject({ code: "disk_full", retry: true });
  spool.close();
  world.restart();
  expect(world.service.status().open).toBe(60);
});

test("a disk that fills up costs no reading that was committed, and the spool goes on when there is room", async () => {
  const disk = await smallDisk("600k");
  const world = new SpoolWorld(disk, seededRandom("disk", 5));
  const commit = () => world.commit([{ sensor: 0, step: 1_000_000, channels: 7, quality: 0 }], true);
  fs.writeFileSync(`${disk}/ballast`, new Uint8Array(100_000));
  let refusal: string | undefined;
  while (refusal === undefined) {
    refusal = codeOf(commit);
    if (refusal === undefined && world.service.status().open > 60) refusal = codeOf(() => world.seal());
  }
  expect(refusal).toBe("disk_full");
  const numbers = [...world.committed.keys()];
  fs.rmSync(`${disk}/ballast`);
  commit();
  world.seal();
  expect(world.service.status().open).toBe(0);
  const sealed = pendingOf(world).filter((batch) => batch.kind === "data");
  expect(sealed.reduce((sum, batch) => sum + batch.count, 0)).toBe(numbers.length + 3);
  world.service.close();
});

test("keep_free is kept by giving up the oldest, once and not with every commit", async () => {
  const disk = await smallDisk("8m");
  const world = new SpoolWorld(disk, seededRandom("keep", 6));
  for (let round = 0; round < 200; round++) {
    for (let count = 0; count < 10; count++) world.commit([{ sensor: 0, step: 777_000, channels: 7, quality: 0 }], true);
    world.seal(32);
  }
  const { usedBytes } = world.service.status();
  world.service.close();
  const { bavail, bsize } = fs.statfsSync(disk);
  const batches = readFile(world.path).batches.length;
  const keepFree = bavail * bsize + Math.floor(usedBytes / 3);
  const opened = { path: world.path, maxSize: 0.2 * MB, keepFree, catalog: CATALOG, grids: gridsOf(false), now: NOW };
  world.service = newService();
  world.service.open(opened);
  const dropped = [1, 2, 3, 4].map(() => world.commit([], true)?.dropped.length ?? Number.NaN);
  expect(dropped[0]).toBeGreaterThan(0);
  expect(dropped[0]).toBeLessThan(batches / 2);
  const later = dropped.slice(1).reduce((sum, count) => sum + count, 0);
  expect(later, "the room that was made is there").toBeLessThanOrEqual(32); // one step, for what these commits add
  expect(imbalance(world.service.status().totals)).toBe(0);
  world.service.close();
});

test("with less than keep_free left, readings go on to a collector that is there: the spool has room of its own", async () => {
  const disk = await smallDisk("8m");
  const world = new SpoolWorld(disk, seededRandom("no free", 8));
  const service = newService();
  service.open({ path: `${disk}/own.db`, maxSize: 100 * MB, keepFree: 500 * MB, catalog: CATALOG, grids: gridsOf(false), now: NOW });
  expect(service.status().allowedBytes).toBe(2 * 2 ** 20);
  service.close();
  world.service.close();
});

test("what a full disk costs is counted on it: the reserve is given up for the counters", async () => {
  const disk = await smallDisk("4m");
  const world = new SpoolWorld(disk, seededRandom("reserve", 9));
  const reading = [{ sensor: 1, step: 1, channels: 1, quality: 0 }] as const;
  for (let count = 0; count < 3; count++) world.commit(reading, true);
  const reserve = `${world.path}-reserve`;
  expect(fs.statSync(reserve).size).toBe(256 * 1_024);
  fill(disk);
  for (let count = 0; count < 200; count++) {
    if (codeOf(() => world.commit(reading, true)) === "disk_full") world.droppedByRefusal += 1;
    world.commit([], true);
  }
  expect(world.droppedByRefusal).toBeGreaterThan(100);
  expect(fs.existsSync(reserve)).toBe(false);
  fs.rmSync(`${disk}/ballast`);
  world.crash();
  const { totals } = world.service.status();
  expect(totals).toMatchObject({ read: 203, dropped: world.droppedByRefusal });
  expect(imbalance(totals)).toBe(0);
  world.service.close();
});

/** Leaves not a byte. */
function fill(disk: string): void {
  const file = fs.openSync(`${disk}/ballast`, "a");
  expect(() => {
    for (;;) fs.writeSync(file, new Uint8Array(4_096));
  }).toThrow("ENOSPC");
  fs.closeSync(file);
}

test("a disk that cannot be written is a fault, and the spool on it is as it was", async () => {
  const disk = await smallDisk("1m");
  const world = new SpoolWorld(disk, seededRandom("read-only", 7));
  world.commit([{ sensor: 1, step: 1, channels: 1, quality: 0 }], true);
  world.service.close();
  execFileSync("mount", ["-o", "remount,ro", disk]);
  expect(codeOf(() => world.restart())).toBe("spool_unwritable");
  expect(fs.readdirSync(`${disk}/0`)).toEqual(["spool.db", "spool.db.lock"]);
  execFileSync("mount", ["-o", "remount,rw", disk]);
  world.restart();
  expect(world.service.status().open).toBe(1);
  world.service.close();
});

/** A disk of a few pages, gone with the test. Skips the test where nobody may mount one. */
async function smallDisk(size: string): Promise<string> {
  const dir = await tempDir();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", dir.path], { stdio: "ignore" });
  } catch {
    await dir[Symbol.asyncDispose]();
    const test = TestRunner.getCurrentTest();
    if (test === undefined) throw new Error("a small disk is asked for outside of a test");
    return test.context.skip("needs the right to mount a small disk, which this user does not have");
  }
  onTestFinished(async () => {
    execFileSync("umount", ["-l", dir.path]);
    await dir[Symbol.asyncDispose]();
  });
  return dir.path;
}

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("expected it to fail");
}
