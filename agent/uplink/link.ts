/**
 * link: one connection to the broker, used as a pipe and never as a queue.
 *
 * The MQTT library holds nothing for us: it drops silently what it queues offline (measured: 4,465 of 70,000),
 * so a message is handed to it only while connected, and a lost connection is a new client object.
 */
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { agentTopic, type Clock, encodeAgentStatus, Fault, MICROS_PER_MS, micros } from "../../protocol/index.ts";

export interface LinkOptions {
  readonly url: string;
  readonly prefix: string;
  readonly agent: string;
  readonly session: string;
  readonly clock: Clock;
  /** Ends the attempt to connect; an open link is ended by `close`. */
  readonly signal: AbortSignal;
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
/** From the first packet to the subscription: a port that swallows packets, a broker that never answers. */
const OPEN_WITHIN = micros(15_000_000);

/** Connects, subscribes to the answers, and says online. @throws Fault `unreachable`, `refused`, `connection_lost`. */
export async function openLink(options: LinkOptions): Promise<Link> {
  const { url, prefix, agent, session } = options;
  const statusTopic = agentTopic(prefix, agent, "status");
  const client = connect(url, {
    clientId: agent,
    clean: true,
    reconnectPeriod: 0,
    keepalive: KEEPALIVE_SECONDS,
    connectTimeout: (2 * OPEN_WITHIN) / MICROS_PER_MS, // ours comes first
    queueQoSZero: false,
    resubscribe: false,
    will: { topic: statusTopic, payload: Buffer.from(encodeAgentStatus({ online: false, session })), qos: 1, retain: true },
  } satisfies IClientOptions);
  client.on("error", () => undefined); // one that nobody listens for would end the process
  await inTime(client, options, async () => {
    await connected(client, url);
    client.on("message", (_topic, payload) => options.onAnswer(payload));
    await subscribed(client, agentTopic(prefix, agent, "ack"), url);
  });
  reportDown(client, options);
  const publish = (topic: string, payload: Uint8Array, retain: boolean) =>
    new Promise<void>((resolve) => {
      if (!client.connected || client.disconnecting || client.disconnected) return; // ended while the spool was asked for the bytes
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

/** Opens, or gives the client up: after a while without an end, and when nobody wants it any more. */
async function inTime(client: MqttClient, { url, clock, signal }: LinkOptions, open: () => Promise<void>): Promise<void> {
  const givenUp = Promise.withResolvers<never>();
  const timer = clock.after("connect", OPEN_WITHIN, () => givenUp.reject(unreachable(url, "no answer in time")));
  const stop = () => givenUp.reject(lost(url, "the agent stops"));
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([open(), givenUp.promise]);
  } catch (error) {
    client.end(true); // never removeAllListeners: the library's own stop its timers, which would keep the process alive
    throw error;
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", stop);
  }
}

function connected(client: MqttClient, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error?: Error & { code?: unknown }) => reject(connectFault(url, error));
    client.once("connect", () => resolve());
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
  return unreachable(url, error?.message || "a closed connection", error);
}

function unreachable(url: string, what: string, cause?: Error): Fault {
  return new Fault("unreachable", `${url}: expected a collector, got ${what}`, {
    cause,
    retry: true,
    hint: "is the collector running and `collector:` right? Readings are kept in the spool meanwhile",
  });
}

function reportDown(client: MqttClient, { url, onDown }: LinkOptions): void {
  let isDown = false;
  const down = (reason: string) => {
    if (isDown) return;
    isDown = true;
    client.end(true);
    onDown(lost(url, reason));
  };
  client.on("error", (error) => down(error.message));
  client.on("close", () => down("the connection ended"));
  if (!client.connected) down("the connection ended");
}

/** Rejects where the connection ends before the answer: the caller must not wait for ever. */
function subscribed(client: MqttClient, topic: string, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(lost(url, reason));
    client.once("close", () => fail("the connection ended before the subscription to the acks"));
    client.subscribe(topic, { qos: 0 }, (error, granted) => {
      if (!error && granted?.every(({ qos }) => qos < 128)) resolve();
      else fail("the broker refused the subscription to the acks");
    });
  });
}

function lost(url: string, reason: string): Fault {
  return new Fault("connection_lost", `${url}: ${reason}`, { retry: true });
}
