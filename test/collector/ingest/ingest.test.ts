import { expect, test } from "vitest";
import { QUARANTINE_ENTRIES, QUARANTINE_RAW_BYTES } from "../../../collector/ingest/quarantine.ts";
import { type EpochId, LIMITS } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { crashCopy, openIngest } from "./ingest-bench.ts";
import { batchAround, catalogBatch, dataBatch, EPOCH, gapBatch, samples } from "./wire-batches.ts";

const junk = Uint8Array.of(0xc1, 1, 2, 3);

test("batches that arrive together are committed together, and the PUBACK of each waits for that commit", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  await bench.publish("a", catalogBatch(1));
  const before = bench.db.prepare("SELECT COUNT(*) FROM ledger").pluck();
  const offered = [2, 3, 4].map((seq) => bench.offer("a", dataBatch(seq, [samples([seq])])));
  expect(before.get()).toBe(1);
  await offered[0];
  expect(before.get()).toBe(4);
  await Promise.all(offered);
  expect(bench.told("a")).toEqual(["1", "2", "3", "4"]);
});

test("a damaged batch is refused by its hash, one over the limit by its size, and nothing of them is kept", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  await bench.publish("a", catalogBatch(1));
  const flipped = dataBatch(2, [samples([1, 2, 3])]);
  flipped[flipped.length - 1] = (flipped.at(-1) as number) ^ 1;
  await bench.publish("a", flipped);
  await bench.publish("a", batchAround(seededRandom("body", 1).bytes(LIMITS.batchBytes), { seq: 3, count: 1 }));
  expect(bench.told("a")).toEqual(["1", "2 crc", "3 too_big"]);
  expect(bench.journal.quarantine.counts()).toEqual([]);
  expect(Object.fromEntries(bench.ingest.refusals)).toEqual({ crc: 1, too_big: 1 });
});

test("a batch whose body cannot be read is kept raw and counts as acked; it comes again and is a resend", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  await bench.publish("a", catalogBatch(1));
  for (const kind of ["data", "gap", "catalog"] as const)
    await bench.publish("a", batchAround(junk, { seq: kind.length, count: kind === "data" ? 3 : 0, kind }));
  await bench.publish("a", batchAround(junk, { seq: 4, count: 3, kind: "data" }));
  expect(bench.told("a")).toEqual(["1", "4 quarantined", "3 quarantined", "7 quarantined", "4"]);
  expect(bench.db.prepare("SELECT reason, raw FROM quarantine").all()).toMatchObject([
    { reason: "malformed" },
    { reason: "malformed" },
    { reason: "malformed" },
  ]);
  expect(await bench.account("a")).toMatchObject({ received: 3, quarantined: 3 });
});

test("what is no batch at all gets no answer and is kept raw, byte for byte", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  const strangers = [`{"temperature":21.5}`, "", "\u0000", "GET / HTTP/1.1\r\n\r\n"].map((text) => Buffer.from(text));
  for (const payload of strangers) await bench.publish("a", payload);
  expect(bench.answers("a")).toEqual([]);
  const kept = bench.db.prepare("SELECT raw FROM quarantine ORDER BY id").pluck().all() as Buffer[];
  expect(kept.map(String)).toEqual(strangers.map(String));
});

test("a hello that is none gets no answer, is kept raw, and nobody is written down as an agent", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"), { greeted: [] });
  for (const payload of [junk, Buffer.from("{}"), Uint8Array.of(0x91, 0xa5)]) await bench.publish("a", payload, "hello");
  expect(bench.journal.quarantine.counts()).toEqual([{ agent: "a", reason: "malformed", count: 3 }]);
  expect(bench.db.prepare("SELECT COUNT(*) FROM agent").pluck().get()).toBe(0);
});

test("random messages fill an agent's quarantine to its bound and no further, and take nothing from another agent", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  const count = effort("malformed-messages", { quick: 500, test: 2_000, prove: 20_000 });
  const random = seededRandom("malformed messages");
  bench.db.exec(`INSERT INTO quarantine (received_at, agent, reason, rules)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${QUARANTINE_ENTRIES - 100}) SELECT 0, 'a', 'malformed', 1 FROM n`);
  for (let sent = 0; sent < count; sent++) void bench.offer("a", random.bytes(random.below(2_000)));
  await bench.publish("b", junk);
  const sizes = bench.db.prepare("SELECT agent, COUNT(*) AS entries FROM quarantine GROUP BY agent").all();
  expect(sizes).toEqual([
    { agent: "a", entries: QUARANTINE_ENTRIES },
    { agent: "b", entries: 1 },
  ]);
  const refused = [...bench.ingest.refusals].reduce((sum, [reason, times]) => sum + (reason === "quarantine_full" ? 0 : times), 0);
  expect(refused).toBe(count + 1); // what is not kept is counted all the same
  expect(bench.ingest.refusals.get("quarantine_full")).toBe(count - 100 - bench.answers("a").length); // a few look like damaged batches, and are answered
});

test("large messages are bounded by their bytes", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  bench.db
    .prepare("INSERT INTO quarantine (received_at, agent, reason, rules, raw) VALUES (0, 'a', 'malformed', 1, zeroblob(?))")
    .run(QUARANTINE_RAW_BYTES - 10);
  for (const payload of [Buffer.alloc(20), Buffer.alloc(20)]) await bench.publish("a", payload);
  expect(bench.db.prepare("SELECT COUNT(*) FROM quarantine").pluck().get()).toBe(2);
});

test("with a full quarantine an unreadable batch is not taken, for an ack would promise that it is kept; good ones are, and refused readings are counted", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  await bench.publish("a", catalogBatch(1));
  bench.db
    .prepare("INSERT INTO quarantine (received_at, agent, reason, rules, raw) VALUES (0, 'a', 'malformed', 1, zeroblob(?))")
    .run(QUARANTINE_RAW_BYTES);
  await bench.publish("a", batchAround(junk, { seq: 2, count: 3 }));
  await bench.publish("a", dataBatch(3, [samples([1, Number.NaN])]));
  expect(bench.told("a")).toEqual(["1", "2 busy", "3"]);
  expect(await bench.account("a")).toMatchObject({ received: 2, stored: 1, quarantined: 1 });
  expect(bench.ingest.refusals.get("not_finite")).toBe(1);
  expect(bench.journal.quarantine.counts()).toEqual([{ agent: "a", reason: "malformed", count: 1 }]);
});

test("without room new batches are busy, the credit is zero, and resends are acked all the same; with room they are taken", async () => {
  await using dir = await tempDir();
  let hasRoom = true;
  await using bench = await openIngest(dir.join("data.db"), { hasRoom: () => hasRoom });
  await bench.publish("a", catalogBatch(1));
  await bench.publish("a", dataBatch(2, [samples([2])]));
  hasRoom = false;
  await bench.publish("a", dataBatch(2, [samples([2])]));
  await bench.publish("a", dataBatch(3, [samples([3])]));
  expect(bench.told("a")).toEqual(["1", "2", "2", "3 busy"]);
  expect(bench.lastAck("a")?.credit.batches).toBe(0);
  await bench.publish("a", junk);
  expect(bench.journal.quarantine.counts()).toEqual([]); // nor is room taken for what is no batch
  hasRoom = true;
  await bench.publish("a", dataBatch(3, [samples([3])]));
  expect(bench.told("a").at(-1)).toBe("3");
  expect(bench.lastAck("a")?.credit.batches).toBeGreaterThan(0);
});

test("hellos of a fleet that comes back share one commit, behind that of the batches among them", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"), { greeted: ["a-7"] });
  const syncs: string[] = [];
  const { journal } = bench;
  const [commit, together] = [journal.commit.bind(journal), journal.holders.together.bind(journal.holders)];
  journal.commit = (group) => {
    syncs.push(`${group.length} batches`);
    commit(group);
  };
  journal.holders.together = (work) => {
    syncs.push("hellos");
    together(work);
  };
  const names = Array.from({ length: 50 }, (_, index) => `a-${index}`);
  const hellos = names.map((name) => bench.hello(name, [{ epoch: EPOCH, from: 1, to: 1 }]));
  await bench.publish("a-7", catalogBatch(1));
  expect((await Promise.all(hellos)).map(({ epochs }) => epochs[0]?.ranges.length)).toEqual(names.map((name) => (name === "a-7" ? 1 : 0)));
  expect(syncs).toEqual(["1 batches", "hellos"]);
});

test("a disk that is full at the commit acks nothing, loses nothing, and hellos are still answered; with room again everything is taken", async () => {
  await using dir = await tempDir();
  const file = dir.join("data.db");
  await using bench = await openIngest(file);
  await bench.publish("a", catalogBatch(1));
  await bench.publish("a", dataBatch(2, [samples([1])], { sealed: 1 }));
  await bench.account("a");
  const pages = bench.db.pragma("page_count", { simple: true }) as number;
  bench.db.pragma(`max_page_count = ${pages}`); // SQLite's own "database or disk is full"
  const many = (seq: number) => Array.from({ length: 3_000 }, (_, index) => seq * 1e4 + Math.sqrt(index));
  const large = [3, 4, 5].map((seq) =>
    dataBatch(seq, [samples(many(seq), { from: 1.76e15 + seq * 1e10 })], { sealed: (seq - 2) * 3_000 + 1 }),
  );
  await Promise.all(large.map((payload) => bench.publish("a", payload)));
  expect(bench.told("a").slice(2)).toEqual(["3 busy", "4 busy", "5 busy"]);
  expect((await bench.hello("a", [{ epoch: EPOCH, from: 1, to: 5 }])).epochs[0]?.ranges).toEqual([[1, 2]]);
  await bench.publish("a", Buffer.alloc(100_000, 7)); // no batch, and no room to keep it: counted
  await using crashed = await openIngest(await crashCopy(dir, file));
  expect(await crashed.account("a")).toMatchObject({ received: 1, stored: 1 });

  bench.db.pragma("max_page_count = 1000000");
  await Promise.all(large.map((payload) => bench.publish("a", payload)));
  expect(bench.told("a").slice(-3)).toEqual(["3", "4", "5"]);
  expect(await bench.account("a")).toMatchObject({ received: 9_001, stored: 9_001, unaccounted: 0, balanced: true });
});

test("a journal that cannot be written at all still answers hellos and acks resends", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  await bench.publish("a", catalogBatch(1));
  bench.db.pragma("query_only = ON"); // SQLITE_READONLY, as on a file system that went read-only
  expect((await bench.hello("a", [{ epoch: EPOCH, from: 1, to: 2 }])).epochs[0]?.ranges).toEqual([[1, 1]]);
  await bench.publish("a", catalogBatch(1));
  await bench.publish("a", dataBatch(2, [samples([1])]));
  await bench.publish("a", junk);
  expect(bench.told("a")).toEqual(["1", "1", "2 busy"]);
  expect(bench.ingest.refusals.get("disk_trouble")).toBe(2);
  bench.db.pragma("query_only = OFF");
  await bench.publish("a", dataBatch(2, [samples([1])]));
  expect(bench.told("a").at(-1)).toBe("2");
});

test("data that overtakes its catalog is sent back for it, and taken behind it", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  await bench.publish("a", dataBatch(2, [samples([1])]));
  await bench.publish("a", catalogBatch(1));
  await bench.publish("a", dataBatch(2, [samples([1])]));
  expect(bench.told("a")).toEqual(["2 catalog", "1", "2"]);
});

test("catalogs and gaps of hostile strings are kept raw, and no prototype is touched", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  const gap = gapBatch(2, [{ seq: 9, count: 1, reason: "constructor" }]);
  await bench.publish("a", gap);
  await bench.publish("a", gapBatch(3, [{ seq: 8, count: 1, reason: "__proto__" }]));
  expect(bench.told("a")).toEqual(["2", "3 quarantined"]);
  expect((await bench.account("a")).lost).toEqual({ constructor: 1 });
  expect(({} as { count?: number }).count).toBeUndefined();
});

test("gaps of epochs that no hello named are counted and left out, their batch is acked, and the journal agrees after a power cut", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  const made = Array.from({ length: LIMITS.gapsPerBatch - 1 }, (_, index) => {
    return { epoch: (index + 1).toString(16).padStart(16, "0") as EpochId, seq: 1, count: 9, reason: "corrupt" };
  });
  await bench.publish("a", gapBatch(2, [...made, { seq: 1, count: 7, reason: "dropped_oldest" }]));
  expect(bench.told("a")).toEqual(["2"]);
  expect(bench.ingest.refusals.get("unknown_epoch")).toBe(made.length);
  await using reopened = await openIngest(await crashCopy(dir, dir.join("data.db")));
  for (const side of [bench, reopened]) {
    expect(side.db.prepare("SELECT epoch FROM stream").pluck().all()).toEqual([EPOCH]);
    expect((await side.account("a")).lost).toEqual({ dropped_oldest: 7 });
  }
  await reopened.publish("a", gapBatch(3, made));
  expect(reopened.db.prepare("SELECT COUNT(*) FROM stream").pluck().get()).toBe(1);
});
