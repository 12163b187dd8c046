/**
 * broker-bench: an open embedded broker on a free port, its clock in the test's hand, with everything it reported.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import type { Broker, BrokerHandlers, Publish } from "../../../collector/broker/contract.ts";
import { createEmbeddedBroker, type EmbeddedBrokerOptions } from "../../../collector/broker/embedded.ts";
import { DEFAULT_PREFIX, type Fault } from "../../../protocol/index.ts";
import { type ManualClock, manualClock } from "../../support/manual-clock.ts";
import { quietLog } from "../../support/quiet-log.ts";
import { seededRandom } from "../../support/seeded-random.ts";

export interface Bench extends Recording, Pick<Clients, "client">, AsyncDisposable {
  readonly broker: Broker;
  readonly clock: ManualClock;
  readonly port: number;
  /** A raw TCP connection; what it receives is in `received`. */
  raw(): Promise<RawClient>;
}

export interface RawClient {
  readonly socket: Socket;
  received(): Buffer;
  /** Resolves when at least `count` bytes were received. */
  bytes(count: number): Promise<Buffer>;
  readonly closed: Promise<unknown>;
}

interface BenchOptions extends Partial<EmbeddedBrokerOptions> {
  readonly onPublish?: BrokerHandlers["onPublish"];
}

export async function openBench({ onPublish, ...options }: BenchOptions = {}): Promise<Bench> {
  const clock = manualClock();
  const environment = { clock: clock.clock, random: seededRandom("broker", 1), log: quietLog() };
  const broker = createEmbeddedBroker({ host: "127.0.0.1", port: 0, prefix: DEFAULT_PREFIX, environment, ...options });
  const record = recording(onPublish);
  await broker.open(record.handlers);
  const port = Number(new URL(broker.url).port);
  const clients = clientsOf(() => broker.url);
  const sockets: Socket[] = [];

  return {
    broker,
    clock,
    port,
    ...record,
    client: clients.client,
    async raw() {
      const socket = connect({ port, host: "127.0.0.1" });
      sockets.push(socket);
      await once(socket, "connect");
      return rawClient(socket);
    },
    async [Symbol.asyncDispose]() {
      clients.close();
      for (const socket of sockets) socket.destroy();
      await broker.close();
    },
  };
}

/** All that a broker tells the collector. */
export interface Recording {
  /** In the order in which they came: `connected a`, `disconnected a`, `refused code from`, `publish a/batch text`. */
  readonly events: readonly string[];
  readonly refused: readonly Fault[];
  readonly published: readonly Publish[];
  /** Resolves when an event, past or to come, begins with `start`. */
  event(start: string): Promise<string>;
}

export function recording(onPublish: BrokerHandlers["onPublish"] = async () => {}): Recording & { readonly handlers: BrokerHandlers } {
  const [events, refused, published] = [[] as string[], [] as Fault[], [] as Publish[]];
  const waiting = new Set<() => void>();
  const note = (event: string) => {
    events.push(event);
    for (const look of [...waiting]) look();
  };
  const handlers: BrokerHandlers = {
    onPublish(publish) {
      published.push(publish);
      note(`publish ${publish.agent}/${publish.channel} ${Buffer.from(publish.payload).toString("latin1").slice(0, 40)}`);
      return onPublish(publish);
    },
    onRefused(fault, from) {
      refused.push(fault);
      note(`refused ${fault.code} ${from}`);
    },
    onConnected: (agent) => note(`connected ${agent}`),
    onDisconnected: (agent) => note(`disconnected ${agent}`),
  };
  const event = (start: string) =>
    new Promise<string>((resolve) => {
      const look = () => {
        const found = events.find((event) => event.startsWith(start));
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { handlers, events, refused, published, event };
}

export interface Clients {
  /** mqtt.js, MQTT 3.1.1, no reconnect; resolves when it is connected. */
  client(id: string, options?: IClientOptions): Promise<MqttClient>;
  close(): void;
}

/** @param url asked at each connection: the broker may have moved. */
export function clientsOf(url: () => string): Clients {
  const clients: MqttClient[] = [];
  return {
    async client(clientId, extra = {}) {
      const client = mqtt.connect(url(), { clientId, protocolVersion: 4, clean: true, reconnectPeriod: 0, ...extra });
      client.on("error", () => {}); // a refusal is asserted by what the broker reports
      clients.push(client);
      await new Promise<void>((resolve, reject) => {
        client.once("connect", () => resolve());
        client.once("close", () => reject(new Error("not connected")));
      });
      return client;
    },
    close() {
      for (const client of clients) client.end(true);
    },
  };
}

function rawClient(socket: Socket): RawClient {
  const chunks: Buffer[] = [];
  const waiting = new Set<() => void>();
  socket.on("error", () => {}); // a reset is one of the ways to be cut off
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    for (const look of [...waiting]) look();
  });
  return {
    socket,
    received: () => Buffer.concat(chunks),
    bytes: (count) =>
      new Promise((resolve) => {
        const look = () => {
          const all = Buffer.concat(chunks);
          if (all.length < count) return;
          waiting.delete(look);
          resolve(all);
        };
        waiting.add(look);
        look();
      }),
    closed: new Promise((resolve) => socket.once("close", resolve)),
  };
}

/** Resolves when the client is cut off, or says goodbye. */
export function closeOf(client: MqttClient): Promise<void> {
  return new Promise((resolve) => client.once("close", resolve));
}

/** The next message that arrives. */
export function messageOf(client: MqttClient): Promise<{ topic: string; payload: Buffer }> {
  return new Promise((resolve) => client.once("message", (topic, payload) => resolve({ topic, payload })));
}

/** A promise to be resolved by hand: a commit that takes as long as the test wants. */
export function held(): { readonly promise: Promise<void>; readonly release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, release: () => resolve() };
}
