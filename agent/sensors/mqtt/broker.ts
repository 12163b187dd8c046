/**
 * broker: one connection to a broker for all sensors that it has messages for.
 *
 * It is there while somebody wants messages. When it ends, all are told, and whoever comes first makes a new one:
 * the sampler's back-off paces that, not the library.
 */
import { readFile } from "node:fs/promises";
import type { MqttClient } from "mqtt";
import type { Fault } from "../../../protocol/index.ts";
import { type DriverContext, deviceFault } from "../contract.ts";
import { connectFault, lost, noAnswer, topicRefused } from "./trouble.ts";

export interface Login {
  readonly broker: URL;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly password_file?: string | undefined;
  readonly ca_file?: string | undefined;
}

export interface Message {
  readonly payload: Uint8Array;
  readonly isRetained: boolean;
}

export interface Subscriber {
  /** Without wildcards. */
  readonly topic: string;
  readonly qos: 0 | 1;
  readonly message: (message: Message) => void;
  /** The connection has ended; nothing more will come. */
  readonly down: (fault: Fault) => void;
}

const OPEN_WITHIN_MS = 15_000;
const KEEPALIVE_SECONDS = 30;

export class Broker {
  readonly #login: Login;
  readonly #pause: DriverContext["pause"];
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  #client: Promise<MqttClient> | undefined;

  constructor(login: Login, pause: DriverContext["pause"]) {
    this.#login = login;
    this.#pause = pause;
  }

  /** Resolves when messages will come. @throws Fault of `trouble.ts`. */
  async join(subscriber: Subscriber): Promise<void> {
    const { topic, qos } = subscriber;
    const others = this.#subscribers.get(topic) ?? new Set();
    this.#subscribers.set(topic, others.add(subscriber));
    try {
      this.#client ??= this.#connect();
      await subscribe(await this.#client, this.#login.broker, topic, qos);
    } catch (error) {
      this.leave(subscriber);
      throw error;
    }
  }

  /** May be called twice. */
  leave(subscriber: Subscriber): void {
    const others = this.#subscribers.get(subscriber.topic);
    if (!others?.delete(subscriber)) return;
    if (others.size === 0) this.#subscribers.delete(subscriber.topic);
    const client = this.#client;
    if (this.#subscribers.size === 0) this.#client = undefined;
    void client?.then(
      (connected) => {
        if (this.#client !== client) connected.end(true);
        else if (!this.#subscribers.has(subscriber.topic)) connected.unsubscribe(subscriber.topic);
      },
      () => {}, // whoever joined has the fault
    );
  }

  #connect(): Promise<MqttClient> {
    const opening = connect(this.#login, this.#pause).then((client) => {
      client.on("message", (topic, payload, { retain }) => {
        for (const { message } of this.#subscribers.get(topic) ?? []) message({ payload, isRetained: retain });
      });
      client.once("close", () => this.#down(opening));
      return client;
    });
    opening.catch(() => this.#forget(opening)); // whoever joined has the fault
    return opening;
  }

  /** The end of a connection that nobody wanted any more concerns nobody. */
  #down(client: Promise<MqttClient>): void {
    if (!this.#forget(client)) return;
    const all = [...this.#subscribers.values()].flatMap((subscribers) => [...subscribers]);
    this.#subscribers.clear();
    for (const { down } of all) down(lost(this.#login.broker));
  }

  #forget(client: Promise<MqttClient>): boolean {
    const isOurs = this.#client === client;
    if (isOurs) this.#client = undefined;
    return isOurs;
  }
}

async function connect({ broker, user, password, password_file, ca_file }: Login, pause: DriverContext["pause"]): Promise<MqttClient> {
  const secret = password_file === undefined ? password : (await read(password_file)).trim();
  const ca = ca_file === undefined ? undefined : await read(ca_file);
  const { default: library } = await import("mqtt");
  const client = library.connect(broker.href, {
    clean: true,
    reconnectPeriod: 0,
    keepalive: KEEPALIVE_SECONDS,
    connectTimeout: 2 * OPEN_WITHIN_MS, // ours comes first
    resubscribe: false,
    ...(user !== undefined && { username: user }),
    ...(secret !== undefined && { password: secret }),
    ...(ca !== undefined && { ca: [ca] }),
  });
  client.on("error", () => undefined); // one that nobody listens for would end the process
  const opened = new AbortController();
  const late = pause(OPEN_WITHIN_MS, opened.signal).then(
    () => {
      throw noAnswer(broker);
    },
    () => new Promise<never>(() => {}), // it is open, or has failed
  );
  try {
    await Promise.race([connected(client, broker), late]);
    return client;
  } catch (error) {
    client.end(true);
    throw error;
  } finally {
    opened.abort();
  }
}

function connected(client: MqttClient, broker: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", (error) => reject(connectFault(broker, error)));
    client.once("close", () => reject(connectFault(broker, undefined)));
  });
}

/** Rejects where the connection ends before the answer: the caller must not wait for ever. */
function subscribe(client: MqttClient, broker: URL, topic: string, qos: 0 | 1): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(lost(broker));
    client.once("close", gone);
    client.subscribe(topic, { qos }, (error, granted) => {
      client.removeListener("close", gone);
      if (!error && granted?.every((each) => each.qos < 128)) resolve();
      else reject(topicRefused(broker, topic));
    });
  });
}

async function read(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error) => {
    throw deviceFault(error, file);
  });
}
