/**
 * there: the data sets that are on this machine. One that is not is left out, and it is said.
 */
import fs from "node:fs";
import path from "node:path";
import { bme280Pair } from "./bme280-pair.ts";
import { hastLoraNodes } from "./hast-lora-nodes.ts";
import { nabSensors } from "./nab-sensors.ts";
import type { DataSet } from "./recording.ts";
import { roomClimate } from "./room-climate.ts";
import { tracebasePower } from "./tracebase-power.ts";

const DATA = process.env.TRIBUTARY_DATA ?? path.resolve(import.meta.dirname, "../../../../shared/data");

const DATA_SETS = {
  bme280_pair: bme280Pair,
  room_climate: roomClimate,
  tracebase_power: tracebasePower,
  nab_sensors: nabSensors,
  hast_lora_nodes: hastLoraNodes,
};

export type DataSetName = keyof typeof DATA_SETS;
export const DATA_SET_NAMES = Object.keys(DATA_SETS) as DataSetName[];

/** Each is read when it is called. */
export function found(names: readonly DataSetName[]): (() => DataSet)[] {
  return names.flatMap((name) => {
    const folder = folderOf(name);
    return folder === undefined ? [] : [() => DATA_SETS[name](folder)];
  });
}

/** Undefined where it is not there. */
export function folderOf(name: string): string | undefined {
  const folder = path.join(DATA, name);
  if (fs.existsSync(folder)) return folder;
  process.stderr.write(`${name}: not in ${DATA}, left out\n`);
  return undefined;
}
