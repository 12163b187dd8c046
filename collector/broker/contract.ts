/**
 * The contract of a broker: how batches come in and acks go out.
 *
 * `embedded` is aedes inside this process; `external` subscribes to a broker that stands elsewhere.
 * Both promise the same: `onPublish` is called once per message that arrived, and the sender's PUBACK
 * follows only after its promise resolved.
 */
import type { Fault, UpChannel } from "../../protocol/index.ts";

/** One message of one agent, after its topic, client id and rights were checked. */
export interface Publish {
  readonly agent: string;
  readonly channel: UpChannel;
  /** Never changed or used again by the broker. A view into a larger buffer: copy what is kept for long. */
  readonly payload: Uint8Array;
  readonly retain: boolean;
}

export interface BrokerHandlers {
  /**
   * Resolves when the message is dealt with (a batch: durable, or refused for good). Never rejects: what is
   * refused is counted and quarantined, for a refused publish would make clients send it for ever.
   */
  onPublish(publish: Publish): Promise<void>;
  /** A client was turned away or cut off, or a subscription refused; the code is counted. `from` is its name, else its address. */
  onRefused(fault: Fault, from: string): void;
  onConnected(agent: string): void;
  onDisconnected(agent: string): void;
}

export interface Broker {
  open(handlers: BrokerHandlers): Promise<void>;
  /** Sends to one agent at QoS 0; false where it is not connected, has not subscribed, or does not read. Never throws. */
  publishTo(agent: string, channel: "ack", payload: Uint8Array): boolean;
  /** Retained at `<prefix>/_collector/status`. */
  publishStatus(payload: Uint8Array): void;
  /** Agents connected now. */
  readonly connected: ReadonlySet<string>;
  /** Where it listens, as a URL: `mqtt://127.0.0.1:1883`. The port is real where 0 was asked for. */
  readonly url: string;
  /** Closes all connections at once; publishes that still wait for their commit get no PUBACK. May be called twice. */
  close(): Promise<void>;
}
