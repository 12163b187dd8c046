/**
 * replay: runs the `file` driver over files of a test and gathers all that it says.
 */
import fs from "node:fs/promises";
import type { StreamDriver } from "../../agent/sensors/contract.ts";
import { file } from "../../agent/sensors/file.ts";
import { driverContext } from "./driver-context.ts";
import { tempDir } from "./temp-dir.ts";

export const SIGNAL = new AbortController().signal;
export const UNIX = { columns: { time: 1, t: 2 }, time_format: "unix_s", header: "no" };

export type Row = readonly [at: number | undefined, values: Readonly<Record<string, unknown>>];

export interface Replay {
  readonly rows: Row[];
  readonly skipped: Record<string, number>;
  cursor: unknown;
}

export async function open(config: object, cursor?: unknown): Promise<StreamDriver> {
  const driver = file.create(await file.config.parseAsync(config), driverContext()) as StreamDriver;
  await driver.open(cursor);
  return driver;
}

/** Reads to the end, or for so many bursts. */
export async function replay(config: object, cursor?: unknown, bursts = Infinity): Promise<Replay> {
  const driver = await open(config, cursor);
  const all: Replay = { rows: [], skipped: {}, cursor };
  for (let left = bursts; left > 0; left -= 1) {
    const burst = await driver.next(SIGNAL);
    if (burst === undefined) break;
    all.rows.push(...burst.samples.map(({ at, values }): Row => [at, values]));
    for (const [reason, count] of Object.entries(burst.skipped ?? {})) all.skipped[reason] = (all.skipped[reason] ?? 0) + count;
    all.cursor = JSON.parse(JSON.stringify(burst.cursor));
  }
  await driver.close();
  return all;
}

/** Replays one file of this content. */
export async function replayText(content: string | Buffer, config: object): Promise<Replay> {
  await using dir = await tempDir();
  await fs.writeFile(dir.join("a.csv"), content);
  return await replay({ path: dir.join("a.csv"), ...config });
}

/** Microseconds of so many seconds. */
export const s = (seconds: number) => seconds * 1_000_000;
