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
  readonly payload: Uint8Array;
  readonly retain: boolean;
}

export interface BrokerHandlers {
  /**
   * Resolves when the message is dealt with (a batch: durable, or refused for good). Never rejects: what is
   * refused is counted and quarantined, for a refused publish would make clients send it for ever.
   */
  onPublish(publish: Publish): Promise<void>;
  /** A client was turned away or cut off; the code is counted. */
  onRefused(fault: Fault, from: string): void;
  onConnected(agent: string): void;
  onDisconnected(agent: string): void;
}

export interface Broker {
  open(handlers: BrokerHandlers): Promise<void>;
  /** Sends to one agent at QoS 0; false where it is not connected. Never throws. */
  publishTo(agent: string, channel: "ack", payload: Uint8Array): boolean;
  /** Retained at `<prefix>/_collector/status`. */
  publishStatus(payload: Uint8Array): void;
  /** Agents connected now. */
  readonly connected: ReadonlySet<string>;
  /** Where it listens, as a URL: `mqtt://127.0.0.1:1883`. The port is real where 0 was asked for. */
  readonly url: string;
  close(): Promise<void>;
}
