/**
 * embedded: the broker inside the collector, so that a first installation needs nothing beside it.
 *
 * - aedes speaks MQTT; this file decides who may do what, and answers a publish after its commit: the handler
 *   is awaited inside `authorizePublish`, for aedes writes the PUBACK before any later hook.
 * - What agents publish is consumed here. Nobody may subscribe to it, and none of it is retained.
 * - MQTT 3.1 and 3.1.1: aedes 1.2 refuses version 5, and the protocol never needs it.
 * - A client that oversteps is cut off without PUBACK (3.1.1 knows no other way to refuse a publish); a
 *   subscription that is not allowed is answered with failure (0x80). Either is reported with its code.
 * - Presence is kept here, by socket: aedes forgets a client whose successor dies during its handshake.
 */
import { createServer, type Server, type Socket } from "node:net";
import { Aedes, type Client, type ConnectPacket, type PublishPacket, type Subscription } from "aedes";
import { agentTopic, bug, collectorStatusTopic, Fault, LIMITS } from "../../protocol/index.ts";
import type { Broker, BrokerHandlers, BrokerOptions, EmbeddedPlace } from "./contract.ts";
import { refuseConnect, refusePublish, refuseSubscribe, tooManyTopics, upChannel } from "./embedded/authorize.ts";
import { cutOffFault } from "./embedded/cut-off.ts";
import { guardSocket } from "./embedded/guarded-socket.ts";
import { listen } from "./embedded/listen.ts";
import { Session } from "./embedded/session.ts";

export interface EmbeddedBrokerOptions extends Pick<BrokerOptions, "prefix" | "environment">, Omit<EmbeddedPlace, "kind"> {
  /** Further ones are dropped at once and reported. Default: 20,000, so that 10,000 agents come back before their old connections are found dead. */
  readonly maxConnections?: number;
}

export function createEmbeddedBroker(options: EmbeddedBrokerOptions): Broker {
  return new EmbeddedBroker(options);
}

type Done = (error?: Error | null) => void;
type Authenticated = (error: (Error & { returnCode: number }) | null, success: boolean | null) => void;

/** CONNACK return codes, MQTT 3.1.1, 3.2.2.3. */
const IDENTIFIER_REJECTED = 2;
const NOT_AUTHORIZED = 5;

/** Half-open connections are found by TCP itself, whatever keepalive a client asked for. */
const TCP_KEEPALIVE_MS = 60_000;

/** Acks to an agent that does not read are dropped beyond this; it resends, and they are made again. */
const UNREAD_BYTES = 256 * 1024;

const CLOSED = new Error("the broker is closed");

class EmbeddedBroker implements Broker {
  readonly connected = new Set<string>();
  /** It stands and falls with this process. */
  readonly isReplica = false;
  readonly trouble = undefined;
  readonly #options: EmbeddedBrokerOptions;
  readonly #open = new Set<Session>();
  readonly #sessions = new WeakMap<Client, Session>(); // aedes asks about clients that are gone already
  readonly #present = new Map<string, Session>();
  #server: Server | undefined;
  #aedes: Aedes | undefined;
  #handlers: BrokerHandlers | undefined;
  #port: number;
  #isClosing = false;
  #closed: Promise<void> | undefined;

  constructor(options: EmbeddedBrokerOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  get url(): string {
    const { host } = this.#options;
    return `mqtt://${host.includes(":") ? `[${host}]` : host}:${this.#port}`;
  }

  async open(handlers: BrokerHandlers): Promise<void> {
    this.#handlers = handlers;
    const aedes = await Aedes.createBroker(this.#hooks());
    const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS });
    this.#aedes = aedes;
    this.#server = server;
    aedes.on("client", (client) => this.#enter(client));
    aedes.on("clientError", (client, error) => this.#cutOff(client, error));
    aedes.on("connectionError", (client, error) => this.#cutOff(client, error));
    server.maxConnections = this.#options.maxConnections ?? 20_000;
    server.on("connection", (socket) => this.#accept(socket, aedes));
    server.on("drop", (drop) => this.#drop(`${drop?.remoteAddress}:${drop?.remotePort}`));
    try {
      this.#port = await listen(server, this.#options.host, this.#options.port);
    } catch (error) {
      await this.close(); // a broker that did not open leaves no timer behind
      throw error;
    }
    server.on("error", (cause) => handlers.onRefused(acceptFault(cause), "unknown"));
  }

  publishTo(agent: string, channel: "ack", payload: Uint8Array): boolean {
    const session = this.#present.get(agent);
    if (session?.client === undefined || !session.listening || session.socket.destroyed) return false;
    if (session.socket.writableLength > UNREAD_BYTES) return false;
    session.client.publish(message(agentTopic(this.#options.prefix, agent, channel), payload, false), () => {});
    return true;
  }

  publishStatus(payload: Uint8Array): void {
    const aedes = this.#aedes ?? bug("publishStatus before open");
    aedes.publish(message(collectorStatusTopic(this.#options.prefix), payload, true), () => {});
  }

  close(): Promise<void> {
    this.#isClosing = true; // first of all: wills that fire from here on are not deaths of agents
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const [server, aedes] = [this.#server, this.#aedes];
    if (server === undefined) return;
    const ended = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const { socket } of this.#open) socket.destroy();
    if (aedes !== undefined) await new Promise<void>((resolve) => aedes.close(resolve));
    await ended;
  }

  #hooks(): ConstructorParameters<typeof Aedes>[0] {
    return {
      connectTimeout: 2 ** 31 - 1, // the guard's timer decides, through the handed clock
      maxTopicLevels: 8,
      preConnect: (client, packet, done) => this.#preConnect(client, packet, done),
      authenticate: (client, _user, _password, done) => this.#authenticate(client, done as Authenticated),
      authorizePublish: (client, packet, done) => this.#authorizePublish(client, packet, done),
      authorizeSubscribe: (client, subscription, done) => this.#authorizeSubscribe(client, subscription, done),
    };
  }

  #accept(socket: Socket, aedes: Aedes): void {
    const session = new Session(socket);
    this.#open.add(session);
    socket.once("close", () => this.#leave(session));
    guardSocket(socket, {
      clock: this.#options.environment.clock,
      mayRead: () => session.mayRead(),
      refuse: (fault) => this.#refuse(session, fault),
    });
    this.#sessions.set(aedes.handle(socket), session);
  }

  #drop(from: string): void {
    const limit = this.#server?.maxConnections;
    const fault = new Fault("too_many_connections", `mqtt: expected at most ${limit} connections`, { retry: true });
    this.#handlers?.onRefused(fault, from);
  }

  /** The only hook that sees the whole CONNECT; `authenticate` is the one that can answer it. */
  #preConnect(client: Client, packet: ConnectPacket, done: (error: Error | null, success: boolean) => void): void {
    const session = this.#session(client);
    session.state = "deciding"; // aedes would take further packets as if it had decided
    session.refusal = refuseConnect(this.#options.prefix, packet);
    if (session.refusal === undefined) session.agent = packet.clientId;
    done(null, true);
  }

  #authenticate(client: Client, done: Authenticated): void {
    const session = this.#session(client);
    if (session.refusal === undefined) {
      session.state = "accepted";
      done(null, true);
      return;
    }
    const returnCode = session.refusal.code === "client_id_not_allowed" ? IDENTIFIER_REJECTED : NOT_AUTHORIZED;
    done(Object.assign(this.#refuse(session, session.refusal), { returnCode }), false);
  }

  #authorizePublish(client: Client | null, packet: PublishPacket, done: Done): void {
    const session = client === null ? undefined : this.#session(client);
    const isWill = packet.cmd !== "publish";
    const isAlive = client?.closed === false; // aedes' sweep for the wills of dead brokers must not bury the living
    if (session === undefined || this.#isClosing || (isWill && isAlive)) done(CLOSED);
    else this.#consume(session, packet, done);
  }

  #consume(session: Session, packet: PublishPacket, done: Done): void {
    const { agent = bug("a client without a name was let in") } = session;
    const handlers = this.#handlers ?? bug("a publish before open");
    const fault = refusePublish(this.#options.prefix, agent, packet);
    if (fault !== undefined) {
      done(this.#refuse(session, fault));
      return;
    }
    const channel = upChannel(this.#options.prefix, agent, packet.topic) ?? bug(`${packet.topic} was authorized`);
    const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
    const handled = handlers.onPublish({ agent, channel, payload, retain: packet.retain });
    packet.retain = false; // consumed: aedes keeps nothing of it
    session.answerInOrder(payload.length, handled, () => done(this.#isClosing ? CLOSED : null));
  }

  #authorizeSubscribe(
    client: Client,
    subscription: Subscription,
    done: (error: Error | null, granted?: Subscription | null) => void,
  ): void {
    const session = this.#session(client);
    const agent = session.agent ?? bug("a client without a name was let in");
    const asked = session.askTopic();
    if (asked > LIMITS.topicsPerSubscribe) {
      if (asked === LIMITS.topicsPerSubscribe + 1) this.#refuse(session, tooManyTopics(agent)); // for all that follow
      done(null, null);
      return;
    }
    const fault = refuseSubscribe(this.#options.prefix, agent, subscription);
    if (fault !== undefined) {
      this.#refuse(session, fault);
      done(null, null);
      return;
    }
    session.listening ||= subscription.topic === agentTopic(this.#options.prefix, agent, "ack");
    done(null, subscription);
  }

  /** A newer connection of the same agent takes the place of the older one, which is closed. */
  #enter(client: Client): void {
    const session = this.#session(client);
    const agent = session.agent ?? bug("a client without a name was registered");
    const before = this.#present.get(agent);
    session.client = client;
    if (before !== undefined) {
      before.socket.destroy();
      this.#absent(agent);
    }
    if (session.socket.destroyed) return;
    this.#present.set(agent, session);
    this.connected.add(agent);
    this.#handlers?.onConnected(agent);
  }

  #leave(session: Session): void {
    this.#open.delete(session);
    if (session.agent !== undefined && this.#present.get(session.agent) === session) this.#absent(session.agent);
  }

  #absent(agent: string): void {
    this.#present.delete(agent);
    this.connected.delete(agent);
    this.#handlers?.onDisconnected(agent);
  }

  #cutOff(client: Client, error: Error): void {
    if (client.closed || this.#isClosing) return;
    const session = this.#session(client);
    const fault = cutOffFault(error, session.name);
    if (fault !== undefined) this.#refuse(session, fault);
  }

  #refuse(session: Session, fault: Fault): Fault {
    this.#handlers?.onRefused(fault, session.name);
    return fault;
  }

  #session(client: Client): Session {
    return this.#sessions.get(client) ?? bug("a client of aedes without a session");
  }
}

/** QoS 0, without a copy of the payload. */
function message(topic: string, payload: Uint8Array, retain: boolean): PublishPacket {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  return { cmd: "publish", topic, payload: bytes, qos: 0, retain, dup: false };
}

function acceptFault(cause: Error): Fault {
  return new Fault("accept_failed", `mqtt: a connection could not be accepted: ${cause.message}`, {
    retry: true,
    hint: "raise the limit of open files (LimitNOFILE=)",
    cause,
  });
}
