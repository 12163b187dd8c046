/**
 * The spool's file over the versions of the program: every one that was ever released opens with all that is in it.
 */
import fs from "node:fs";
import type Database from "better-sqlite3";
import { expect, test } from "vitest";
import { openDatabase, SPOOL_SCHEMA } from "../../../agent/spool/schema.ts";
import { SpoolService } from "../../../agent/spool/service.ts";
import { epochMicros, imbalance, type VersionedSchema } from "../../../protocol/index.ts";
import { expectDumps, tablesOf, thaw } from "../../support/frozen-file.ts";
import { startProgram } from "../../support/processes.ts";
import { inProject } from "../../support/project-files.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";
import { writeAgent } from "../../support/whole-path.ts";
import { CATALOG, gridsOf } from "./spool-world.ts";

const DUMPS = inProject("test/agent/spool/versions");
const PRAGMAS = ["page_size = 512", "auto_vacuum = INCREMENTAL"];
const NEWEST = SPOOL_SCHEMA.steps.length;
const NOW = epochMicros(1_800_000_100_000_000);

const thawed = (dir: TempDir, version: number) => thaw(DUMPS, version, dir.join(`${version}.db`), PRAGMAS);

function openService(path: string): SpoolService {
  const service = new SpoolService(seededRandom("migrate", 1));
  const opened = service.open({ path, maxSize: 1e9, keepFree: 0, catalog: CATALOG, grids: gridsOf(false), now: NOW });
  expect(opened.salvaged).toBe(undefined);
  return service;
}

test("of each version of the spool there is a file that was frozen with it", () => {
  expectDumps(DUMPS, NEWEST);
});

for (const { version } of SPOOL_SCHEMA.steps.map((_, index) => ({ version: index + 1 }))) {
  test(`a spool of version ${version} opens with every batch, open reading and counter in it, and goes on`, async () => {
    await using dir = await tempDir();
    const file = thawed(dir, version);
    const service = openService(file);
    const status = service.status();
    expect(status).toMatchObject({ open: 35, pendingBatches: 3, pendingReadings: 42, historyBatches: 9, damagedBatches: 0 });
    expect(status.totals).toMatchObject({ read: 234, sealed: 199, open: 35 });
    expect(imbalance(status.totals)).toBe(0);
    const pending = service.pending({ epochOrder: 0, seq: 0 }, 10);
    expect(pending.map((info) => service.bytesToSend(info, NOW)?.length)).toEqual(pending.map(({ size }) => size));
    const sealed = service.seal({ boot: "boot-1", offset: 1.8e15, suspect: false, maxReadings: 100, now: NOW });
    expect(sealed.reduce((sum, { count }) => sum + count, 0)).toBe(35);
    service.close();

    openDatabase(dir.join("new.db")).close();
    expect(tablesOf(file)).toEqual(tablesOf(dir.join("new.db")));
  });
}

/** A version to come, as it would be added: one more step. */
const NEXT: VersionedSchema<Database.Database> = {
  ...SPOOL_SCHEMA,
  steps: [...SPOOL_SCHEMA.steps, { run: (db) => void db.exec("ALTER TABLE batch ADD COLUMN priority INTEGER NOT NULL DEFAULT 0") }],
};

test("the version to come takes over a spool of today, and this version then refuses it and says what to do", async () => {
  await using dir = await tempDir();
  const file = thawed(dir, NEWEST);
  const db = openDatabase(file, NEXT);
  expect(db.prepare("SELECT COUNT(*), SUM(priority) FROM batch").raw().get()).toEqual([12, 0]);
  expect(db.pragma("user_version", { simple: true })).toBe(NEWEST + 1);
  db.close();
  const before = fs.readFileSync(file);
  await using box = await startProgram({ args: ["agent/bin.js", "run", "--config", await configOn(dir, file)] });
  expect(await box.ended).toEqual({ code: 1, signal: null });
  expect(box.output()).toContain(`${file}: expected a spool of version ${NEWEST} or older, got ${NEWEST + 1}\n`);
  expect(box.output()).toContain("-> install the newer tributary-agent again, or name another spool file");
  expect(fs.readFileSync(file).equals(before)).toBe(true);
});

test("a spool whose upgrade was cut short by a full disk is as it was, not moved aside", async () => {
  await using dir = await tempDir();
  const file = thawed(dir, NEWEST);
  const full: VersionedSchema<Database.Database> = {
    ...SPOOL_SCHEMA,
    steps: [
      ...SPOOL_SCHEMA.steps,
      {
        run(db) {
          db.pragma(`max_page_count = ${db.pragma("page_count", { simple: true })}`);
          db.exec("CREATE TABLE big AS SELECT zeroblob(500000) AS bytes FROM batch");
        },
      },
    ],
  };
  expect(() => openDatabase(file, full)).toThrow("database or disk is full");
  const service = openService(file);
  expect(service.status()).toMatchObject({ open: 35, pendingBatches: 3, historyBatches: 9 });
  service.close();
});

async function configOn(dir: TempDir, spool: string): Promise<string> {
  const sensors = "  - { name: now, driver: simulated, profile: boiler, every: 1s }\n";
  const file = await writeAgent(dir, { name: "box", url: "mqtt://127.0.0.1:1", sensors });
  fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("./box.db", spool));
  return file;
}
