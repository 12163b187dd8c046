/**
 * broker-suite: the contract of a broker, as tests. A broker's test file is `brokerSuite(name, open, supports)`.
 *
 * Its agents behave as ours do: a will, and a status that says online.
 */
import type { MqttClient } from "mqtt";
import { describe, expect, test } from "vitest";
import type { Broker, BrokerHandlers } from "../../../collector/broker/contract.ts";
import { agentTopic, DEFAULT_PREFIX, encodeAgentStatus, LIMITS, UP_CHANNELS } from "../../../protocol/index.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { type Clients, closeOf, held, messageOf, type Recording } from "./broker-bench.ts";

/** An open broker with everything it told. */
export interface SuiteBench extends Recording, Pick<Clients, "client">, AsyncDisposable {
  readonly broker: Broker;
}

export interface BrokerSupports {
  /** The agent's own PUBACK waits for the commit; else that of the broker between does. */
  readonly agentWaitsForCommit: boolean;
  /** Who oversteps is cut off by us; else what it sent is counted, and it notices nothing. */
  readonly cutsOff: boolean;
}

type Open = (onPublish?: BrokerHandlers["onPublish"]) => Promise<SuiteBench>;

const topic = (agent: string, channel: "hello" | "batch" | "status" | "reply" | "ack") => agentTopic(DEFAULT_PREFIX, agent, channel);

/** Connects as an agent does. */
export async function agentAt({ client }: Pick<Clients, "client">, agent: string, session: string): Promise<MqttClient> {
  const status = (online: boolean) => Buffer.from(encodeAgentStatus({ online, session }));
  const will = { topic: topic(agent, "status"), payload: status(false), qos: 1 as const, retain: true };
  const connected = await client(agent, { will });
  await connected.subscribeAsync(topic(agent, "ack"));
  await connected.publishAsync(topic(agent, "status"), status(true), { qos: 1, retain: true });
  return connected;
}

export function brokerSuite(name: string, open: Open, supports: BrokerSupports): void {
  describe(`the ${name} broker`, () => {
    test("hands on what agents publish, with agent, channel and every byte", async () => {
      await using bench = await open();
      const [a, b] = [await bench.client("a"), await bench.client("b-2")];
      const payload = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      for (const channel of ["hello", "batch", "reply"] as const) await a.publishAsync(topic("a", channel), payload, { qos: 1 });
      await b.publishAsync(topic("b-2", "batch"), "of b", { qos: 0 });
      await bench.event("publish b-2/batch of b");
      await bench.event("publish a/reply");
      const ofA = bench.published.filter(({ agent }) => agent === "a");
      expect(ofA.map(({ channel, payload: bytes }) => [channel, Buffer.from(bytes)])).toEqual(
        ["hello", "batch", "reply"].map((channel) => [channel, payload]),
      );
      expect(bench.refused).toEqual([]);
    });

    test("hands on what one agent sent in the order in which it sent it, whichever commit is first", async () => {
      const random = seededRandom("commits of a broker");
      const [agents, count] = [8, 100];
      await using bench = await open(async () => {
        for (let turns = random.below(20); turns > 0; turns--) await new Promise(setImmediate);
      });
      const send = async (agent: string) => {
        const client = await bench.client(agent);
        for (let first = 1; first <= count; first += 10) {
          const window = Array.from({ length: 10 }, (_, index) => `${first + index};`);
          await Promise.all(window.map((text) => client.publishAsync(topic(agent, "batch"), text, { qos: 1 })));
        }
        await bench.event(`publish ${agent}/batch ${count};`);
      };
      await Promise.all(Array.from({ length: agents }, (_, agent) => send(`agent-${agent}`)));
      for (let agent = 0; agent < agents; agent++) {
        const texts = bench.published
          .filter((publish) => publish.agent === `agent-${agent}`)
          .map(({ payload }) => `${Buffer.from(payload)}`);
        expect(texts).toEqual(Array.from({ length: count }, (_, index) => `${index + 1};`));
      }
    });

    test("the agent's PUBACK waits for the commit, or for nobody but the broker between", async () => {
      const commit = held();
      await using bench = await open(({ channel }) => (channel === "batch" ? commit.promise : Promise.resolve()));
      const a = await bench.client("a");
      let isAcked = false;
      const acked = a.publishAsync(topic("a", "batch"), "x", { qos: 1 }).then(() => {
        isAcked = true;
      });
      await bench.event("publish a/batch x");
      if (!supports.agentWaitsForCommit) await acked;
      const other = await bench.client("b"); // a whole round trip of somebody else, while the commit is held
      await other.publishAsync(topic("b", "hello"), "x", { qos: 1 });
      expect(isAcked).toBe(!supports.agentWaitsForCommit);
      commit.release();
      await acked;
    });

    test("an ack reaches the agent that listens, byte for byte, and nobody else", async () => {
      await using bench = await open();
      const [a, b] = [await agentAt(bench, "a", "1"), await agentAt(bench, "b", "2")];
      await Promise.all([bench.event("publish a/status"), bench.event("publish b/status")]);
      b.on("message", () => expect.unreachable("b is not meant"));
      const arrived = messageOf(a);
      expect(bench.broker.publishTo("a", "ack", Uint8Array.of(0, 1, 255))).toBe(true);
      const { topic: at, payload } = await arrived;
      expect([at, [...payload]]).toEqual([topic("a", "ack"), [0, 1, 255]]);
    });

    test("an ack to an agent that is not there is not sent, and says so", async () => {
      await using bench = await open();
      expect(bench.broker.publishTo("nobody", "ack", Uint8Array.of(1))).toBe(false);
    });

    test("the collector's status is kept for those who come later, and replaced for those who are there", async () => {
      await using bench = await open();
      const status = `${DEFAULT_PREFIX}/_collector/status`;
      const watcher = await bench.client("watcher");
      const firstThere = messageOf(watcher);
      await watcher.subscribeAsync(status);
      bench.broker.publishStatus(Buffer.from("first"));
      expect(String((await firstThere).payload)).toBe("first");
      const late = await bench.client("late");
      const first = messageOf(late);
      await late.subscribeAsync(status);
      expect(String((await first).payload)).toBe("first");
      const second = messageOf(late);
      bench.broker.publishStatus(Buffer.from("second"));
      expect(String((await second).payload)).toBe("second");
    });

    test("an agent is there from its connection on until that breaks, and its will is handed on", async () => {
      await using bench = await open();
      const a = await agentAt(bench, "a", "1");
      await bench.event("connected a");
      expect([...bench.broker.connected]).toEqual(["a"]);
      a.stream.destroy();
      await bench.event("disconnected a");
      expect([...bench.broker.connected]).toEqual([]);
      const will = Buffer.from(encodeAgentStatus({ online: false, session: "1" })).toString("latin1");
      await bench.event(`publish a/status ${will}`);
    });

    test("a second connection of one agent takes over, and the death of the first does not make it absent", async () => {
      await using bench = await open();
      const first = await agentAt(bench, "a", "1");
      const closed = closeOf(first);
      const second = await agentAt(bench, "a", "2");
      await closed;
      await second.publishAsync(topic("a", "hello"), "second", { qos: 1 });
      await bench.event("publish a/hello second");
      expect([...bench.broker.connected]).toEqual(["a"]);
      const arrived = messageOf(second);
      expect(bench.broker.publishTo("a", "ack", Uint8Array.of(7))).toBe(true);
      expect([...(await arrived).payload]).toEqual([7]);
    });

    test.each([
      ["hello", 16 * 1024],
      ["reply", 16 * 1024],
      ["batch", 100 * 1024],
    ] as const)("a %s of %i bytes passes; one over the limit is refused and counted, and others notice nothing", async (channel, most) => {
      await using bench = await open();
      const [a, b] = [await bench.client("a"), await bench.client("b")];
      await a.publishAsync(topic("a", channel), Buffer.alloc(most, 1), { qos: 1 });
      await bench.event(`publish a/${channel}`);
      a.publish(topic("a", channel), Buffer.alloc(channel === "batch" ? LIMITS.packetBytes + 1 : most + 1, 2), { qos: 1 });
      await bench.event("refused p"); // payload_too_big, or packet_too_big where it was cut off at its header
      if (supports.cutsOff) await bench.event("disconnected a");
      await b.publishAsync(topic("b", "hello"), "x", { qos: 1 });
      await bench.event("publish b/hello x");
      expect(bench.published.filter(({ agent }) => agent === "a").map(({ payload }) => payload.length)).toEqual([most]);
      expect(bench.refused.length).toBe(1);
    });

    test("what comes under a name that is no agent's is refused and counted, and goes no further", async () => {
      await using bench = await open();
      const odd = await bench.client("Green House").catch(() => undefined);
      odd?.publish(`${DEFAULT_PREFIX}/Green House/batch`, "x", { qos: 1 });
      await bench.event(supports.cutsOff ? "refused client_id_not_allowed" : "refused topic_not_readable");
      const a = await bench.client("a");
      await a.publishAsync(topic("a", "batch"), "y", { qos: 1 });
      await bench.event("publish a/batch y");
      expect(bench.published.map(({ agent }) => agent)).toEqual(["a"]);
    });

    test("after close nobody is there and nothing more comes; it may be closed twice", async () => {
      const bench = await open();
      await agentAt(bench, "a", "1");
      await bench.event("connected a");
      await Promise.all([bench.broker.close(), bench.broker.close()]);
      expect([...bench.broker.connected]).toEqual([]);
      expect(bench.broker.publishTo("a", "ack", Uint8Array.of(1))).toBe(false);
      const before = bench.published.length;
      await bench[Symbol.asyncDispose]();
      expect(bench.published.length).toBe(before);
    });

    test("every channel that agents have is taken in", async () => {
      await using bench = await open();
      const a = await bench.client("a");
      for (const channel of UP_CHANNELS) {
        await a.publishAsync(topic("a", channel), Buffer.from(encodeAgentStatus({ online: true, session: "1" })), { qos: 1 });
        await bench.event(`publish a/${channel}`);
      }
    });
  });
}
