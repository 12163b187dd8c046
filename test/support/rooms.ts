/**
 * rooms: the shape of the room climate set: 12 nodes in 3 locations, 4 channels each, the nodes of a location row by
 * row in the same files. Its real files read apart from the product, and files made in the same shape.
 */
import fs from "node:fs";
import path from "node:path";
import { HourlyOracle } from "./hourly-oracle.ts";
import { type SeededRandom, seededRandom } from "./seeded-random.ts";

const CHANNELS = { temperature: "Cel", humidity: "%", light1: "lx", light2: "lx" } as const;
const NODES = { A: 4, B: 3, C: 5 } as const;
type Location = keyof typeof NODES;
const LOCATIONS = Object.keys(NODES) as Location[];

export const READINGS = 2_161_456;
export const READINGS_A_ROW = 4;
const ROWS_A_FILE = 4_000;

export interface Rooms {
  readonly oracle: HourlyOracle;
  /** Rows that stood there before, to the last digit. */
  readonly repeatedRows: number;
}

/** YAML of one sensor a node. */
export function roomSensors(folder: string): string {
  const channels = Object.entries(CHANNELS).map(([name, unit]) => `${name}: { unit: "${unit}" }`);
  const sensor = (location: Location, node: number) => `  - name: ${nodeName(location, node)}
    driver: file
    path: ${folderOf(folder, location)}
    every: 4s
    header: "no"
    time_format: unix_ms
    columns: { time: 2, temperature: 5, humidity: 6, light1: 7, light2: 8 }
    where: { column: 4, equals: "${node}" }
    channels: { ${channels.join(", ")} }
`;
  return LOCATIONS.flatMap((location) => Array.from({ length: NODES[location] }, (_, index) => sensor(location, index + 1))).join("");
}

/** What the unpacked files hold. */
export function readRooms(folder: string): Rooms {
  const oracle = new HourlyOracle();
  const seen = new Set<string>();
  let repeatedRows = 0;
  for (const location of LOCATIONS) {
    for (const file of fs.readdirSync(folderOf(folder, location))) {
      const lines = fs.readFileSync(path.join(folderOf(folder, location), file), "latin1").split("\n");
      for (const cells of lines.filter((line) => line.trim() !== "").map(cellsOf)) {
        const row = [location, ...cells.slice(1)].join();
        if (seen.has(row)) repeatedRows += 1;
        seen.add(row);
        count(oracle, location, cells);
      }
    }
  }
  return { oracle, repeatedRows };
}

/** Writes as many rows with the same kinds of dirt: jitter, gaps, rows out of order, rows that stand there twice. */
export function generateRooms(folder: string): Rooms {
  const random = seededRandom("generated rooms");
  const oracle = new HourlyOracle();
  const nodes = LOCATIONS.reduce((sum, location) => sum + NODES[location], 0);
  let left = READINGS / READINGS_A_ROW;
  let repeatedRows = 0;
  for (const location of LOCATIONS) {
    const isLast = location === LOCATIONS.at(-1);
    const rows = isLast ? left : Math.floor((READINGS / READINGS_A_ROW) * (NODES[location] / nodes));
    left -= rows;
    repeatedRows += generateLocation(folder, location, rows, random, oracle);
  }
  return { oracle, repeatedRows };
}

function generateLocation(folder: string, location: Location, rows: number, random: SeededRandom, oracle: HourlyOracle): number {
  fs.mkdirSync(folderOf(folder, location));
  let ms = Date.UTC(2024, 0, 1);
  let repeatedRows = 0;
  let row = "";
  let lines: string[] = [];
  for (let entry = 1; entry <= rows; entry++) {
    const isRepeat = row !== "" && random.below(40_000) === 0;
    if (isRepeat) repeatedRows += 1;
    else {
      ms += random.below(10_000) === 0 ? random.below(3_600_000) : Math.floor(4_000 / NODES[location]) + random.below(200) - 100;
      const at = random.below(50_000) === 0 ? ms - random.below(60_000) : ms;
      row = `${at}, ${entry}, ${1 + random.below(NODES[location])}, ${values(at, random)}, 0, 0, 0, 0`;
    }
    const line = `${entry}, ${row}`;
    count(oracle, location, cellsOf(line));
    lines.push(line);
    if (lines.length < ROWS_A_FILE && entry < rows) continue;
    fs.writeFileSync(path.join(folderOf(folder, location), `measurement-${String(entry).padStart(7, "0")}.csv`), `${lines.join("\n")}\n`);
    lines = [];
  }
  return repeatedRows;
}

/** Temperature below and above zero, humidity, two lights: 2, 3, 2 and 1 decimals as in the real set. */
function values(ms: number, random: SeededRandom): string {
  const temperature = 10 * Math.sin((ms / 86_400_000) * 2 * Math.PI) + random.below(200) / 100;
  return [
    temperature.toFixed(2),
    (40 + random.below(20_000) / 1_000).toFixed(3),
    (random.below(3_000) / 7).toFixed(2),
    (random.below(20_000) / 10).toFixed(1),
  ].join(", ");
}

function count(oracle: HourlyOracle, location: Location, cells: readonly string[]): void {
  const [, ms = "", , node = "", ...texts] = cells;
  Object.keys(CHANNELS).forEach((channel, index) => {
    oracle.add(`rooms/${nodeName(location, node)}/${channel}`, Number(ms), texts[index] ?? "");
  });
}

function cellsOf(line: string): string[] {
  return line.split(",").map((cell) => cell.trim());
}

function nodeName(location: Location, node: number | string): string {
  return `${location.toLowerCase()}-node${node}`;
}

function folderOf(folder: string, location: Location): string {
  return path.join(folder, `datasets-location_${location}`);
}
