/**
 * room-climate: twelve nodes about every 4 s: temperature, humidity and two lights.
 */
import path from "node:path";
import { columnsOf, type DataSet, linesOf, type Recording, readPacked } from "./recording.ts";

export function roomClimate(folder: string): DataSet {
  const files = readPacked(path.join(folder, "room_climate_raw.tar.xz"), recordingsOf);
  return {
    name: "room_climate",
    channels: [
      ["temperature", "Cel"],
      ["humidity", "%RH"],
      ["light1", "lx"],
      ["light2", "lx"],
    ],
    recordings: files.flat(),
    grid: 4_000_000,
  };
}

/** Columns: entry, Unix ms, elapsed, node, four channels, four columns of ground truth; nodes row by row. */
function recordingsOf(file: string): Recording[] {
  if (!file.endsWith(".csv")) return [];
  const byNode = new Map<string, number[][]>();
  for (const line of linesOf(file)) {
    if (line === "") continue;
    const [, ms, , node = "", ...values] = line.split(",");
    const rows = byNode.get(node.trim()) ?? [];
    byNode.set(node.trim(), rows);
    rows.push([Number(ms) * 1000, ...values.slice(0, 4).map(Number)]);
  }
  return [...byNode.values()].map(columnsOf);
}
