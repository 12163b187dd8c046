import { once } from "node:events";
import { connect, createServer } from "node:net";
import { expect, test } from "vitest";
import { createEmbeddedBroker } from "../../../collector/broker/embedded.ts";
import { LIMITS, MICROS_PER_MS } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { quietLog } from "../../support/quiet-log.ts";
import { type SeededRandom, seededRandom } from "../../support/seeded-random.ts";
import { closeOf, openBench } from "./broker-bench.ts";
import { CONNACK, connectPacket, packet, publishPacket, subscribePacket } from "./packets.ts";

test("presence follows connects and disconnects", async () => {
  await using bench = await openBench();
  const client = await bench.client("a");
  expect([...bench.broker.connected]).toEqual(["a"]);
  await client.endAsync();
  await bench.event("disconnected a");
  expect([...bench.broker.connected]).toEqual([]);
  expect(bench.events).toEqual(["connected a", "disconnected a"]);
});

test("a second connection of one agent takes over: the first is closed, and the agent stays connected", async () => {
  await using bench = await openBench();
  const first = await bench.client("a");
  const closed = closeOf(first);
  const second = await bench.client("a");
  await closed;
  await second.publishAsync("tributary/v1/a/hello", "second", { qos: 1 });
  expect([...bench.broker.connected]).toEqual(["a"]);
  expect(bench.events).toEqual(["connected a", "disconnected a", "connected a", "publish a/hello second"]);
  await second.subscribeAsync("tributary/v1/a/ack");
  expect(bench.broker.publishTo("a", "ack", Uint8Array.of(1))).toBe(true);
});

test("agents that take over from each other in a rush leave exactly one behind", async () => {
  await using bench = await openBench();
  const clients = await Promise.all(Array.from({ length: 20 }, () => bench.raw()));
  for (const client of clients) client.socket.write(connectPacket("a"));
  for (const client of clients.slice(0, 10)) client.socket.destroy(); // some die during their handshake
  const last = await bench.client("a");
  await last.publishAsync("tributary/v1/a/hello", "last", { qos: 1 });
  expect([...bench.broker.connected]).toEqual(["a"]);
  const ins = bench.events.filter((event) => event === "connected a").length;
  const outs = bench.events.filter((event) => event === "disconnected a").length;
  expect(ins - outs).toBe(1);
});

test("who has not sent a whole CONNECT within ten seconds is cut off, however it drips", async () => {
  await using bench = await openBench();
  const [silent, dripping, connected] = [await bench.raw(), await bench.raw(), await bench.raw()];
  dripping.socket.write(connectPacket("slow").subarray(0, 5));
  connected.socket.write(connectPacket("a"));
  await connected.bytes(CONNACK.length);
  await bench.clock.advance(LIMITS.connectMs * MICROS_PER_MS);
  await Promise.all([silent.closed, dripping.closed]);
  expect(bench.refused.map((fault) => fault.code)).toEqual(["connect_timeout", "connect_timeout"]);
  expect(bench.clock.pending()).toEqual([]);
  expect([...bench.broker.connected]).toEqual(["a"]);
});

test("a stream of single bytes is understood", async () => {
  await using bench = await openBench();
  const client = await bench.raw();
  client.socket.setNoDelay(true);
  for (const byte of Buffer.concat([connectPacket("a"), publishPacket("tributary/v1/a/batch", Buffer.alloc(300, 1), 1)])) {
    client.socket.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  await client.bytes(8);
  expect(bench.published[0]?.payload).toEqual(Buffer.alloc(300, 1));
});

test("a CONNECT that announces 256 MiB is cut off at its header, and none of it is kept", async () => {
  await using bench = await openBench();
  const before = process.memoryUsage().arrayBuffers;
  const clients = await Promise.all(Array.from({ length: 5 }, () => bench.raw()));
  const flood = Buffer.alloc(1024 * 1024, 0x41);
  for (const { socket } of clients) {
    socket.write(Buffer.of(0x10, 0xff, 0xff, 0xff, 0x7f));
    for (let count = 0; count < 50; count++) socket.write(flood); // one buffer, however often
  }
  await Promise.all(clients.map((client) => client.closed));
  expect(bench.refused.map((fault) => fault.code)).toEqual(Array.from({ length: 5 }, () => "packet_too_big"));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
});

test("random bytes crash nothing, and an agent beside them notices nothing", async () => {
  await using bench = await openBench();
  const witness = await bench.client("witness");
  const random = seededRandom("broker fuzz");
  const count = effort("broker fuzz", { quick: 40, test: 150, prove: 2_000 });
  for (let run = 0; run < count; run++) {
    const client = await bench.raw();
    client.socket.end(hostile(random, `fuzz-${run % 7}`));
    await client.closed;
    if (run % 10 === 0) await witness.publishAsync("tributary/v1/witness/batch", `${run}`, { qos: 1 });
  }
  expect(bench.published.filter(({ agent }) => agent === "witness").length).toBe(Math.ceil(count / 10));
  expect([...bench.broker.connected]).toContain("witness");
  expect(bench.published.every(({ agent }) => agent === "witness" || agent.startsWith("fuzz-"))).toBe(true);
});

/** Noise, noise after a good CONNECT, packets of random kinds, or a good conversation with some bytes changed. */
function hostile(random: SeededRandom, id: string): Buffer {
  const noise = Buffer.from(random.bytes(1 + random.below(400)));
  const kind = random.below(4);
  if (kind === 0) return noise;
  if (kind === 1) return Buffer.concat([connectPacket(id), noise]);
  if (kind === 2) return Buffer.concat([connectPacket(id), packet(random.below(256), noise), packet(random.below(256), noise)]);
  const talk = [connectPacket(id), subscribePacket(`tributary/v1/${id}/ack`, 1, 1), publishPacket(`tributary/v1/${id}/batch`, noise, 2)];
  const bytes = Buffer.concat(talk);
  for (let flips = 1 + random.below(4); flips > 0; flips--) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}

test("a port that is taken is named, with what to do", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  const fault = await openBench({ port }).then(
    () => expect.unreachable("it opened"),
    (error) => error,
  );
  expect(fault).toMatchObject({
    code: "port_in_use",
    message: expect.stringContaining(`127.0.0.1:${port}`),
    hint: expect.stringContaining(`${port}`),
  });
  taken.close();
});

test("an address that is not this machine's is refused", async () => {
  await expect(openBench({ host: "192.0.2.1" })).rejects.toMatchObject({ code: "bad_listen_address" });
});

test("close ends all clients at once, may be called twice, and frees the port", async () => {
  const bench = await openBench();
  const client = await bench.client("a", { will: { topic: "tributary/v1/a/status", payload: Buffer.from("died"), qos: 1, retain: true } });
  const silent = await bench.raw();
  const closed = closeOf(client);
  await Promise.all([bench.broker.close(), bench.broker.close()]);
  await Promise.all([closed, silent.closed]);
  expect([...bench.broker.connected]).toEqual([]);
  expect(bench.published, "the end of the collector is not the death of its agents").toEqual([]);
  expect(bench.clock.pending()).toEqual([]);
  const [refused] = await once(connect(bench.port, "127.0.0.1"), "error");
  expect(refused.code).toBe("ECONNREFUSED");
});

test("a broker that was never opened may be closed", async () => {
  const environment = { clock: manualClock().clock, random: seededRandom("unopened", 1), log: quietLog() };
  await createEmbeddedBroker({ host: "127.0.0.1", port: 0, prefix: "tributary/v1", environment }).close();
});
