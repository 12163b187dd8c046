/**
 * replay-oracle: a file of readings whose every row is known, and what of it stands in the collector's store: read from
 * the store's file, by nobody who took part.
 */
import fs from "node:fs";
import { setTimeout as pass } from "node:timers/promises";
import Database from "better-sqlite3";
import { expect } from "vitest";
import type { SeededRandom } from "./seeded-random.ts";
import type { TempDir } from "./temp-dir.ts";
import type { CollectorProcess } from "./whole-path.ts";

const CHANNELS = ["temperature", "humidity", "pressure"] as const;

/** YAML of the sensor that replays it; it has one row a second. */
export function replaySensor(dir: TempDir, speed: number): string {
  return `  - name: replay
    driver: file
    path: ${dir.join("replay.csv")}
    every: 1s
    header: "yes"
    time_format: unix_ms
    columns: { time: time, temperature: temperature, humidity: humidity, pressure: pressure }
    speed: ${speed}x
`;
}

/** Every value differs from its neighbours, so a row that is taken for another is seen. */
export function writeReplay(dir: TempDir, random: SeededRandom, rows: number): Set<string> {
  const expected = new Set<string>();
  const lines = ["time,temperature,humidity,pressure"];
  let ms = Date.UTC(2026, 9, 1);
  for (let row = 0; row < rows; row++) {
    ms += 1_000;
    const values = [(row % 4_000) / 100, 20 + random.below(6_000) / 100, 980 + (row % 5_000) / 100];
    lines.push([ms, ...values].join(","));
    for (const [index, channel] of CHANNELS.entries()) expected.add(`replay/${channel} ${ms * 1_000} ${values[index]}`);
  }
  fs.writeFileSync(dir.join("replay.csv"), `${lines.join("\n")}\n`);
  return expected;
}

/** Until the store has all of the replay. */
export async function replayed(dir: TempDir, rows: number): Promise<void> {
  const db = new Database(dir.join("data", "collector.db"), { readonly: true });
  try {
    const count = db.prepare("SELECT COUNT(*) FROM sample JOIN series ON series = number WHERE sensor = 'replay'").pluck();
    while ((count.get() as number) < rows * CHANNELS.length) await pass(200);
  } finally {
    db.close();
  }
}

export async function stop(collector: CollectorProcess): Promise<void> {
  const { code } = await collector.program.kill("SIGTERM");
  expect(code, collector.program.output()).toBe(0);
}

/** `sensor/channel at value` of every row in the store, read from the file. */
export function storedReadings(dir: TempDir): { replayed: string[]; live: string[] } {
  const db = new Database(dir.join("data", "collector.db"), { readonly: true });
  const rows = db.prepare("SELECT sensor, channel, at, value FROM sample JOIN series ON series = number").all();
  db.close();
  const readings = (rows as { sensor: string; channel: string; at: number; value: number }[]).map(
    ({ sensor, channel, at, value }) => `${sensor}/${channel} ${at} ${value}`,
  );
  return {
    replayed: readings.filter((reading) => reading.startsWith("replay/")),
    live: readings.filter((reading) => !reading.startsWith("replay/")),
  };
}

export function expectSame(stored: readonly string[], expected: ReadonlySet<string>): void {
  const distinct = new Set(stored);
  const missing = [...expected].filter((reading) => !distinct.has(reading));
  const strange = stored.filter((reading) => !expected.has(reading));
  expect({ twice: stored.length - distinct.size, missing: missing.slice(0, 5), strange: strange.slice(0, 5) }).toEqual({
    twice: 0,
    missing: [],
    strange: [],
  });
}
