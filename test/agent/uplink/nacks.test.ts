import { expect, test } from "vitest";
import { AgentSide, batch, batches, PLENTY, published } from "./agent-side.ts";

test.each(["conflict", "too_big"] as const)("%s: the batch is sealed again, once, and its place in the window is free", (code) => {
  const agent = new AgentSide();
  agent.open(batches(1, 20));
  expect(agent.nack(code, 3)).toEqual([`reseal 3 ${code}`, "publish 9"]);
  expect(agent.nack(code, 3)).toEqual([]);
  expect(agent.inFlight).not.toContain(3);
  expect(agent.state.attempts.size).toBe(8);
});

test("quarantined counts as an ack", () => {
  const agent = new AgentSide();
  agent.open(batches(1, 1));
  expect(agent.nack("quarantined", 1)).toEqual(["acked 1"]);
  expect(agent.inFlight).toEqual([]);
});

test.each(["crc", "busy"] as const)("%s: the same bytes go again, each time after a longer pause", (code) => {
  const agent = new AgentSide();
  agent.open(batches(1, 1));
  for (const pause of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
    expect(agent.nack(code, 1)).toEqual([]);
    expect(agent.wait(pause - 250)).toEqual([]);
    expect(agent.wait(250)).toEqual(["publish 1"]);
  }
});

test("the reason of a refusal is kept until the next ack, and no longer than the connection", () => {
  const agent = new AgentSide();
  agent.open(batches(1, 2));
  agent.nack("busy", 1, 2);
  expect(agent.state.refusal).toBe("busy");
  agent.wait(5_000);
  agent.ack(1);
  expect(agent.state.refusal).toBeUndefined();
  agent.nack("busy", 2);
  agent.feed({ kind: "disconnected" });
  expect(agent.state.refusal).toBeUndefined();
});

test("denied: a hello names the epoch, and the batch goes again", () => {
  const agent = new AgentSide();
  agent.open(batches(1, 3));
  expect(agent.nack("denied", 1, 2)).toEqual(["hello"]);
  expect(agent.nack("denied", 3)).toEqual([]);
  expect(agent.helloAck()).toEqual(["reconcile"]);
  agent.reconciled();
  expect(published(agent.wait(5_250))).toEqual([1, 2, 3]);
  expect(agent.nack("denied", 1)).toEqual(["hello"]);
});

test("denied, and the hello for it is lost: another one goes with the next refusal, a minute later at the earliest", () => {
  const agent = new AgentSide();
  agent.open(batches(1, 1));
  const hellos: number[] = [];
  for (let second = 0; second < 200; second++) {
    if (agent.inFlight.length > 0 && agent.nack("denied", 1).includes("hello")) hellos.push(second);
    agent.wait(1_000);
  }
  expect(hellos.length).toBeGreaterThan(1);
  expect(Math.min(...hellos.slice(1).map((at, index) => at - (hellos[index] ?? 0)))).toBeGreaterThanOrEqual(60);
});

test("version: the connection is given up for long, and nothing is dropped", () => {
  const agent = new AgentSide();
  agent.open(batches(1, 20));
  expect(agent.nack("version", 1, 2, 3)).toEqual(["disconnect version 600000"]);
  agent.feed({ kind: "disconnected" });
  expect(published(agent.open(batches(1, 20)))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("catalog: one request covers a whole window, data waits for it, and goes again when the catalog has landed", () => {
  const agent = new AgentSide();
  agent.open(batches(1, 12));
  expect(agent.nack("catalog", 1, 2, 3, 4, 5, 6, 7)).toEqual(["resend catalog of 1"]);
  expect(published(agent.wait(1_000))).toEqual([]);
  expect(agent.sealed(batch(13, { kind: "catalog" }))).toEqual(["publish 13"]);
  expect(agent.ack(13)).toEqual(["acked 13", "page after 0"]);
  expect(published(agent.loaded(batches(1, 12), true))).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(agent.inFlight).toEqual([8, 1, 2, 3, 4, 5, 6, 7]);
});

test("a catalog whose ack was lost is acked later, and the data goes all the same", () => {
  const agent = new AgentSide();
  agent.open(batches(1, 1));
  agent.nack("catalog", 1);
  agent.sealed(batch(2, { kind: "catalog" }));
  agent.puback(2);
  expect(published(agent.wait(5_250))).toEqual([2]);
  agent.ack(2);
  expect(published(agent.loaded(batches(1, 1), true))).toEqual([1]);
});

test("data whose catalog nobody has does not stop the rest", () => {
  const agent = new AgentSide();
  agent.open(batches(1, 40));
  const acked = new Set<number>();
  for (let second = 0; second < 60; second++) {
    for (const seq of agent.inFlight) {
      if (seq <= 16) agent.nack("catalog", seq);
      else if (agent.ack(seq).includes(`acked ${seq}`)) acked.add(seq);
    }
    agent.wait(1_000);
  }
  expect([...acked].sort((a, b) => a - b)).toEqual(batches(17, 40).map(({ seq }) => seq));
});

test("a nack for what is not in flight, or for another content, changes nothing", () => {
  const agent = new AgentSide();
  agent.open(batches(1, 20));
  expect(agent.nack("conflict", 15, 99)).toEqual([]);
  expect(agent.answer([{ epoch: batch(1).epoch, seq: 1, hash: batch(2).hash, nack: "conflict" }])).toEqual([]);
  expect(agent.inFlight).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("a device that the collector denies sends nothing, gives up for long, and starts over like any other", () => {
  const agent = new AgentSide();
  agent.connect();
  expect(agent.helloAck(PLENTY, agent.session, "denied")).toEqual(["disconnect another_device 600000"]);
  expect(agent.sealed(batch(1))).toEqual([]);
  expect(agent.reconciled()).toEqual([]);
  expect(published(agent.open(batches(1, 2)))).toEqual([1, 2]);
});
