import { expect, test } from "vitest";
import { held, messageOf, openBench } from "./broker-bench.ts";
import { CONNACK, connectPacket, puback, publishPacket, subscribePacket } from "./packets.ts";

const batch = "tributary/v1/a/batch";

test("a PUBACK follows the commit, never before", async () => {
  const commit = held();
  await using bench = await openBench({ onPublish: (publish) => (publish.channel === "batch" ? commit.promise : Promise.resolve()) });
  const client = await bench.raw();
  client.socket.write(Buffer.concat([connectPacket("a"), publishPacket(batch, Buffer.from("x"), 7)]));
  await bench.event("publish a/batch x");
  const other = await bench.client("b"); // a whole round trip of somebody else, while the commit is held
  await other.publishAsync("tributary/v1/b/hello", "x", { qos: 1 });
  client.socket.write(Buffer.of(0xc0, 0)); // and a ping of its own is answered
  expect(await client.bytes(6)).toEqual(Buffer.concat([CONNACK, Buffer.of(0xd0, 0)]));
  commit.release();
  expect(await client.bytes(10)).toEqual(Buffer.concat([CONNACK, Buffer.of(0xd0, 0), puback(7)]));
});

test("publishes are handed on and answered in the order of arrival, whichever commit is first", async () => {
  const commits = [held(), held(), held()];
  let count = 0;
  await using bench = await openBench({ onPublish: () => commits[count++]?.promise ?? Promise.resolve() });
  const client = await bench.raw();
  const three = [1, 2, 3].map((id) => publishPacket(batch, Buffer.from(`batch ${id}`), id));
  client.socket.write(Buffer.concat([connectPacket("a"), ...three]));
  await bench.event("publish a/batch batch 3");
  expect(bench.published.map(({ payload }) => Buffer.from(payload).toString())).toEqual(["batch 1", "batch 2", "batch 3"]);
  for (const commit of [...commits].reverse()) commit.release();
  expect((await client.bytes(16)).subarray(4)).toEqual(Buffer.concat([puback(1), puback(2), puback(3)]));
});

test("a publish whose sender left before its commit harms nobody", async () => {
  const commit = held();
  await using bench = await openBench({ onPublish: () => commit.promise });
  const client = await bench.raw();
  client.socket.write(Buffer.concat([connectPacket("a"), publishPacket(batch, Buffer.from("x"), 1)]));
  await bench.event("publish a/batch");
  client.socket.destroy();
  await bench.event("disconnected a");
  commit.release();
  await commit.promise;
  const again = await bench.client("a");
  await again.publishAsync(batch, "y", { qos: 1 });
  expect(bench.refused).toEqual([]);
});

test.each([
  ["64 publishes", 10, 64],
  ["a megabyte of publishes", 60 * 1024, 18],
])("%s of one client may wait for their commit: then its socket waits, and all are answered in the end", async (_what, bytes, most) => {
  const commit = held();
  await using bench = await openBench({ onPublish: (publish) => (publish.agent === "a" ? commit.promise : Promise.resolve()) });
  const client = await bench.raw();
  client.socket.write(connectPacket("a"));
  await client.bytes(4);
  const other = await bench.client("b");
  const count = 100;
  client.socket.setNoDelay(true);
  for (let id = 1; id <= count; id++) {
    const payload = Buffer.alloc(bytes);
    payload.write(`batch ${id}.`);
    client.socket.write(publishPacket(batch, payload, id));
    if (id <= most)
      await bench.event(`publish a/batch batch ${id}.`); // so that each arrives by itself
    else await other.publishAsync("tributary/v1/b/hello", "x", { qos: 1 });
  }
  expect(bench.published.filter(({ agent }) => agent === "a").length).toBe(most);
  commit.release();
  const answers = await client.bytes(4 + 4 * count);
  expect(answers.subarray(-4)).toEqual(puback(count));
  expect(bench.published.filter(({ agent }) => agent === "a").length).toBe(count);
});

test("an ack reaches the agent that listens, byte for byte, and nobody else", async () => {
  await using bench = await openBench();
  const [a, b] = [await bench.client("a"), await bench.client("b")];
  await Promise.all([a.subscribeAsync("tributary/v1/a/ack"), b.subscribeAsync("tributary/v1/b/ack")]);
  const arrived = messageOf(a);
  b.on("message", () => expect.unreachable("b is not meant"));
  expect(bench.broker.publishTo("a", "ack", Uint8Array.of(0, 1, 255))).toBe(true);
  const { topic, payload } = await arrived;
  expect([topic, [...payload]]).toEqual(["tributary/v1/a/ack", [0, 1, 255]]);
});

test("an ack to an agent that is not connected, or does not listen, is not sent and says so", async () => {
  await using bench = await openBench();
  await bench.client("deaf");
  expect(bench.broker.publishTo("nobody", "ack", Uint8Array.of(1))).toBe(false);
  expect(bench.broker.publishTo("deaf", "ack", Uint8Array.of(1))).toBe(false);
});

test("acks to an agent that does not read are dropped at a bound, and others are served", async () => {
  await using bench = await openBench();
  const client = await bench.raw();
  client.socket.write(Buffer.concat([connectPacket("a"), subscribePacket("tributary/v1/a/ack", 0, 1)]));
  await client.bytes(9);
  client.socket.pause();
  const ack = new Uint8Array(60_000);
  let sent = 0;
  while (bench.broker.publishTo("a", "ack", ack) && sent < 10_000) {
    sent += 1;
    await new Promise(setImmediate);
  }
  expect(sent).toBeLessThan(2_000); // what the kernel buffers, and 256 KiB
  const other = await bench.client("b");
  await other.publishAsync("tributary/v1/b/batch", "x", { qos: 1 });
});

test("the collector's status is kept for those who come later, and replaced for those who are there", async () => {
  await using bench = await openBench();
  bench.broker.publishStatus(Buffer.from("first"));
  const a = await bench.client("a");
  const first = messageOf(a);
  await a.subscribeAsync("tributary/v1/_collector/status");
  expect(String((await first).payload)).toBe("first");
  const second = messageOf(a);
  bench.broker.publishStatus(Buffer.from("second"));
  expect(String((await second).payload)).toBe("second");
});

test("a will becomes the agent's status when its connection breaks, and not when it says goodbye", async () => {
  await using bench = await openBench();
  const will = { topic: "tributary/v1/a/status", payload: Buffer.from("died"), qos: 1 as const, retain: true };
  const polite = await bench.client("a", { will });
  await polite.endAsync();
  await bench.event("disconnected a");
  expect(bench.published).toEqual([]);
  const broken = await bench.client("a", { will });
  broken.stream.destroy();
  await bench.event("publish a/status died");
  expect(bench.published[0]?.retain).toBe(true);
});

test("throughput of QoS 1 publishes, for the record", async () => {
  await using bench = await openBench();
  const client = await bench.client("a");
  const payload = Buffer.alloc(4_096, 7);
  const count = 5_000;
  const start = process.hrtime.bigint();
  for (let sent = 0; sent < count; sent += 50) {
    await Promise.all(Array.from({ length: 50 }, () => client.publishAsync(batch, payload, { qos: 1 })));
  }
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  console.info(
    `embedded broker: ${Math.round(count / seconds).toLocaleString("en")} QoS 1 publishes of 4 KiB a second, client in the same process`,
  );
  expect(bench.published.length).toBe(count);
});
