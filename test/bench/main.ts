/**
 * main: `npm run bench -- <name> [--json]`: measures this project beside its peers on real data and prints a table, or
 * one JSON object a line. Data sets that are not there are left out, and it says so.
 */
import fs from "node:fs";
import path from "node:path";
import { Command } from "commander";
import { measureCodec } from "./codec.ts";
import { bme280Pair } from "./data-sets/bme280-pair.ts";
import { floatCompression } from "./data-sets/float-compression.ts";
import { hastLoraNodes } from "./data-sets/hast-lora-nodes.ts";
import { nabSensors } from "./data-sets/nab-sensors.ts";
import type { DataSet } from "./data-sets/recording.ts";
import { roomClimate } from "./data-sets/room-climate.ts";
import { tracebasePower } from "./data-sets/tracebase-power.ts";
import { measureFloats } from "./floats.ts";
import { openLinkBench } from "./link.ts";
import { measureReports } from "./report.ts";
import { measureWire, READINGS_PER_CHANNEL } from "./wire.ts";

const DATA = process.env.TRIBUTARY_DATA ?? path.resolve(import.meta.dirname, "../../../shared/data");

const DATA_SETS: Readonly<Record<string, (folder: string) => DataSet>> = {
  bme280_pair: bme280Pair,
  room_climate: roomClimate,
  tracebase_power: tracebasePower,
  nab_sensors: nabSensors,
  hast_lora_nodes: hastLoraNodes,
};
const FAST = ["bme280_pair", "room_climate", "tracebase_power"];

type Print = (row: object) => void;

async function wire(print: Print): Promise<void> {
  await using link = await openLinkBench();
  for (const read of found(Object.keys(DATA_SETS))) {
    const dataSet = read();
    for (const stamps of dataSet.grid === undefined ? (["exact"] as const) : (["exact", "grid"] as const)) {
      for (const count of READINGS_PER_CHANNEL) {
        const row = await measureWire(dataSet, count, stamps, link);
        if (row !== undefined) print(row);
      }
    }
  }
  const folder = path.join(DATA, "float_compression");
  if (fs.existsSync(folder)) for (const series of floatCompression(folder)) print(measureFloats(series));
  else missing("float_compression");
}

async function codec(print: Print): Promise<void> {
  for (const read of found(FAST)) for (const row of measureCodec(read())) print(row);
}

async function report(print: Print): Promise<void> {
  for await (const row of measureReports()) print(row);
}

/** The data sets of these names that are there. */
function found(names: readonly string[]): (() => DataSet)[] {
  return names.flatMap((name) => {
    const folder = path.join(DATA, name);
    const read = DATA_SETS[name];
    if (read !== undefined && fs.existsSync(folder)) return [() => read(folder)];
    missing(name);
    return [];
  });
}

function missing(name: string): void {
  process.stderr.write(`${name}: not in ${DATA}, left out\n`);
}

/** One JSON object a line as they come, or tables at the end: rows with the same keys share one. */
async function run(bench: (print: Print) => Promise<void>, { json }: { readonly json: boolean }): Promise<void> {
  const tables = new Map<string, object[]>();
  await bench((row) => {
    if (json) process.stdout.write(`${JSON.stringify(rounded(row))}\n`);
    const key = Object.keys(row).join();
    tables.set(key, [...(tables.get(key) ?? []), row]);
  });
  if (!json) for (const rows of tables.values()) process.stdout.write(`${tableOf(rows)}\n`);
}

/** The keys as a heading of several lines, then a line a row. */
function tableOf(rows: readonly object[]): string {
  const heads = Object.keys(rows[0] ?? {}).map((key) => key.replace(/_bytes_per_reading$/, "_B/reading").split("_"));
  const height = Math.max(...heads.map((words) => words.length));
  const lines = Array.from({ length: height }, (_, line) => heads.map((words) => words[words.length - height + line] ?? ""));
  lines.push(...rows.map((row) => Object.values(row).map(cell)));
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) => line.map((text, column) => text.padStart(widths[column] ?? 0)).join("  ")).join("\n");
}

function rounded(row: object): object {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key,
      typeof value === "number" ? Number(value.toFixed(Number.isInteger(value) ? 0 : 4)) : value,
    ]),
  );
}

function cell(value: unknown): string {
  if (typeof value === "number") return value.toLocaleString("en", { maximumFractionDigits: 3 });
  if (typeof value === "string") return value;
  return Object.entries(value as object)
    .map(([key, number]) => `${key} ${number}`)
    .join(", ");
}

const program = new Command("bench").description("measures this project beside its peers");
for (const [name, bench] of Object.entries({ wire, codec, report })) {
  program
    .command(name)
    .option("--json", "one JSON object a line", false)
    .action((options: { json: boolean }) => run(bench, options));
}
await program.parseAsync();
