/**
 * The first example of the README for 26 hours, with trouble at every joint: every hour arrives once, and each equals
 * an independent computation over what the station handed out.
 */
import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import { MICROS_PER_MINUTE } from "../../protocol/index.ts";
import { effort } from "../support/effort.ts";
import { HourlyOracle } from "../support/hourly-oracle.ts";
import { readmeSample } from "../support/readme-samples.ts";
import { tempDir } from "../support/temp-dir.ts";
import type { ReportRow } from "../support/whole-path.ts";
import { DECEMBER } from "./open-collector.ts";
import { type Handed, TemperatureWorld } from "./temperature-world.ts";

const SERIES = "roof/outside/temperature";

type Trouble = (world: TemperatureWorld) => Promise<void> | void;

/** What happens when, by hours and minutes since midnight of the first day. */
const SCRIPT: Readonly<Record<string, Trouble>> = {
  "2:20": (world) => void world.down.add("get_temp"),
  "3:17": (world) => void world.down.delete("get_temp"),
  "5:30": (world) => world.stopCollector(),
  "7:40": (world) => world.startCollector(),
  "9:50": (world) => world.cutLink(),
  "11:25": (world) => world.mendLink(),
  "13:58": (world) => world.stopAgent(),
  "14:03": (world) => world.startAgent(),
  "16:01": (world) => {
    world.failNext = "busy";
  },
  "18:01": (world) => {
    world.failNext = "answer lost";
  },
  "20:02": (world) => world.cutLink(),
  "20:55": (world) => world.stopCollector(),
  "21:10": (world) => world.startCollector(),
  "21:30": (world) => world.mendLink(),
};

test("the two files of the README are short", () => {
  expect(readmeSample("yaml agent", "agent: roof").trimEnd().split("\n").length).toBeLessThanOrEqual(12);
  expect(readmeSample("yaml collector", "load-stats").trimEnd().split("\n").length).toBeLessThanOrEqual(12);
});

test("26 hours of a temperature arrive as 26 files, each once and right, whatever fails in between", async () => {
  await using dir = await tempDir();
  await using world = await TemperatureWorld.open(dir);
  const script = Object.entries(SCRIPT).map(([time, trouble]) => ({ at: atTime(time), trouble }));
  const windowEvery = effort("minutes between two looks at the last hour", { quick: 5, test: 5, prove: 1 });
  let [minutes, windows] = [0, 0];
  while (world.now < atTime("26:10")) {
    while ((script[0]?.at ?? Infinity) <= world.now) await script.shift()?.trouble(world);
    await world.minute();
    if (++minutes % windowEvery !== 0 || !(await world.deliver())) continue;
    await expectLastHour(world);
    windows += 1;
  }

  expect(world.bugs).toEqual([]);
  const accepted = new Map(world.posted.filter(({ status }) => status === 200).map((posted) => [posted.key, posted]));
  expect([...accepted.keys()].length, "files").toBe(26);
  const files = [...accepted.values()].map(({ body }) => parse(body, { columns: true }) as ReportRow[]);
  expect(files.map((rows) => rows.length)).toEqual(Array(26).fill(1));
  const oracle = new HourlyOracle();
  for (const { ms, text } of world.handed) if (ms * 1_000 < atTime("26:00")) oracle.add(SERIES, ms, text);
  oracle.expectSame(files.flat());

  const repeated = world.posted.filter(({ key }) => accepted.get(key)?.at !== world.posted.find((posted) => posted.key === key)?.at);
  expect(
    repeated.map(({ status }) => status),
    "one refused for now, one whose answer was lost",
  ).toEqual([503, 200, 200, 200]);
  expect(await world.askCollector("/api/v1/status")).toMatchObject({
    reports: [{ name: "load-stats", pending: 0, failed: [], trouble: null, last: { state: "delivered" } }],
  });
  console.info(`26 hours: ${world.handed.length} readings, ${world.posted.length} POSTs, ${windows} windows compared`);
});

test("on a quiet day every hour is posted at minute 5", async () => {
  await using dir = await tempDir();
  await using world = await TemperatureWorld.open(dir);
  while (world.now < atTime("3:06")) {
    await world.minute();
    await world.deliver();
  }
  expect(world.posted.map(({ at }) => at.slice(11, 16))).toEqual(["01:05", "02:05", "03:05"]);
  expect(world.posted.map(({ key }) => key)[0]).toBe('"load-stats/2026-12-01T00:00:00.000Z/2026-12-01T01:00:00.000Z"');
  const [, whole] = world.posted.map(({ body }) => (parse(body, { columns: true }) as ReportRow[])[0]);
  expect(whole).toMatchObject({ series: SERIES, count: "60", unit: "Cel", state: "provisional" });
});

function atTime(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return DECEMBER + (hours * 60 + minutes) * MICROS_PER_MINUTE;
}

/** The rolling last sixty minutes of the collector against what was handed out in them. */
async function expectLastHour(world: TemperatureWorld): Promise<void> {
  const inside = world.handed.filter(({ ms }) => ms * 1_000 > world.now - 60 * MICROS_PER_MINUTE);
  const { rows } = await world.report(`last?span=60m&format=json&series=${SERIES}`);
  const [row] = rows;
  const expected = inside.length === 0 ? [undefined, undefined, undefined] : reckon(inside);
  expect([row?.count || undefined, row?.min, row?.max], new Date(world.now / 1_000).toISOString()).toEqual(expected);
}

function reckon(handed: readonly Handed[]): readonly number[] {
  const values = handed.map(({ text }) => Number(text));
  return [values.length, Math.min(...values), Math.max(...values)];
}
