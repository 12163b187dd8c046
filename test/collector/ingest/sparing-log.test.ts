import { expect, test } from "vitest";
import { QUARANTINE_RAW_BYTES } from "../../../collector/ingest/quarantine.ts";
import { MINUTE, MOST_KEYS, SparingLog } from "../../../collector/ingest/sparing-log.ts";
import { micros } from "../../../protocol/index.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { quietLog } from "../../support/quiet-log.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { type IngestBench, openIngest } from "./ingest-bench.ts";
import { batchAround, catalogBatch } from "./wire-batches.ts";

function sparing() {
  const [time, log] = [manualClock(), quietLog()];
  const sparingLog = new SparingLog(log, time.clock);
  const warn = (about: string, more: object = {}) =>
    sparingLog.say({ level: "warn", code: "refused", about, fields: { from: about, ...more }, message: "refused" });
  return { time, log, sparingLog, warn, lines: () => log.entries.map(({ fields }) => fields) };
}

test("one thing about one sender is said once a minute, then with the count of what was left out", async () => {
  const { time, warn, lines } = sparing();
  for (let topic = 1; topic <= 1_000; topic++) warn("a", { topic });
  warn("b");
  expect(lines()).toEqual([{ from: "a", topic: 1 }, { from: "b" }]);
  await time.advance(micros(MINUTE));
  warn("b");
  expect(lines().slice(2)).toEqual([{ from: "a", topic: 1_000, unsaid: 998 }, { from: "b" }]);
  await time.advance(micros(MINUTE));
  warn("b");
  expect(lines().slice(4)).toEqual([{ from: "b" }]);
});

test("what may be said more often is: so many lines a minute", () => {
  const { sparingLog, log } = sparing();
  for (let number = 0; number < 100; number++) {
    sparingLog.say({ level: "info", code: "connected", fields: { agent: `a-${number}` }, message: "agent connected", most: 60 });
  }
  expect(log.entries).toHaveLength(60);
  expect(log.entries.at(-1)).toEqual({ level: "info", fields: { agent: "a-59" }, message: "agent connected" });
});

test("ten thousand senders, each once, share one line beyond a bound", async () => {
  const { time, warn, lines } = sparing();
  for (let port = 0; port < 10_000; port++) warn(`10.0.0.1:${port}`);
  expect(lines()).toHaveLength(MOST_KEYS + 1);
  await time.advance(micros(MINUTE));
  warn("a");
  expect(lines().slice(MOST_KEYS + 1)).toEqual([{ from: "10.0.0.1:9999", unsaid: 10_000 - MOST_KEYS - 2 }, { from: "a" }]);
});

const JUNK = Uint8Array.of(0xc1, 1, 2, 3);

const said = (bench: IngestBench) => bench.log.entries.map(({ fields }) => fields);

test("a batch that cannot be read is said once, however often it comes; with a full quarantine that is what is said", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  await bench.publish("a", catalogBatch(1));
  const full = bench.db.prepare(
    "INSERT INTO quarantine (received_at, agent, reason, rules, raw) VALUES (0, 'b', 'malformed', 1, zeroblob(?))",
  );
  full.run(QUARANTINE_RAW_BYTES);
  for (let times = 0; times < 100; times++) await bench.publish("a", batchAround(JUNK, { seq: 2 + times, count: 3 }));
  for (let times = 0; times < 100; times++) await bench.publish("b", batchAround(JUNK, { seq: 2, count: 3, kind: "gap" }));
  expect(said(bench)).toMatchObject([
    { agent: "a", code: "malformed" },
    { agent: "b", code: "quarantine_full" },
  ]);
  expect(bench.ingest.refusals.get("malformed")).toBe(200);
});

test("strangers, and a fleet that comes back, take a few lines of the log a minute, and the count of the others", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  const fault = { code: "not_connect", message: "expected a CONNECT" };
  for (let port = 1; port <= 1_000; port++) bench.ingest.onRefused(fault, `10.0.0.1:${port}`);
  for (let agent = 0; agent < 1_000; agent++) bench.ingest.onConnected(`a-${agent}`);
  expect(bench.ingest.refusals.get("not_connect")).toBe(1_000);
  expect(said(bench)).toHaveLength(1 + 60);
  await bench.clock.advance(micros(MINUTE));
  bench.ingest.onConnected("b");
  expect(said(bench).slice(61)).toEqual([
    { code: "not_connect", from: "10.0.0.1:1000", unsaid: 998 },
    { agent: "a-999", unsaid: 939 },
    { agent: "b" },
  ]);
});
