/**
 * The contract of a broker: how batches come in and acks go out.
 *
 * `embedded` is aedes inside this process; `external` subscribes to a broker that stands elsewhere.
 * Both promise the same: `onPublish` is called once per message that arrived, in the order of arrival, and whoever
 * handed it over (the agent, or the broker between) gets its PUBACK only after that promise resolved.
 */
import { type Environment, type Fault, LIMITS, type UpChannel } from "../../protocol/index.ts";

/** Where MQTT is: in this process, or at a broker that stands elsewhere. */
export type BrokerPlace = EmbeddedPlace | ExternalPlace;

export interface EmbeddedPlace {
  readonly kind: "embedded";
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
}

export interface ExternalPlace {
  readonly kind: "external";
  /** `mqtt://host:port` or `mqtts://host:port`. */
  readonly url: string;
  readonly user: string | undefined;
  /** Absolute paths; read again at every attempt to connect. */
  readonly passwordFile: string | undefined;
  readonly caFile: string | undefined;
  /** undefined = made from the collector's id. */
  readonly clientId: string | undefined;
  /** A replica takes in what it hears and says nothing: no ack, no status. */
  readonly role: "primary" | "replica";
}

/** What every broker is told, whichever it is. */
export interface BrokerOptions {
  /** Of the topics, for example `tributary/v1`. */
  readonly prefix: string;
  readonly environment: Environment;
  /** Who this is, for others on the same broker. */
  readonly collector: string;
  /** Says that the collector is gone: for `<prefix>/_collector/status`. */
  readonly farewell: Uint8Array;
}

/** One message of one agent, after its topic, client id and rights were checked. */
export interface Publish {
  readonly agent: string;
  readonly channel: UpChannel;
  /** Never changed or used again by the broker. A view into a larger buffer: copy what is kept for long. */
  readonly payload: Uint8Array;
  /** As its sender asked (embedded), or: the broker kept it from before (external). */
  readonly retain: boolean;
}

export interface BrokerHandlers {
  /**
   * Resolves when the message is dealt with (a batch: durable, or refused for good). Never rejects: what is
   * refused is counted and quarantined, for a refused publish would make clients send it for ever.
   */
  onPublish(publish: Publish): Promise<void>;
  /** A client was turned away or cut off, a subscription or message refused; the code is counted. `from` is its name, else its address. */
  onRefused(fault: Fault, from: string): void;
  onConnected(agent: string): void;
  onDisconnected(agent: string): void;
}

export interface Broker {
  /** @throws Fault `port_in_use`, `second_collector` ... A broker elsewhere that does not answer is no fault: it is looked for until `close`. */
  open(handlers: BrokerHandlers): Promise<void>;
  /** Sends to one agent at QoS 0; false where it is not connected, has not subscribed, or does not read. Never throws. */
  publishTo(agent: string, channel: "ack", payload: Uint8Array): boolean;
  /** Retained at `<prefix>/_collector/status`. */
  publishStatus(payload: Uint8Array): void;
  /** Agents connected now. */
  readonly connected: ReadonlySet<string>;
  /** Where it listens, as a URL: `mqtt://127.0.0.1:1883`. The port is real where 0 was asked for. */
  readonly url: string;
  /** It only hears what another collector answers. */
  readonly isReplica: boolean;
  /** Why nothing comes in, or what is odd; undefined where all is well. */
  readonly trouble: Fault | undefined;
  /** Closes all connections at once; publishes that still wait for their commit get no PUBACK. May be called twice. */
  close(): Promise<void>;
}

/**
 * Bytes of a payload, by channel. A batch may fill a packet: one over its own limit is answered by the collector
 * with a nack, on which the agent can act; cut off, it would come back with the same batch for ever.
 */
export const PAYLOAD_BYTES: Readonly<Record<UpChannel, number>> = {
  batch: LIMITS.packetBytes,
  hello: 16 * 1024,
  status: 16 * 1024,
  reply: 16 * 1024,
};
