/**
 * Every hour and day of a report equals an independent computation: grouping by Intl, sums exact in BigInt.
 */
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../support/seeded-random.ts";
import type { SampleReading } from "../rollup/batches.ts";
import { instant, type JsonRow, reportBench, seriesInfo } from "./report-bench.ts";

const MINUTE = 60e6;
const WEEK = 7 * 24 * 60 * MINUTE;

/** A week around each change of the clocks of 2024, and a week without one. */
const WEEKS = [
  { zone: "Europe/Berlin", from: "2024-03-28", to: "2024-04-04", hours: 167, changed: "2024-03-31", dayHours: 23 },
  { zone: "Europe/Berlin", from: "2024-10-24", to: "2024-10-31", hours: 169, changed: "2024-10-27", dayHours: 25 },
  { zone: "America/New_York", from: "2024-03-07", to: "2024-03-14", hours: 167, changed: "2024-03-10", dayHours: 23 },
  { zone: "America/New_York", from: "2024-10-31", to: "2024-11-07", hours: 169, changed: "2024-11-03", dayHours: 25 },
  { zone: "Australia/Lord_Howe", from: "2024-04-04", to: "2024-04-11", hours: 169, changed: "2024-04-07", dayHours: 24.5 },
  { zone: "Australia/Lord_Howe", from: "2024-10-03", to: "2024-10-10", hours: 168, changed: "2024-10-06", dayHours: 23.5 },
  { zone: "Asia/Kolkata", from: "2024-06-03", to: "2024-06-10", hours: 168, changed: "2024-06-05", dayHours: 24 },
  { zone: "Asia/Kathmandu", from: "2024-06-03", to: "2024-06-10", hours: 168, changed: "2024-06-05", dayHours: 24 },
] as const;

interface Group {
  count: number;
  min: number;
  max: number;
  hundredths: bigint;
  size: number;
}

/** Readings about every 20 s with two decimals, over a day more on either side, with holes of hours. */
function generate(what: string, from: string): SampleReading[] {
  const random = seededRandom(what);
  const start = instant(`${from}T00:00:00Z`) - 24 * 60 * MINUTE;
  const readings: SampleReading[] = [];
  for (let at = start; at < start + WEEK + 72 * 60 * MINUTE; at += 15e6 + random.below(10e6)) {
    if (random.below(4_000) === 0) at += (1 + random.below(5)) * 60 * MINUTE;
    readings.push({ series: 1, at, value: (random.below(6_000) - 2_000) / 100, quality: 0 });
  }
  return readings;
}

/** By local hour and offset, or by local date. */
function groupBy(readings: readonly SampleReading[], zone: string, keyLength: "hour" | "day"): Map<string, Group> {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  const offset = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
  const groups = new Map<string, Group>();
  for (const { at, value } of readings) {
    const moment = new Date(at / 1_000);
    const local = format.format(moment).replace(" ", "T");
    const shift = offset
      .formatToParts(moment)
      .find(({ type }) => type === "timeZoneName")
      ?.value.slice(3);
    const key = keyLength === "hour" ? `${local.slice(0, 13)}${shift}` : local.slice(0, 10);
    const group = groups.get(key) ?? { count: 0, min: value, max: value, hundredths: 0n, size: 0 };
    group.count += 1;
    group.min = Math.min(group.min, value);
    group.max = Math.max(group.max, value);
    group.hundredths += BigInt(Math.round(value * 100));
    group.size += Math.abs(value);
    groups.set(key, group);
  }
  return groups;
}

function expectSame(row: JsonRow, group: Group | undefined): void {
  expect(row.count).toBe(group?.count ?? 0);
  expect(row.min).toBe(group?.min ?? null);
  expect(row.max).toBe(group?.max ?? null);
  if (group === undefined) {
    expect(row.avg).toBeNull();
    return;
  }
  const mean = Number(group.hundredths) / 100 / group.count;
  expect(Math.abs(Number(row.avg) - mean)).toBeLessThanOrEqual((1e-12 * group.size) / group.count);
}

describe.each(WEEKS)("the week of $from in $zone", ({ zone, from, to, hours, changed, dayHours }) => {
  const readings = generate(`${zone} ${from}`, from);

  async function bench() {
    const made = await reportBench([seriesInfo(1, "greenhouse-1/air/temperature")], zone);
    made.setNow(instant("2026-01-01T00:00:00Z"));
    await made.load(readings);
    return made;
  }

  test("every hour equals the independent computation, and no instant is in two rows or in none", async () => {
    await using report = await bench();
    const rows = await report.rows({ from, to });
    expect(rows).toHaveLength(hours);
    const groups = groupBy(readings, zone, "hour");
    for (const row of rows) expectSame(row, groups.get(`${row.hour.slice(0, 13)}${row.hour.slice(16)}`));
    expect(new Set(rows.map(({ hour }) => hour)).size).toBe(hours);
    expect(rows.map(({ hour }) => Date.parse(hour))).toEqual(rows.map(({ hour }) => Date.parse(hour)).sort((a, b) => a - b));
  });

  test("every day equals the independent computation and is as long as its clocks made it", async () => {
    await using report = await bench();
    const rows = await report.rows({ from, to }, "daily");
    expect(rows).toHaveLength(7);
    const groups = groupBy(readings, zone, "day");
    for (const row of rows) expectSame(row, groups.get(row.day.slice(0, 10)));
    const index = rows.findIndex(({ day }) => day.startsWith(changed));
    const length = Date.parse(rows[index + 1]?.day ?? "") - Date.parse(rows[index]?.day ?? "");
    expect(length / 3_600_000).toBe(dayHours);
  });
});

test("an hour that occurs twice is two rows that differ in their offset", async () => {
  await using report = await reportBench([seriesInfo(1, "greenhouse-1/air/temperature")], "Europe/Berlin");
  report.setNow(instant("2024-11-01T00:00:00Z"));
  const at = (iso: string, value: number): SampleReading => ({ series: 1, at: instant(iso), value, quality: 0 });
  await report.load([at("2024-10-27T00:30:00Z", 1), at("2024-10-27T01:30:00Z", 2), at("2024-10-27T02:30:00Z", 3)]);
  const rows = await report.rows({ from: "2024-10-27T02:00", to: "2024-10-27T04:00" });
  expect(rows.map(({ hour, avg }) => [hour, avg])).toEqual([
    ["2024-10-27T02:00+02:00", 1],
    ["2024-10-27T02:00+01:00", 2],
    ["2024-10-27T03:00+01:00", 3],
  ]);
});

test("where a clock moves by half an hour the rows are as long as its hours were", async () => {
  await using report = await reportBench([seriesInfo(1, "greenhouse-1/air/temperature")], "Australia/Lord_Howe");
  report.setNow(instant("2024-11-01T00:00:00Z"));
  await report.load([{ series: 1, at: instant("2024-04-06T12:00:00Z"), value: 1, quality: 0 }]);
  const rows = await report.rows({ from: "2024-04-07T00:00", to: "2024-04-07T03:00" });
  expect(rows.map(({ hour }) => hour.slice(11))).toEqual(["00:00+11:00", "01:00+11:00", "01:30+10:30", "02:00+10:30"]);
});
