/**
 * raw-agent: an MQTT client under an agent's name that says hello and then sends what a test wants, right or wrong.
 */
import mqtt, { type MqttClient } from "mqtt";
import { type Answer, agentTopic, type Credit, DEFAULT_PREFIX, decodeAnswer, type UpChannel } from "../../protocol/index.ts";
import { helloOf } from "../collector/ingest/wire-batches.ts";

export interface RawAgent extends AsyncDisposable {
  /** Resolves at the PUBACK, or when the collector hangs up. */
  publish(payload: Uint8Array, channel?: UpChannel): Promise<void>;
  publishTo(topic: string, payload: Uint8Array): Promise<void>;
  /** Waits until that many batches were answered: `2`, `3 crc`, in the order in which it was told. */
  told(count: number): Promise<string[]>;
  credit(): Credit | undefined;
  /** Resolves when the collector has hung up. */
  readonly closed: Promise<void>;
}

export async function rawAgent(url: string, agent: string): Promise<RawAgent> {
  const client = mqtt.connect(url, { clientId: agent, protocolVersion: 4, clean: true, reconnectPeriod: 0 });
  client.on("error", () => {}); // being cut off is one of the things that are tested
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("close", () => reject(new Error(`${agent} was not let in`)));
  });
  const closed = new Promise<void>((resolve) => client.once("close", resolve));
  const told: string[] = [];
  const waiting = new Set<() => void>();
  const greeted = Promise.withResolvers<void>();
  let credit: Credit | undefined;
  client.on("message", (_topic, payload) => {
    const message = decodeAnswer(payload);
    credit = "ack" in message ? message.ack.credit : message.helloAck.credit;
    if ("ack" in message) told.push(...message.ack.answers.map(shown));
    else greeted.resolve();
    for (const look of [...waiting]) look();
  });
  await client.subscribeAsync(agentTopic(DEFAULT_PREFIX, agent, "ack"));
  await publish(client, closed, agentTopic(DEFAULT_PREFIX, agent, "hello"), helloOf());
  await greeted.promise;
  return {
    publish: (payload, channel = "batch") => publish(client, closed, agentTopic(DEFAULT_PREFIX, agent, channel), payload),
    publishTo: (topic, payload) => publish(client, closed, topic, payload),
    told: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (told.length < count) return;
          waiting.delete(look);
          resolve([...told]);
        };
        waiting.add(look);
        look();
      }),
    credit: () => credit,
    closed,
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
}

function publish(client: MqttClient, closed: Promise<void>, topic: string, payload: Uint8Array): Promise<void> {
  const sent = new Promise<void>((resolve) => client.publish(topic, Buffer.from(payload), { qos: 1 }, () => resolve()));
  return Promise.race([sent, closed]);
}

function shown({ seq, nack }: Answer): string {
  return nack === undefined ? `${seq}` : `${seq} ${nack}`;
}
