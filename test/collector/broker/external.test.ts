/**
 * The collector behind a real broker, mosquitto and another one: the contract, and what holds beside it where the broker stands elsewhere.
 */
import { expect, test } from "vitest";
import { DEFAULT_PREFIX } from "../../../protocol/index.ts";
import { held } from "./broker-bench.ts";
import { brokerSuite } from "./broker-suite.ts";
import { openWithAedes, openWithMosquitto } from "./external-bench.ts";

brokerSuite("external (aedes)", (onPublish) => openWithAedes({ onPublish }), { agentWaitsForCommit: false, cutsOff: false });
brokerSuite("external (mosquitto)", (onPublish) => openWithMosquitto({ onPublish }), { agentWaitsForCommit: false, cutsOff: false });

const batch = `${DEFAULT_PREFIX}/a/batch`;
const QOS1 = { qos: 1 } as const;
const OPEN = "allow_anonymous true\n";

test("the broker gets its PUBACK after the commit, never before: it sends the next message only then", async () => {
  const commit = held();
  await using bench = await openWithMosquitto(
    { onPublish: ({ payload }) => (payload.length === 1 ? commit.promise : Promise.resolve()) },
    `${OPEN}max_inflight_messages 1`,
  );
  const a = await bench.client("a");
  await a.publishAsync(batch, "1", QOS1);
  await bench.event("publish a/batch 1");
  await a.publishAsync(batch, "22", QOS1);
  const probe = await bench.client("probe"); // the broker has dealt with both when this comes back, at QoS 0 past its window
  await probe.publishAsync(`${DEFAULT_PREFIX}/probe/hello`, "x", { qos: 0 });
  await bench.event("publish probe/hello x");
  expect(bench.published.filter(({ agent }) => agent === "a").length).toBe(1);
  commit.release();
  await bench.event("publish a/batch 22");
});

test("so much may wait for its commit, and no more is read; all of it is answered in the end", async () => {
  const commit = held();
  await using bench = await openWithMosquitto({ onPublish: () => commit.promise }, `${OPEN}max_inflight_messages 0\nmax_queued_messages 0`);
  const a = await bench.client("a");
  const count = 1_500;
  await Promise.all(Array.from({ length: count }, (_, index) => a.publishAsync(batch, `${index};`, QOS1)));
  await bench.event("publish a/batch 1023;");
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  expect(bench.published.length).toBe(1_024);
  commit.release();
  await bench.event(`publish a/batch ${count - 1};`);
  expect(bench.published.map(({ payload }) => `${Buffer.from(payload)}`)).toEqual(Array.from({ length: count }, (_, index) => `${index};`));
});

test("a message of 20 MB is counted and answered, and the connection lives on", async () => {
  await using bench = await openWithMosquitto({}, `${OPEN}max_inflight_messages 1`);
  const a = await bench.client("a");
  const huge = Buffer.alloc(20_000_000, 1);
  for (let count = 0; count < 3; count++) await a.publishAsync(batch, huge, QOS1);
  await a.publishAsync(batch, "after", QOS1);
  await bench.event("publish a/batch after"); // with a window of 1 this comes only once the three were answered
  expect(bench.refused.map(({ code }) => code)).toEqual(["payload_too_big", "payload_too_big", "payload_too_big"]);
  expect(bench.log.entries).toEqual([]);
});

test("to a broker that does not read, acks are dropped at a bound, and it goes on when it reads again", async () => {
  await using bench = await openWithMosquitto();
  const a = await bench.client("a");
  await a.subscribeAsync(`${DEFAULT_PREFIX}/a/ack`);
  await a.publishAsync(`${DEFAULT_PREFIX}/a/hello`, "x", QOS1);
  await bench.event("publish a/hello");
  process.kill(bench.mosquitto.pid(), "SIGSTOP");
  let sent = 0;
  while (bench.broker.publishTo("a", "ack", new Uint8Array(60_000)) && sent < 10_000) sent += 1;
  process.kill(bench.mosquitto.pid(), "SIGCONT");
  expect(sent).toBeLessThan(500); // what the kernel buffers, and 1 MiB
  await a.publishAsync(batch, "on it goes", QOS1);
  await bench.event("publish a/batch on it goes");
});

test("what stands in a status that cannot be read is counted, and makes nobody present", async () => {
  await using bench = await openWithMosquitto();
  const a = await bench.client("a");
  await a.publishAsync(`${DEFAULT_PREFIX}/a/status`, Buffer.of(0xc1, 1, 2), QOS1);
  await bench.event("refused m");
  expect([...bench.broker.connected]).toEqual([]);
});
