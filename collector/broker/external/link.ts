/**
 * link: one connection to a broker that stands elsewhere, used as a pipe and never as a queue.
 *
 * - mqtt.js keeps nothing for us: no reconnect of its own (a lost connection is a new client object), nothing queued
 *   while there is none, and no PUBACK of its own. It would take one message at a time, and group commits would have a
 *   size of one; so each message is let go at once, and answered here after its commit, in the order of arrival.
 * - A message that is not answered when the connection ends is the broker's again: it sends it to a session that it
 *   kept (replica), or drops it (clean session), and the agent, which has no ack, sends it once more.
 * - MQTT 3.1.1, which every broker speaks. The bounds that version 5 would ask the broker for are kept here.
 */
import { type Socket, connect as tcp } from "node:net";
import { connect as tls } from "node:tls";
import { type IClientOptions, MqttClient } from "mqtt";
import { Fault } from "../../../protocol/index.ts";
import { cutPackets } from "./cut-packets.ts";
import { Inbox } from "./inbox.ts";

export interface LinkOptions {
  readonly url: string;
  readonly clientId: string;
  /** The broker keeps the subscriptions and what comes meanwhile. */
  readonly keepsSession: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** PEM of the authority to trust; undefined = those of the system. */
  readonly ca: string | undefined;
  /** Retained by the broker when this connection ends, however. */
  readonly will: { readonly topic: string; readonly payload: Uint8Array } | undefined;
  /** Called in the order of arrival; the PUBACK waits for it. Never rejects. */
  readonly onMessage: (message: Message) => Promise<void>;
}

export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** The broker kept it from before the subscription. */
  readonly retain: boolean;
}

const KEEPALIVE_SECONDS = 30;
const TCP_KEEPALIVE_MS = 60_000;
/** Far beyond ours, which come first. */
const LIBRARY_TIMEOUT_MS = 120_000;
/** To a broker that does not read: beyond this acks are dropped; agents resend, and they are made again. */
const UNREAD_BYTES = 1024 * 1024;
/** Tells mqtt.js to send no PUBACK (its tests call it so), and to go on. */
const ANSWERED_LATER = new Error("answered after the commit");

export class Link {
  readonly url: string;
  /** Resolves when it is down, whatever ended it. Never rejects. */
  readonly down: Promise<Fault>;
  readonly #client: MqttClient;
  readonly #end = Promise.withResolvers<Fault>();
  #wasOpen = false;
  #isDown = false;

  constructor(options: LinkOptions) {
    this.url = options.url;
    this.down = this.#end.promise;
    this.#client = new MqttClient(() => openSocket(options), clientOptions(options));
    this.#client.once("connect", () => {
      this.#wasOpen = true;
    });
    this.#client.on("error", (error) => this.#fail(this.#wasOpen ? endedBy(this.url, error) : faultOf(this.url, error)));
    this.#client.on("close", () => this.#fail(lost(this.url)));
    const inbox = new Inbox();
    this.#client.handleMessage = (packet, next) => {
      if (this.#isDown) return next(ANSWERED_LATER); // what was read ahead: the broker has it still
      const { topic, payload, retain, qos, messageId } = packet;
      const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
      const answer = qos === 1 && messageId !== undefined ? () => this.#puback(messageId) : () => undefined;
      inbox.add(bytes.length, options.onMessage({ topic, payload: bytes, retain }), answer);
      inbox.whenRoom(() => next(ANSWERED_LATER));
    };
  }

  /** Resolves once the broker let us in. @throws Fault `broker_unreachable`, `broker_refused`. */
  opened(): Promise<void> {
    return this.#orDown((done) => this.#client.once("connect", () => done()));
  }

  /** @throws Fault `subscription_refused`, `connection_lost`. */
  async subscribe(topics: readonly string[]): Promise<void> {
    const isAllowed = await this.#orDown<boolean>((done) => {
      this.#client.subscribe([...topics], { qos: 1 }, (error, granted) => {
        const isAnswered = error === null || ("packet" in error && error.packet !== undefined); // else the connection ended
        if (isAnswered) done(error === null && granted?.every(({ qos }) => qos < 128) === true);
      });
    });
    if (!isAllowed) throw subscriptionRefused(this.url, topics);
  }

  /** Resolves when the broker has dealt with all that was sent before, and we with what it sent meanwhile. */
  roundTrip(topic: string): Promise<void> {
    return this.#orDown((done) => this.#client.unsubscribe(topic, (error) => !error && done()));
  }

  /** Retained, at QoS 1; resolves at the PUBACK. */
  keep(topic: string, payload: Uint8Array): Promise<void> {
    return this.#orDown((done) => this.#client.publish(topic, Buffer.from(payload), { qos: 1, retain: true }, (error) => !error && done()));
  }

  /** At QoS 0; false where the broker is gone or does not read. */
  send(topic: string, payload: Uint8Array): boolean {
    const { connected, stream } = this.#client;
    if (!connected || this.#isDown || stream.destroyed || stream.writableLength > UNREAD_BYTES) return false;
    this.#client.publish(topic, Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength), { qos: 0 }, () => undefined);
    return true;
  }

  /** Without a goodbye, so that the broker tells the will. */
  close(why: Fault = lost(this.url)): void {
    this.#fail(why);
  }

  #fail(why: Fault): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#end.resolve(why);
    this.#client.end(true);
  }

  #puback(id: number): void {
    const { stream } = this.#client;
    if (!this.#isDown && !stream.destroyed) stream.write(Buffer.of(0x40, 2, id >> 8, id & 255)); // MQTT 3.1.1, 3.4
  }

  #orDown<T = void>(start: (done: (value: T) => void) => void): Promise<T> {
    const down = this.down.then((fault) => {
      throw fault;
    });
    return Promise.race([new Promise<T>((resolve) => start(resolve)), down]);
  }
}

function clientOptions({ clientId, keepsSession, user, password, will }: LinkOptions): IClientOptions {
  return {
    clientId,
    protocolVersion: 4,
    clean: !keepsSession,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    keepalive: KEEPALIVE_SECONDS,
    connectTimeout: LIBRARY_TIMEOUT_MS,
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
    ...(will !== undefined && { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true } }),
  };
}

/** What mqtt.js reads comes through the cutter; what it writes goes straight out. */
function openSocket({ url, ca }: LinkOptions): Socket {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const options = { host, port: Number(port), noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS };
  const named = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
  const socket: Socket = protocol === "mqtts:" ? tls({ ...options, ...named, ...(ca !== undefined && { ca }) }) : tcp(options);
  const cut = socket.pipe(cutPackets());
  cut.on("error", (fault) => socket.destroy(fault));
  socket.pipe = (to) => cut.pipe(to); // the one door through which mqtt.js reads
  return socket;
}

/** A numeric code is the broker's return code in CONNACK (3.1.1, 3.2.2.3): it refused us, and asking again soon will not help. */
function faultOf(url: string, error: Error & { code?: unknown }): Fault {
  if (error instanceof Fault) return error;
  if (typeof error.code === "number") {
    return new Fault("broker_refused", `${url}: expected to be let in, got "${error.message}"`, {
      cause: error,
      hint: "check user, password_file and client_id of `broker:`, and what the broker's log says",
    });
  }
  const got = error.message || (typeof error.code === "string" ? error.code : "a closed connection");
  return new Fault("broker_unreachable", `${url}: expected a broker, got ${got}`, {
    cause: error,
    retry: true,
    hint: "is the broker running and `broker.url` right? It is looked for again and again; agents keep their readings meanwhile",
  });
}

export function silent(url: string): Fault {
  return new Fault("broker_unreachable", `${url}: expected a broker, got no answer in time`, {
    retry: true,
    hint: "is it an MQTT broker that listens there, and is TLS on or off on both sides?",
  });
}

function subscriptionRefused(url: string, topics: readonly string[]): Fault {
  return new Fault("subscription_refused", `${url}: expected to be allowed to read ${topics.join(", ")}`, {
    hint: "give the collector's user these rights at the broker (collector/broker/README.md has a sample)",
  });
}

function endedBy(url: string, error: Error): Fault {
  return error instanceof Fault ? error : lost(url, error);
}

function lost(url: string, cause?: Error): Fault {
  const why = cause === undefined ? "" : ` (${cause.message})`;
  return new Fault("connection_lost", `${url}: the connection to the broker ended${why}`, {
    cause,
    retry: true,
    hint: "it is looked for again and again; agents keep their readings meanwhile",
  });
}
