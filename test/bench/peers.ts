/**
 * peers: what else a device might send, whole and gzipped: JSON with one object an instant, and InfluxDB's line protocol
 * with one line an instant. Both are the short way to write these readings, not the one that repeats every name.
 */
import { gzipSync } from "node:zlib";
import type { DataSet, Recording } from "./data-sets/recording.ts";

export function jsonText({ channels }: DataSet, { at, channels: columns }: Recording): string {
  const readings = Array.from(at, (instant, i) => ({
    at: instant / 1000,
    ...Object.fromEntries(channels.map(([name], column) => [name, columns[column]?.[i]])),
  }));
  return JSON.stringify({ agent: "greenhouse-1", sensor: "air", readings });
}

export function lineProtocol({ channels }: DataSet, { at, channels: columns }: Recording): string {
  const lines = Array.from(at, (instant, i) => {
    const fields = channels.map(([name], column) => `${name}=${columns[column]?.[i]}`);
    return `air,agent=greenhouse-1 ${fields.join()} ${instant}`;
  });
  return lines.join("\n");
}

export function gzipBytes(text: string): number {
  return gzipSync(text, { level: 9 }).length;
}
