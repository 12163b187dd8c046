/**
 * vector: a golden vector as its file says it, and how each of the two decoders reads one. README.md tells the format.
 */
import * as protocol from "../../../protocol/index.ts";
import * as independent from "../independent-decoder.ts";
import { plain, readBatch } from "../plain.ts";

export type Message = "batch" | "hello" | "hello-ack" | "ack" | "status" | "collector-status";

/** As in the file: one of `decoded` and `refused`. */
export type Vector = { readonly title: string; readonly message: Message; readonly hex: string } & (
  | { readonly decoded: unknown }
  | { readonly refused: string }
);

type Decoder = (bytes: Uint8Array, seen?: Set<string>) => unknown;

export const CODEC: Readonly<Record<Message, Decoder>> = {
  batch: (bytes) => plain(readBatch(bytes)),
  hello: (bytes) => protocol.decodeHello(bytes),
  "hello-ack": (bytes) => (protocol.decodeAnswer(bytes) as { helloAck: protocol.HelloAck }).helloAck,
  ack: (bytes) => (protocol.decodeAnswer(bytes) as { ack: protocol.Ack }).ack,
  status: (bytes) => protocol.decodeAgentStatus(bytes),
  "collector-status": (bytes) => protocol.decodeCollectorStatus(bytes),
};

export const INDEPENDENT: Readonly<Record<Message, Decoder>> = {
  batch: independent.decodeBatch,
  hello: independent.decodeHelloMessage,
  "hello-ack": independent.decodeHelloAckMessage,
  ack: independent.decodeAckMessage,
  status: independent.decodeAgentStatusMessage,
  "collector-status": independent.decodeCollectorStatusMessage,
};

/** What was decoded as values that every JSON parser gives back: numbers that some do not are told by their bits. */
export function toJson(value: unknown): unknown {
  if (typeof value === "number") return Object.is(value, -0) || !Number.isFinite(value) ? { double: bitsOf(value) } : value;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toJson(entry)]));
}

function bitsOf(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString("hex");
}
