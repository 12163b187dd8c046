/**
 * The collector's file over the versions of the program. Journal and store share it, each with a version of its own.
 */
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { agentsOf } from "../../collector/ingest/agents.ts";
import { Holders } from "../../collector/ingest/holders.ts";
import { JOURNAL_SCHEMA, openDatabase } from "../../collector/ingest/schema.ts";
import { Runs } from "../../collector/schedule/runs.ts";
import { checkTables, prepareTables, STORE_SCHEMA } from "../../collector/stores/sqlite/schema.ts";
import { createSqliteStore } from "../../collector/stores/sqlite.ts";
import { epochMicros, type SchemaStep } from "../../protocol/index.ts";
import { expectDumps, tablesOf, thaw } from "../support/frozen-file.ts";
import { inProject } from "../support/project-files.ts";
import { tempDir } from "../support/temp-dir.ts";
import { faultCode } from "./fault-code.ts";
import { openIngest } from "./ingest/ingest-bench.ts";

const DUMPS = inProject("test/collector/versions");
const NEWEST = JOURNAL_SCHEMA.steps.length;
const ADD_COLUMN: SchemaStep<Database.Database> = { run: (db) => void db.exec("ALTER TABLE agent ADD COLUMN place TEXT") };
const ADD_INDEX: SchemaStep<Database.Database> = { run: (db) => void db.exec("CREATE INDEX bucket_start ON bucket (start)") };
const NEXT_JOURNAL = { ...JOURNAL_SCHEMA, steps: [...JOURNAL_SCHEMA.steps, ADD_COLUMN] };
const NEXT_STORE = { ...STORE_SCHEMA, steps: [...STORE_SCHEMA.steps, ADD_INDEX] };

test("of each version of the journal there is a file that was frozen with it", () => {
  expectDumps(DUMPS, NEWEST);
});

for (const { version } of JOURNAL_SCHEMA.steps.map((_, index) => ({ version: index + 1 }))) {
  test(`data of version ${version} opens with its account, what waits for the store is loaded, and the report has it`, async () => {
    await using dir = await tempDir();
    const file = thaw(DUMPS, version, dir.join("data.db"));
    await using bench = await openIngest(file);
    expect(bench.journal.waiting(0, 10)).toMatchObject([{ agent: "a", count: 2 }]);
    expect(await bench.account("a")).toMatchObject({
      ...{ received: 8, stored: 5, duplicate: 1, conflict: 1, quarantined: 1 },
      ...{ lost: { dropped_oldest: 7 }, unaccounted: 0, balanced: true },
    });
    const whole = { from: epochMicros(0), to: epochMicros(2e15) };
    const numbers = bench.journal.series.list().map(({ number }) => number);
    const buckets = (await Promise.all(numbers.map((number) => bench.store.buckets(number, whole)))).flat();
    expect(buckets.map(({ n, sum }) => [n, sum])).toEqual([
      [2, 48],
      [3, 64],
    ]);

    openDatabase(dir.join("new.db"), false).close();
    const store = createSqliteStore({ file: dir.join("new.db"), access: "write" });
    await store.open();
    await store.close();
    expect(tablesOf(file)).toEqual(tablesOf(dir.join("new.db")));
  });
}

test("tokens and runs of reports of version 2 are there after it", async () => {
  await using dir = await tempDir();
  const db = openDatabase(thaw(DUMPS, 2, dir.join("data.db")), false);
  expect(db.prepare("SELECT id, role, name FROM access_token").all()).toEqual([{ id: "0123456789ab", role: "read", name: "grafana" }]);
  expect(new Runs(db).lastDone("hourly")).toMatchObject({ state: "delivered", attempts: 1 });
  expect(new Runs(db).handled("hourly")).toBe(1_767_229_500_000_000);
  db.close();
});

test("who holds a name, and losses beside other content, of version 3 are there after it", async () => {
  await using dir = await tempDir();
  const db = openDatabase(thaw(DUMPS, 3, dir.join("data.db")), false);
  const [a] = new Holders(db).list();
  expect(a).toMatchObject({
    agent: "a",
    holder: { token: "00000000000200112233445566778899", before: [expect.stringMatching(/^[0-9a-f]+$/)], fingerprint: "8d7f0c4b1a2e3f50" },
  });
  expect(agentsOf(db, new Set())).toMatchObject([{ agent: "a", refused_device: "2026-01-01T01:05:00.000Z" }]);
  expect(db.prepare("SELECT stream, seq, hash, count FROM other_loss").raw().all()).toEqual([[1, 2, "ffffffffffffffff", 0]]);
  db.close();
});

test("the version to come takes over data of today, each part by itself; this version then refuses both", async () => {
  await using dir = await tempDir();
  const file = thaw(DUMPS, NEWEST, dir.join("data.db"));
  const db = openDatabase(file, false, NEXT_JOURNAL);
  prepareTables(db, file, NEXT_STORE);
  expect(db.prepare("SELECT name, place FROM agent").all()).toEqual([{ name: "a", place: null }]);
  expect([JOURNAL_SCHEMA.version(db), STORE_SCHEMA.version(db)]).toEqual([NEWEST + 1, NEXT_STORE.steps.length]);
  db.close();
  for (const access of ["read", "write"] as const) {
    expect(await faultCode(() => openDatabase(file, access === "read"))).toBe("journal_newer");
    expect(await faultCode(createSqliteStore({ file, access }).open())).toBe("data_too_new");
  }
});

test("who only reads changes nothing of an older version, and says that the collector has to be started once", async () => {
  await using dir = await tempDir();
  const file = thaw(DUMPS, NEWEST, dir.join("data.db"));
  expect(await faultCode(() => openDatabase(file, true, NEXT_JOURNAL))).toBe("journal_older");
  const reader = new Database(file, { readonly: true });
  expect(await faultCode(() => checkTables(reader, file, NEXT_STORE))).toBe("data_too_old");
  expect([JOURNAL_SCHEMA.version(reader), STORE_SCHEMA.version(reader)]).toEqual([NEWEST, STORE_SCHEMA.steps.length]);
  reader.close();
});
