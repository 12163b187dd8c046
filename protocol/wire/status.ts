/**
 * status: retained words on who is there. The will says offline for the agent; a death of another session is ignored.
 */
import { z } from "zod";
import { checked } from "./hello.ts";
import { pack, unpack } from "./msgpack.ts";

export interface AgentStatus {
  readonly online: boolean;
  /** Of the connection that said it, as in its hello. */
  readonly session: string;
}

export interface CollectorStatus {
  readonly online: boolean;
  readonly collector: string;
  readonly generation: string;
}

const agentShape = z.tuple([z.literal("agent"), z.boolean(), z.string().max(40)]);
const collectorShape = z.tuple([z.literal("collector"), z.boolean(), z.string().max(64), z.string().max(64)]);

export function encodeAgentStatus({ online, session }: AgentStatus): Uint8Array {
  return pack(["agent", online, session]);
}

/** @throws Fault `malformed`. */
export function decodeAgentStatus(bytes: Uint8Array): AgentStatus {
  const [, online, session] = checked("status", agentShape, unpack(bytes));
  return { online, session };
}

export function encodeCollectorStatus({ online, collector, generation }: CollectorStatus): Uint8Array {
  return pack(["collector", online, collector, generation]);
}

/** @throws Fault `malformed`. */
export function decodeCollectorStatus(bytes: Uint8Array): CollectorStatus {
  const [, online, collector, generation] = checked("collector status", collectorShape, unpack(bytes));
  return { online, collector, generation };
}
