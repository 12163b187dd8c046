/**
 * external: the collector behind a broker that stands elsewhere, so that other devices and programs can share it.
 *
 * - Who an agent is, its topic says: the broker's access list vouches that nobody publishes under another name.
 * - The broker's PUBACK to an agent says nothing about the collector. Ours to the broker follows the commit; what it
 *   dropped, the agent sends again, for it has no ack. So the session is clean: the broker keeps nothing for us that
 *   would come back late. Nobody sends again for a replica, so its session is kept.
 * - What cannot be read, or is too big, is counted, answered and forgotten: unanswered, it would come again for ever.
 * - While the broker is away the collector lives on, says so once, and looks for it: full jitter up to a minute.
 * - One collector a prefix. Another one is known by its retained status; only a replica may stand beside it, and it
 *   says nothing. A status of our own that was left behind (we were killed) is no hindrance.
 */
import {
  agentTopic,
  bug,
  collectorStatusTopic,
  decodeAgentStatus,
  decodeCollectorStatus,
  Fault,
  isFault,
  MICROS_PER_MS,
  micros,
  parseTopic,
  UP_CHANNELS,
} from "../../protocol/index.ts";
import { type Broker, type BrokerHandlers, type BrokerOptions, type ExternalPlace, PAYLOAD_BYTES } from "./contract.ts";
import { Link, type Message, silent } from "./external/link.ts";
import { Presence } from "./external/presence.ts";
import { brokerSecrets } from "./external/secrets.ts";

export function createExternalBroker(place: ExternalPlace, options: BrokerOptions): Broker {
  return new ExternalBroker(place, options);
}

/** From the first packet to the last subscription: a port that swallows packets, a broker that never answers. */
const OPEN_WITHIN = micros(15_000_000);
const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** A connection that held for so long was a good one: the next attempt comes soon. */
const GOOD_AFTER = micros(60_000_000);
/** What only a person can mend. */
const LASTING = new Set(["broker_refused", "subscription_refused", "second_collector"]);

class ExternalBroker implements Broker {
  readonly #place: ExternalPlace;
  readonly #options: BrokerOptions;
  readonly #presence = new Presence();
  readonly #stopping = new AbortController();
  readonly #statusTopic: string;
  #handlers: BrokerHandlers | undefined;
  #link: Link | undefined;
  #running: Promise<void> | undefined;
  #status: Uint8Array | undefined;
  #down: Fault | undefined;
  /** Another collector that is here too. */
  #rival: Fault | undefined;

  constructor(place: ExternalPlace, options: BrokerOptions) {
    this.#place = place;
    this.#options = options;
    this.#statusTopic = collectorStatusTopic(options.prefix);
  }

  get connected(): ReadonlySet<string> {
    return this.#presence.agents;
  }

  get url(): string {
    return this.#place.url;
  }

  get isReplica(): boolean {
    return this.#place.role === "replica";
  }

  get trouble(): Fault | undefined {
    return this.#down ?? this.#rival;
  }

  async open(handlers: BrokerHandlers): Promise<void> {
    this.#handlers = handlers;
    const first = await this.#connect();
    if (isFault(first, "second_collector")) throw first;
    this.#running = this.#run(first);
  }

  publishTo(agent: string, channel: "ack", payload: Uint8Array): boolean {
    if (this.#link === undefined || this.isReplica || !this.connected.has(agent)) return false;
    return this.#link.send(agentTopic(this.#options.prefix, agent, channel), payload);
  }

  publishStatus(payload: Uint8Array): void {
    this.#status = payload;
    this.#tellStatus();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    this.#link?.close();
    await this.#running;
  }

  async #run(first: Link | Fault): Promise<void> {
    const { clock, log } = this.#options.environment;
    const { signal } = this.#stopping;
    let attempt = first;
    for (let failures = 0; !signal.aborted; failures += 1) {
      if (!isFault(attempt)) {
        if (this.#down !== undefined) log.info({ url: this.url }, "the broker is here again");
        this.#down = undefined;
        const since = clock.monotonic();
        attempt = await attempt.down;
        if (clock.monotonic() - since > GOOD_AFTER) failures = 0;
        this.#leave();
      }
      this.#note(attempt);
      await this.#pause(failures, attempt);
      if (!signal.aborted) attempt = await this.#connect();
    }
    this.#leave();
  }

  /** Never rejects but for a bug. */
  async #connect(): Promise<Link | Fault> {
    const { clock } = this.#options.environment;
    const { signal } = this.#stopping;
    let link: Link | undefined;
    const timer = clock.after("broker connect", OPEN_WITHIN, () => link?.close(silent(this.url)));
    try {
      link = await this.#newLink();
      this.#link = link;
      if (signal.aborted) link.close();
      await this.#enter(link);
      return link;
    } catch (error) {
      link?.close();
      this.#leave();
      if (!isFault(error)) throw error;
      return error;
    } finally {
      timer.cancel();
    }
  }

  async #newLink(): Promise<Link> {
    const { url, user, passwordFile, caFile, clientId, role } = this.#place;
    const { collector, farewell } = this.#options;
    const isReplica = role === "replica";
    return new Link({
      url,
      clientId: clientId ?? `tributary-${collector}${isReplica ? "-replica" : ""}`,
      keepsSession: isReplica,
      user,
      ...(await brokerSecrets({ passwordFile, caFile })),
      will: isReplica ? undefined : { topic: this.#statusTopic, payload: farewell },
      onMessage: (message) => this.#take(message),
    });
  }

  /** Nothing is said, and nothing taken in, before it is sure that nobody else is here. */
  async #enter(link: Link): Promise<void> {
    await link.opened();
    if (this.#place.role === "primary") {
      this.#rival = undefined;
      await link.subscribe([this.#statusTopic]);
      await link.roundTrip(`${this.#statusTopic}/none`); // what is kept comes before the answer, and ends the link where it is another's
      if (this.#status !== undefined) await link.keep(this.#statusTopic, this.#status);
    }
    await link.subscribe(UP_CHANNELS.map((channel) => `${this.#options.prefix}/+/${channel}`));
  }

  #leave(): void {
    this.#link = undefined;
    for (const agent of this.#presence.clear()) this.#handlers?.onDisconnected(agent);
  }

  /** One line for one trouble, however often it comes again. */
  #note(fault: Fault): void {
    if (this.#stopping.signal.aborted) return;
    const { code, hint, message } = fault;
    const { log } = this.#options.environment;
    const isSaid = this.#down?.code === code || (this.#down !== undefined && code === "broker_unreachable");
    if (!isSaid && LASTING.has(code)) log.error({ code, hint }, message);
    else if (!isSaid) log.warn({ code, hint }, message);
    this.#down = fault;
  }

  async #pause(failures: number, { code }: Fault): Promise<void> {
    const { clock, random } = this.#options.environment;
    const fraction = random.fraction();
    const most = Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** Math.min(failures, 10));
    const ms = LASTING.has(code) ? LONGEST_PAUSE_MS * (0.5 + fraction / 2) : Math.max(100, most * fraction);
    const delay = micros(Math.round(ms * MICROS_PER_MS));
    await clock.sleep("look for the broker", delay, this.#stopping.signal).catch(() => undefined);
  }

  /** A message of the broker: to whom it belongs, or why not. Resolves when it may be answered. */
  async #take({ topic, payload, retain }: Message): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    if (topic === this.#statusTopic) return this.#hearCollector(payload, retain);
    const parsed = parseTopic(this.#options.prefix, topic);
    const channel = UP_CHANNELS.find((name) => name === parsed?.channel);
    const handlers = this.#handlers ?? bug("a message before open");
    if (parsed === undefined || channel === undefined) return handlers.onRefused(unreadableTopic(topic), this.url);
    const { agent } = parsed;
    const limit = PAYLOAD_BYTES[channel];
    if (payload.length > limit) return handlers.onRefused(payloadTooBig(agent, channel, payload.length, limit), agent);
    if (channel === "status") this.#hearAgent(agent, payload);
    else if (!retain && this.#presence.seen(agent)) handlers.onConnected(agent);
    await handlers.onPublish({ agent, channel, payload, retain });
  }

  #hearAgent(agent: string, payload: Uint8Array): void {
    if (payload.length === 0) return; // how a retained message is taken away
    const status = readOrRefuse(() => decodeAgentStatus(payload));
    if (isFault(status)) return this.#handlers?.onRefused(status, agent);
    const change = this.#presence.told(agent, status);
    if (change === "came") this.#handlers?.onConnected(agent);
    if (change === "left") this.#handlers?.onDisconnected(agent);
  }

  #hearCollector(payload: Uint8Array, retain: boolean): void {
    if (payload.length === 0) return;
    const status = readOrRefuse(() => decodeCollectorStatus(payload));
    if (isFault(status)) return this.#handlers?.onRefused(status, this.#statusTopic);
    const { online, collector } = status;
    if (collector === this.#options.collector) {
      if (!online) this.#tellStatus(); // the will of a connection of ours that is gone
      return;
    }
    if (online) this.#meet(secondCollector(this.url, this.#options.prefix, collector, this.#statusTopic), retain);
    else this.#rival = undefined;
  }

  /** Another collector. Who was here before stays; who comes late steps back. */
  #meet(rival: Fault, wasHereBefore: boolean): void {
    const isNew = this.#rival?.message !== rival.message;
    this.#rival = rival;
    if (wasHereBefore) this.#link?.close(rival);
    else if (isNew) this.#options.environment.log.error({ code: rival.code, hint: rival.hint }, rival.message);
  }

  #tellStatus(): void {
    if (this.#status === undefined || this.isReplica) return;
    void this.#link?.keep(this.#statusTopic, this.#status).catch((error: unknown) => {
      if (!isFault(error)) throw error; // the connection is gone: the next one tells it
    });
  }
}

function readOrRefuse<T>(read: () => T): T | Fault {
  try {
    return read();
  } catch (error) {
    if (!isFault(error)) throw error;
    return error;
  }
}

function unreadableTopic(topic: string): Fault {
  return new Fault("topic_not_readable", `expected the topic of an agent, got ${JSON.stringify(topic.slice(0, 80))}`, {
    hint: "an agent's name is like greenhouse-1: lower case, digits, - and _, at most 40",
  });
}

function payloadTooBig(agent: string, channel: string, bytes: number, limit: number): Fault {
  return new Fault("payload_too_big", `${agent}: expected a ${channel} of at most ${limit} bytes, got ${bytes} or more`);
}

function secondCollector(url: string, prefix: string, other: string, topic: string): Fault {
  return new Fault("second_collector", `${url}: expected to be the only collector at ${prefix}, got another one there: ${other}`, {
    hint:
      "give this one another prefix, or `role: replica` in `broker:` to only listen; " +
      `if the other one is gone for good, take its word away: mosquitto_pub -r -n -t ${topic}`,
  });
}
