import { describe, expect, test } from "vitest";
import type { BatchHash } from "../../../protocol/index.ts";
import { AgentSide, batch, batches, NONE, PLENTY, plain, published } from "./agent-side.ts";

describe("before the first batch", () => {
  test("nothing is sent before the hello was answered and the spool held against the answer", () => {
    const agent = new AgentSide();
    agent.sealed(batch(1));
    expect(agent.connect()).toEqual(["hello"]);
    expect(agent.sealed(batch(2))).toEqual([]);
    expect(agent.wait(10_000)).toEqual([]);
    expect(agent.helloAck()).toEqual(["reconcile"]);
    expect([...agent.sealed(batch(3)), ...agent.wait(10_000)]).toEqual([]);
    expect(agent.reconciled()).toEqual(["page after 0"]);
    expect(agent.loaded(batches(1, 3), true)).toEqual(["publish 1", "publish 2", "publish 3"]);
  });

  test("an answer to the hello of another connection is not heard, and neither is a second one", () => {
    const agent = new AgentSide();
    agent.connect();
    agent.feed({ kind: "disconnected" });
    agent.connect();
    expect(agent.helloAck(PLENTY, "session-1")).toEqual([]);
    expect(agent.helloAck()).toEqual(["reconcile"]);
    expect(agent.helloAck()).toEqual([]);
    expect(agent.reconciled([], "session-1")).toEqual([]);
    expect(agent.reconciled()).toEqual(["page after 0"]);
    expect(agent.reconciled()).toEqual([]);
  });

  test("a hello without an answer ends the connection after a minute; a long look into the spool does not", () => {
    const agent = new AgentSide();
    agent.connect();
    expect(agent.wait(60_000)).toEqual([]);
    expect(agent.wait(250)).toEqual(["disconnect hello_unanswered 0"]);
    agent.connect();
    agent.helloAck();
    expect(agent.wait(300_000)).toEqual([]);
    expect(agent.reconciled()).toEqual(["page after 0"]);
  });

  test("catalogs that the collector lacks go first, and data when they have landed", () => {
    const agent = new AgentSide();
    agent.connect();
    agent.helloAck();
    const catalogs = [98, 99].map((seq) => batch(seq, { kind: "catalog" }));
    expect(published(agent.reconciled(catalogs))).toEqual([98, 99]);
    expect(agent.loaded(batches(1, 3), true)).toEqual([]);
    expect(agent.ack(98)).toEqual(["acked 98"]);
    expect(published(agent.ack(99))).toEqual([1, 2, 3]);
  });

  test("data does not wait for a catalog that is not answered", () => {
    const agent = new AgentSide();
    agent.connect();
    agent.helloAck();
    agent.reconciled([batch(99, { kind: "catalog" })]);
    agent.puback(99);
    agent.loaded(batches(1, 20), true);
    expect(published(agent.wait(4_750))).toEqual([]);
    expect(published(agent.wait(250))).toEqual([99, 1, 2, 3, 4, 5, 6, 7]);
  });
});

describe("the window", () => {
  test("eight batches are in flight, and the next one goes when one is acked", () => {
    const agent = new AgentSide();
    expect(published(agent.open(batches(1, 20)))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(agent.ack(5)).toEqual(["acked 5", "publish 9"]);
    expect(agent.inFlight).toEqual([1, 2, 3, 4, 6, 7, 8, 9]);
  });

  test("an ack with another hash marks nothing", () => {
    const agent = new AgentSide();
    agent.open(batches(1, 20));
    agent.answer([{ ...plain(batch(1)), hash: "ffffffffffffffff" as BatchHash }]);
    expect(agent.inFlight).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    agent.answer([{ ...plain(batch(15)), hash: "ffffffffffffffff" as BatchHash }]);
    expect(agent.state.queue.find(batch(15))).toBeDefined();
    expect(agent.state.acked).toBe(0);
  });

  test("an ack for a batch that waits to be sent again settles it", () => {
    const agent = new AgentSide();
    agent.open(batches(1, 20));
    agent.ack(15);
    for (let seq = 1; seq <= 20; seq++) agent.ack(seq);
    expect(agent.state.acked).toBe(20);
    expect(agent.inFlight).toEqual([]);
  });

  test("a smaller credit is a smaller window, and fewer bytes are fewer batches, but one may always fly", () => {
    const agent = new AgentSide();
    expect(published(agent.open(batches(1, 20), { ...PLENTY, batches: 3 }))).toEqual([1, 2, 3]);
    const bytes = new AgentSide();
    expect(published(bytes.open(batches(1, 20), { ...PLENTY, bytes: 2_500 }))).toEqual([1, 2]);
    const few = new AgentSide();
    expect(published(few.open(batches(1, 20), { ...PLENTY, bytes: 10 }))).toEqual([1]);
  });

  test("after credit 0 one batch goes as a probe when the wait is over, and the window opens with the next credit", () => {
    const agent = new AgentSide();
    expect(published(agent.open(batches(1, 20), NONE))).toEqual([]);
    expect(published(agent.wait(4_750))).toEqual([]);
    expect(published(agent.wait(10_000))).toEqual([1]);
    expect(published(agent.answer([plain(batch(1))], NONE))).toEqual([]);
    expect(published(agent.wait(5_000))).toEqual([2]);
    expect(published(agent.answer([plain(batch(2))], PLENTY))).toHaveLength(8);
  });

  test("a wait of an hour is a wait of a minute", () => {
    const agent = new AgentSide();
    agent.open(batches(1, 20), { ...NONE, waitMs: 3_600_000 });
    expect(published(agent.wait(59_750))).toEqual([]);
    expect(published(agent.wait(250))).toEqual([1]);
  });
});

describe("sending again", () => {
  test("a batch goes again after its PUBACK and five seconds, doubling up to a minute", () => {
    const agent = new AgentSide();
    agent.open(batches(1, 1));
    for (const pause of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      agent.puback(1);
      expect(agent.wait(pause - 250)).toEqual([]);
      expect(agent.wait(250)).toEqual(["publish 1"]);
    }
  });

  test("on a slow link it waits four round trips", () => {
    const agent = new AgentSide();
    agent.connect();
    agent.now += 3_000;
    agent.helloAck();
    agent.reconciled();
    agent.loaded(batches(1, 1), true);
    agent.puback(1);
    expect(agent.wait(11_750)).toEqual([]);
    expect(agent.wait(250)).toEqual(["publish 1"]);
  });

  test("without PUBACK it does not go again, however long the socket takes; without any progress for a minute the connection is given up", () => {
    const agent = new AgentSide();
    agent.open(batches(1, 2));
    expect(agent.wait(50_000)).toEqual([]);
    agent.puback(1);
    agent.ack(1);
    expect(agent.wait(60_000)).toEqual([]);
    expect(agent.wait(250)).toEqual(["disconnect stalled 0"]);
    expect([...agent.sealed(batch(3)), ...agent.wait(1_000)]).toEqual([]);
  });

  test("one that the broker lost is found out though all that was sent behind it gets through, and hellos too", () => {
    const agent = new AgentSide();
    agent.open(batches(1, 2));
    const effects: string[] = [];
    for (let seq = 2; seq < 30 && !effects.includes("disconnect stalled 0"); seq++) {
      agent.puback(seq);
      agent.ack(seq);
      effects.push(...agent.sealed(batch(seq + 1)), ...agent.wait(5_000));
      if (seq % 3 === 0) agent.feed({ kind: "time_wanted" });
      agent.helloAck();
      agent.reconciled();
    }
    expect(effects.at(-1)).toBe("disconnect stalled 0");
    expect(agent.now).toBeLessThan(67_000);
  });

  test("the time is asked for on an open connection alone, once at a time", () => {
    const agent = new AgentSide();
    expect(agent.feed({ kind: "time_wanted" })).toEqual([]);
    agent.open();
    expect([1, 2].flatMap(() => agent.feed({ kind: "time_wanted" }))).toEqual(["hello"]);
  });

  test("a batch in its back-off is no stalled connection", () => {
    const agent = new AgentSide();
    agent.open(batches(1, 1));
    for (let attempt = 0; attempt < 10; attempt++) {
      agent.nack("busy", 1);
      expect(agent.wait(60_250).filter((effect) => effect.startsWith("disconnect"))).toEqual([]);
    }
  });

  test("after a lost connection everything that was in flight goes again, from the spool", () => {
    const agent = new AgentSide();
    agent.open(batches(1, 20));
    agent.ack(2);
    expect(agent.feed({ kind: "disconnected" })).toEqual([]);
    expect(agent.inFlight).toEqual([]);
    const pending = batches(1, 20).filter(({ seq }) => seq !== 2);
    expect(published(agent.open(pending))).toEqual([1, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("the back-off of a batch outlives the connection", () => {
    const agent = new AgentSide();
    for (const pause of [5_000, 10_000, 20_000, 40_000, 60_000]) {
      agent.open(batches(1, 1));
      agent.puback(1);
      expect(agent.wait(pause - 250)).toEqual([]);
      agent.feed({ kind: "disconnected" });
    }
  });
});

const SIX_HOURS = 6 * 3_600_000;

test("after six hours on a connection the hello is said again, batches go on, and what is pending again is loaded", () => {
  const agent = new AgentSide();
  agent.open();
  expect(agent.wait(SIX_HOURS - 1_000)).toEqual([]);
  expect(agent.wait(1_000)).toEqual(["hello"]);
  expect(agent.sealed(batch(1))).toEqual(["publish 1"]);
  expect(agent.helloAck()).toEqual(["reconcile"]);
  expect(agent.reconciled()).toEqual(["page after 0"]);
  expect(published(agent.loaded(batches(1, 3), true))).toEqual([2, 3]);
  agent.ack(1, 2, 3);
  expect(agent.wait(SIX_HOURS)).toContain("hello");
});

test("an answer to a hello that nobody waits for changes nothing on an open connection", () => {
  const agent = new AgentSide();
  agent.open();
  expect(agent.helloAck()).toEqual([]);
  expect(agent.reconciled()).toEqual([]);
});

test("a copy of the card is found out on an open connection too", () => {
  const agent = new AgentSide();
  agent.open();
  agent.wait(SIX_HOURS);
  expect(agent.helloAck(PLENTY, agent.session, "denied")).toEqual(["disconnect another_device 600000"]);
});
