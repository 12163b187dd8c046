/**
 * packets: MQTT packets byte by byte (MQTT 3.1.1, chapter 3), for tests that need them wrong, cut or slow.
 */

/** A packet's first byte, its length in as many bytes as it takes, and its body. */
export function packet(first: number, ...body: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat(body);
  return Buffer.concat([Buffer.of(first), lengthOf(bytes.length), bytes]);
}

export function lengthOf(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  do {
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(bytes);
}

export interface ConnectOptions {
  readonly version?: number;
  readonly clean?: boolean;
  readonly keepalive?: number;
  readonly user?: string;
}

export function connectPacket(id: string, { version = 4, clean = true, keepalive = 0, user }: ConnectOptions = {}): Buffer {
  const flags = (clean ? 2 : 0) + (user === undefined ? 0 : 0x80);
  const fixed = [text("MQTT"), Buffer.of(version, flags), short(keepalive), text(id)];
  return packet(0x10, ...fixed, ...(user === undefined ? [] : [text(user)]));
}

/** QoS 1. */
export function publishPacket(topic: string, payload: Uint8Array, id: number): Buffer {
  return packet(0x32, text(topic), short(id), payload);
}

export function subscribePacket(topic: string, qos: number, id: number): Buffer {
  return packet(0x82, short(id), text(topic), Buffer.of(qos));
}

/** CONNACK of an accepted connection. */
export const CONNACK = Buffer.of(0x20, 2, 0, 0);

export function puback(id: number): Buffer {
  return packet(0x40, short(id));
}

function text(content: string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([short(bytes.length), bytes]);
}

function short(value: number): Buffer {
  return Buffer.of(value >> 8, value & 255);
}
