/**
 * authorize: who may connect, publish and subscribe. Exact topics, deny by default.
 *
 * An agent publishes only to its own hello, batch, status and reply, and reads only its own ack and command
 * and the collector's status. Its client id is its name, so a topic cannot lie about its sender.
 * Pure functions from a request to the reason of refusal, or undefined where it is allowed.
 */
import type { ConnectPacket, PublishPacket, Subscription } from "aedes";
import {
  agentTopic,
  collectorStatusTopic,
  DOWN_CHANNELS,
  Fault,
  isName,
  LIMITS,
  nearestName,
  parseTopic,
  UP_CHANNELS,
  type UpChannel,
} from "../../../protocol/index.ts";
import { PAYLOAD_BYTES } from "../contract.ts";

/** What is judged of a publish; a will has the same fields. */
export type PublishRequest = Pick<PublishPacket, "topic" | "qos" | "payload">;

export function refuseConnect(prefix: string, packet: ConnectPacket): Fault | undefined {
  if (!isName(packet.clientId)) return badClientId(packet.clientId);
  if (packet.clean !== true) return persistentSession(packet.clientId);
  if (packet.username !== undefined && hasControl(packet.username)) return badUserName(packet.clientId);
  if (packet.will === undefined) return undefined;
  const { topic, qos = 0 } = packet.will;
  return refuseWill(prefix, packet.clientId, topic, qos);
}

export function refusePublish(prefix: string, agent: string, packet: PublishRequest): Fault | undefined {
  const channel = upChannel(prefix, agent, packet.topic);
  if (channel === undefined) return topicNotAllowed(agent, "publish to", packet.topic);
  if (packet.qos > 1) return qosNotSupported(agent, packet.qos);
  const limit = PAYLOAD_BYTES[channel];
  if (packet.payload.length > limit) return payloadTooBig(agent, channel, packet.payload.length, limit);
  return undefined;
}

export function refuseSubscribe(prefix: string, agent: string, { topic, qos }: Subscription): Fault | undefined {
  const mine = DOWN_CHANNELS.some((channel) => topic === agentTopic(prefix, agent, channel));
  if (!mine && topic !== collectorStatusTopic(prefix)) return topicNotAllowed(agent, "subscribe to", topic);
  return qos > 1 ? qosNotSupported(agent, qos) : undefined;
}

export function tooManyTopics(agent: string): Fault {
  const most = LIMITS.topicsPerSubscribe;
  return new Fault("too_many_topics", `${agent}: expected a SUBSCRIBE of at most ${most} topics, got more: the others are refused`);
}

/** The channel of a topic that this agent may publish to. */
export function upChannel(prefix: string, agent: string, topic: string): UpChannel | undefined {
  const parsed = parseTopic(prefix, topic);
  return parsed?.agent === agent ? UP_CHANNELS.find((name) => name === parsed.channel) : undefined;
}

function refuseWill(prefix: string, agent: string, topic: string, qos: number): Fault | undefined {
  if (topic !== agentTopic(prefix, agent, "status")) return topicNotAllowed(agent, "leave a will at", topic);
  return qos > 1 ? qosNotSupported(agent, qos) : undefined;
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

function badClientId(id: string): Fault {
  const nearest = nearestName(id);
  return new Fault("client_id_not_allowed", `mqtt: expected the agent's name as client id, got ${shown(id)}`, {
    hint: nearest === "" ? 'use a name like "greenhouse-1"' : `use "${nearest}"`,
  });
}

function persistentSession(agent: string): Fault {
  return new Fault("persistent_session", `${agent}: expected a clean session, got a persistent one`, {
    hint: "connect with clean=true: what is not acked is resent by the agent, the broker keeps nothing",
  });
}

function badUserName(agent: string): Fault {
  return new Fault("user_name_not_allowed", `${agent}: expected a user name without control characters`);
}

function topicNotAllowed(agent: string, verb: string, topic: string): Fault {
  return new Fault("topic_not_allowed", `${agent}: may not ${verb} ${shown(topic)}`, {
    hint: "an agent has only its own topics; see that client id, agent name and prefix agree on both sides",
  });
}

function qosNotSupported(agent: string, qos: number): Fault {
  return new Fault("qos_not_supported", `${agent}: expected QoS 0 or 1, got ${qos}`, { hint: "use QoS 1" });
}

function payloadTooBig(agent: string, channel: UpChannel, bytes: number, limit: number): Fault {
  return new Fault("payload_too_big", `${agent}: expected a ${channel} of at most ${limit} bytes, got ${bytes}`);
}
