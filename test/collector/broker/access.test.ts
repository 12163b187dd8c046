import type { IClientPublishOptions } from "mqtt";
import { describe, expect, test } from "vitest";
import { closeOf, openBench } from "./broker-bench.ts";
import { CONNACK, connectPacket, packet, puback, publishPacket } from "./packets.ts";

const QOS1: IClientPublishOptions = { qos: 1 };

describe("who may connect", () => {
  test.each([
    ["an empty client id", connectPacket(""), "client_id_not_allowed"],
    ["a client id that is no name", connectPacket("Green House"), "client_id_not_allowed"],
    ["a client id with a control character", connectPacket("a\u0001b"), "client_id_not_allowed"],
    ["a client id with a topic separator", connectPacket("a/b"), "client_id_not_allowed"],
    ["the collector's own name", connectPacket("_collector"), "client_id_not_allowed"],
    ["a user name with a control character", connectPacket("a", { user: "x\u0007" }), "user_name_not_allowed"],
    ["a persistent session", connectPacket("a", { clean: false }), "persistent_session"],
    ["MQTT 5, which aedes does not speak", connectPacketOfVersion5("a"), "mqtt_version"],
  ])("%s is refused", async (_what, bytes, code) => {
    await using bench = await openBench();
    const client = await bench.raw();
    client.socket.write(bytes);
    await client.closed;
    expect(bench.refused.map((fault) => fault.code)).toEqual([code]);
    expect([...bench.broker.connected]).toEqual([]);
    expect(client.received()[0], "a CONNACK").toBe(0x20);
    expect(client.received()[3], "with a reason").toBeGreaterThan(0);
  });

  test("a will anywhere but at the agent's own status is refused", async () => {
    await using bench = await openBench();
    const will = { topic: "tributary/v1/b/status", payload: Buffer.from("gone"), qos: 1 as const, retain: false };
    await expect(bench.client("a", { will })).rejects.toThrow();
    expect(bench.refused.map((fault) => fault.code)).toEqual(["topic_not_allowed"]);
    expect(bench.events.length).toBe(1);
  });

  test("what comes right behind a refused CONNECT is not looked at", async () => {
    await using bench = await openBench();
    for (let run = 0; run < 20; run++) {
      const client = await bench.raw();
      const bytes = Buffer.alloc(5_000 * run); // from in the same chunk to in a chunk of its own
      client.socket.write(Buffer.concat([connectPacket("A"), publishPacket("tributary/v1/a/batch", bytes, 2)]));
      await client.closed;
    }
    expect(new Set(bench.events.map((event) => event.split(" ")[1]))).toEqual(new Set(["client_id_not_allowed"]));
    expect(bench.published).toEqual([]);
  });

  test("what comes right behind an accepted CONNECT is handled after it", async () => {
    await using bench = await openBench();
    for (let run = 0; run < 20; run++) {
      const client = await bench.raw();
      const publish = publishPacket(`tributary/v1/a-${run}/batch`, Buffer.alloc(5_000 * run), 2);
      client.socket.write(Buffer.concat([connectPacket(`a-${run}`), publish]));
      expect(await client.bytes(8)).toEqual(Buffer.concat([CONNACK, puback(2)]));
    }
    expect(bench.refused).toEqual([]);
    expect(bench.published.map(({ payload }) => payload.length)).toEqual(Array.from({ length: 20 }, (_, run) => 5_000 * run));
  });

  test("a second CONNECT on one connection is cut off", async () => {
    await using bench = await openBench();
    const client = await bench.raw();
    client.socket.write(Buffer.concat([connectPacket("a"), connectPacket("a")]));
    await client.closed;
    expect(bench.refused.map((fault) => fault.code)).toEqual(["protocol_error"]);
    await bench.event("disconnected a");
  });

  test("connections beyond the limit are dropped and reported, the others live on", async () => {
    await using bench = await openBench({ maxConnections: 1 });
    const first = await bench.client("a");
    const second = await bench.raw();
    await second.closed;
    await bench.event("refused too_many_connections 127.0.0.1:");
    await first.publishAsync("tributary/v1/a/hello", "still here", QOS1);
    expect(bench.published.length).toBe(1);
  });
});

describe("who may publish", () => {
  test.each([
    ["another agent's batch", "tributary/v1/b/batch"],
    ["its own ack", "tributary/v1/a/ack"],
    ["its own command", "tributary/v1/a/command"],
    ["the collector's status", "tributary/v1/_collector/status"],
    ["another prefix", "other/v1/a/batch"],
    ["a topic below its own", "tributary/v1/a/batch/x"],
    ["a topic of the broker itself", "$SYS/x/heartbeat"],
    ["more levels than a broker counts", Array.from({ length: 200 }, () => "x").join("/")],
  ])("a publish to %s is cut off and reaches nobody", async (_what, topic) => {
    await using bench = await openBench();
    const client = await bench.client("a");
    client.publish(topic, "x", QOS1);
    await closeOf(client);
    await bench.event("disconnected a");
    expect(bench.refused.length).toBe(1);
    expect(["topic_not_allowed", "protocol_error"]).toContain(bench.refused[0]?.code);
    expect(bench.published).toEqual([]);
  });

  test("QoS 2 is cut off", async () => {
    await using bench = await openBench();
    const client = await bench.client("a");
    client.publish("tributary/v1/a/batch", "x", { qos: 2 });
    await bench.event("disconnected a");
    expect(bench.refused.map((fault) => fault.code)).toEqual(["qos_not_supported"]);
    expect(bench.published).toEqual([]);
  });

  test.each(["hello", "status", "reply"])("a %s of more than 16 KiB is cut off", async (channel) => {
    await using bench = await openBench();
    const client = await bench.client("a");
    await client.publishAsync(`tributary/v1/a/${channel}`, Buffer.alloc(16 * 1024), QOS1);
    client.publish(`tributary/v1/a/${channel}`, Buffer.alloc(16 * 1024 + 1), QOS1);
    await bench.event("disconnected a");
    expect(bench.refused.map((fault) => fault.code)).toEqual(["payload_too_big"]);
    expect(bench.published.length).toBe(1);
  });

  test("a batch over its limit still reaches the collector, which can answer it; over 128 KiB it is cut off", async () => {
    await using bench = await openBench();
    const client = await bench.client("a");
    await client.publishAsync("tributary/v1/a/batch", Buffer.alloc(100 * 1024), QOS1);
    expect(bench.published[0]?.payload.length).toBe(100 * 1024);
    client.publish("tributary/v1/a/batch", Buffer.alloc(128 * 1024), QOS1);
    await bench.event("disconnected a");
    expect(bench.refused.map((fault) => fault.code)).toEqual(["packet_too_big"]);
    expect(bench.published.length).toBe(1);
  });
});

describe("who may subscribe", () => {
  test("an agent to its own ack and command and to the collector's status, and nothing it publishes comes back", async () => {
    await using bench = await openBench();
    const client = await bench.client("a");
    client.on("message", (topic) => expect.unreachable(topic));
    const granted = await client.subscribeAsync(["tributary/v1/a/ack", "tributary/v1/a/command", "tributary/v1/_collector/status"], {
      qos: 1,
    });
    expect(granted.map(({ qos }) => qos)).toEqual([1, 1, 1]);
    for (const channel of ["hello", "batch", "status", "reply"]) await client.publishAsync(`tributary/v1/a/${channel}`, "x", QOS1);
    expect(bench.published.map(({ channel }) => channel)).toEqual(["hello", "batch", "status", "reply"]);
  });

  test.each([
    ["everything", "#"],
    ["its own tree by wildcard", "tributary/v1/a/+"],
    ["another agent's ack", "tributary/v1/b/ack"],
    ["its own batches", "tributary/v1/a/batch"],
    ["all statuses", "tributary/v1/+/status"],
    ["the broker's own topics", "$SYS/#"],
  ])("a subscription to %s is answered with failure, and the connection lives on", async (_what, topic) => {
    await using bench = await openBench();
    const client = await bench.client("a");
    await expect(client.subscribeAsync(topic, { qos: 1 })).rejects.toThrow();
    expect(bench.refused.map((fault) => fault.code)).toEqual(["topic_not_allowed"]);
    await client.publishAsync("tributary/v1/a/hello", "still here", QOS1);
    expect(bench.published.length).toBe(1);
  });

  test("the topics of a SUBSCRIBE behind its 16th are refused in one go, and the next SUBSCRIBE is heard", async () => {
    await using bench = await openBench();
    const client = await bench.client("a");
    const own = ["tributary/v1/a/ack", "tributary/v1/a/command", "tributary/v1/_collector/status"];
    const topics = [...Array.from({ length: 5_000 }, (_, index) => `x${index}`), ...own];
    await expect(client.subscribeAsync(topics, { qos: 1 })).rejects.toThrow();
    expect(bench.refused.map((fault) => fault.code)).toEqual([...Array(16).fill("topic_not_allowed"), "too_many_topics"]);
    expect((await client.subscribeAsync(own, { qos: 1 })).map(({ qos }) => qos)).toEqual([1, 1, 1]);
  });

  test("a subscription at QoS 2 is answered with failure", async () => {
    await using bench = await openBench();
    const client = await bench.client("a");
    await expect(client.subscribeAsync("tributary/v1/a/ack", { qos: 2 })).rejects.toThrow();
    expect(bench.refused.map((fault) => fault.code)).toEqual(["qos_not_supported"]);
  });
});

/** Version 5 has a length of properties before the client id. */
function connectPacketOfVersion5(id: string): Buffer {
  const body = Buffer.concat([Buffer.of(0, 4), Buffer.from("MQTT"), Buffer.of(5, 2, 0, 0, 0, 0, id.length), Buffer.from(id)]);
  return packet(0x10, body);
}
