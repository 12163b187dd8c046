/**
 * link: one connection to the broker, used as a pipe and never as a queue.
 *
 * The MQTT library holds nothing for us: it drops silently what it queues offline (measured: 4,465 of 70,000),
 * so a message is handed to it only while connected, and a lost connection is a new client object.
 */
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { agentTopic, encodeAgentStatus, Fault } from "../../protocol/index.ts";

export interface LinkOptions {
  readonly url: string;
  readonly prefix: string;
  readonly agent: string;
  readonly session: string;
  readonly onAnswer: (payload: Uint8Array) => void;
  /** Called once, whatever ended the connection. */
  readonly onDown: (fault: Fault) => void;
}

export interface Link {
  /** Resolves at the PUBACK: the broker has it. Never resolves where the connection ends first. */
  publish(channel: "hello" | "batch" | "status", payload: Uint8Array): Promise<void>;
  close(): void;
}

const KEEPALIVE_SECONDS = 30;
const CONNECT_TIMEOUT_MS = 15_000;

/** Connects, subscribes to the answers, and says online. @throws Fault `unreachable`, `refused`. */
export async function openLink(options: LinkOptions): Promise<Link> {
  const { url, prefix, agent, session } = options;
  const statusTopic = agentTopic(prefix, agent, "status");
  const client = connect(url, {
    clientId: agent,
    clean: true,
    reconnectPeriod: 0,
    keepalive: KEEPALIVE_SECONDS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    queueQoSZero: false,
    resubscribe: false,
    will: { topic: statusTopic, payload: Buffer.from(encodeAgentStatus({ online: false, session })), qos: 1, retain: true },
  } satisfies IClientOptions);
  await connected(client, url);
  const down = downOnce(client, options);
  client.on("message", (_topic, payload) => options.onAnswer(payload));
  await subscribed(client, agentTopic(prefix, agent, "ack"), down);
  const publish = (topic: string, payload: Uint8Array, retain: boolean) =>
    new Promise<void>((resolve) => {
      client.publish(topic, Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength), { qos: 1, retain }, (error) => {
        if (!error) resolve();
      });
    });
  void publish(statusTopic, encodeAgentStatus({ online: true, session }), true);
  return {
    publish: (channel, payload) => publish(agentTopic(prefix, agent, channel), payload, channel === "status"),
    close: () => client.end(true),
  };
}

function connected(client: MqttClient, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error?: Error & { code?: unknown }) => {
      client.removeAllListeners();
      client.on("error", () => undefined);
      client.end(true);
      reject(connectFault(url, error));
    };
    client.once("connect", () => {
      client.removeAllListeners("error");
      client.removeAllListeners("close");
      resolve();
    });
    client.once("error", fail);
    client.once("close", () => fail());
  });
}

/** A numeric code is the broker's return code in CONNACK: it refused us, and asking again soon will not help. */
function connectFault(url: string, error: (Error & { code?: unknown }) | undefined): Fault {
  if (typeof error?.code === "number") {
    return new Fault("refused", `${url}: expected to be let in, got "${error.message}"`, {
      cause: error,
      hint: "check the agent's name and rights at the collector",
    });
  }
  return new Fault("unreachable", `${url}: expected a collector, got ${error?.message || "a closed connection"}`, {
    cause: error,
    retry: true,
    hint: "is the collector running and `collector:` right? Readings are kept in the spool meanwhile",
  });
}

function downOnce(client: MqttClient, { url, onDown }: LinkOptions): (reason: string) => void {
  let isDown = false;
  const down = (reason: string) => {
    if (isDown) return;
    isDown = true;
    client.end(true);
    onDown(new Fault("connection_lost", `${url}: ${reason}`, { retry: true }));
  };
  client.on("error", (error) => down(error.message));
  client.on("close", () => down("the connection ended"));
  return down;
}

function subscribed(client: MqttClient, topic: string, down: (reason: string) => void): Promise<void> {
  return new Promise((resolve) => {
    client.subscribe(topic, { qos: 0 }, (error, granted) => {
      if (!error && granted?.every(({ qos }) => qos < 128)) resolve();
      else down("the broker refused the subscription to the acks");
    });
  });
}
