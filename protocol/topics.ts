/**
 * topics: the names on the broker, in one place. At most four levels; the prefix is configurable.
 */
import { isName } from "./names.ts";

export const DEFAULT_PREFIX = "tributary/v1";

/** What an agent publishes (up) and what it may read (down). */
export const UP_CHANNELS = ["hello", "batch", "status", "reply"] as const;
export const DOWN_CHANNELS = ["ack", "command"] as const;
export type UpChannel = (typeof UP_CHANNELS)[number];
export type DownChannel = (typeof DOWN_CHANNELS)[number];

export function agentTopic(prefix: string, agent: string, channel: UpChannel | DownChannel): string {
  return `${prefix}/${agent}/${channel}`;
}

/** Retained, also the collector's will: online, collector id, generation, pacing. */
export function collectorStatusTopic(prefix: string): string {
  return `${prefix}/_collector/status`;
}

export interface ParsedTopic {
  readonly agent: string;
  readonly channel: UpChannel | DownChannel;
}

/** The agent and channel of a topic under `prefix`; undefined for everything else. */
export function parseTopic(prefix: string, topic: string): ParsedTopic | undefined {
  if (!topic.startsWith(`${prefix}/`)) return undefined;
  const [agent, channel, ...rest] = topic.slice(prefix.length + 1).split("/");
  if (agent === undefined || channel === undefined || rest.length > 0 || !isName(agent)) return undefined;
  const known = [...UP_CHANNELS, ...DOWN_CHANNELS].find((name) => name === channel);
  return known === undefined ? undefined : { agent, channel: known };
}
