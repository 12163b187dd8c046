/**
 * hast-lora-nodes: what field nodes wrote to their own SD cards: battery, temperature, humidity, hundredths.
 */
import path from "node:path";
import { columnsOf, type DataSet, filesIn, linesOf } from "./recording.ts";

export function hastLoraNodes(folder: string): DataSet {
  const files = filesIn(path.join(folder, "node_sd"));
  return {
    name: "hast_lora_nodes",
    channels: [
      ["battery", "V"],
      ["temperature", "Cel"],
      ["humidity", "%RH"],
    ],
    recordings: files.map((file) => columnsOf(rowsOf(file))),
  };
}

/** Row: node, message, Unix seconds, battery, transmit ms, temperature, humidity, status; older files in words. */
function rowsOf(file: string): number[][] {
  const rows: number[][] = [];
  for (const line of linesOf(file)) {
    if (!/^(\d|Hello)/.test(line)) continue;
    const [, , seconds, battery, , temperature, humidity] = line.match(/-?\d+/g)?.map(Number) ?? [];
    if (seconds === undefined || battery === undefined || temperature === undefined || humidity === undefined) continue;
    rows.push([seconds * 1e6, battery / 100, temperature / 100, humidity / 100]);
  }
  return rows;
}
