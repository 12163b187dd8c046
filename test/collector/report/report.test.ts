/**
 * What a report shows, and what it says where it cannot.
 */
import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import type { ReportName } from "../../../collector/report/format.ts";
import type { ReportQuery } from "../../../collector/report/query.ts";
import { parseQuery } from "../../../collector/report/query.ts";
import { epochMicros, micros, type SeriesKind } from "../../../protocol/index.ts";
import { faultCode } from "../fault-code.ts";
import type { SampleReading } from "../rollup/batches.ts";
import { instant, type ReportBench, reportBench, seriesInfo } from "./report-bench.ts";

const MINUTE = 60e6;
const HOUR = 60 * MINUTE;
const NOON = instant("2026-03-10T12:00:00Z");

const AIR = seriesInfo(1, "greenhouse-1/air/temperature");
const SOIL = seriesInfo(2, "greenhouse-2/soil/moisture", { unit: "%" });

/** One reading a minute from `from` on, of values `value(0)`, `value(1)` ... */
function everyMinute(series: number, from: number, count: number, value: (index: number) => number = (index) => index): SampleReading[] {
  return Array.from({ length: count }, (_, index) => ({ series, at: from + index * MINUTE, value: value(index), quality: 0 }));
}

async function dayOfData(): Promise<ReportBench> {
  const bench = await reportBench([AIR, SOIL]);
  bench.setNow(NOON - 30 * HOUR);
  await bench.load([...everyMinute(1, NOON - 30 * HOUR, 30 * 60), ...everyMinute(2, NOON - 2 * HOUR, 60)]);
  bench.setNow(NOON + 20 * MINUTE);
  return bench;
}

const hours = (rows: readonly { hour: string }[]) => rows.map(({ hour }) => hour.slice(5, 13));

test("without options it shows the open hour and the 23 before it", async () => {
  await using bench = await dayOfData();
  const rows = await bench.rows({ series: "greenhouse-1" });
  expect(rows).toHaveLength(24);
  expect(hours(rows).at(0)).toBe("03-09T13");
  expect(hours(rows).at(-1)).toBe("03-10T12");
});

test("a gap is a row with count 0, and a series begins with its first reading", async () => {
  await using bench = await dayOfData();
  const rows = await bench.rows({ series: "greenhouse-2" });
  expect(rows.map(({ hour, count, min, avg, max }) => [hour.slice(11, 13), count, min, avg, max])).toEqual([
    ["10", 60, 0, 29.5, 59],
    ["11", 0, null, null, null],
    ["12", 0, null, null, null],
  ]);
});

test("an hour is open until its end, provisional for ten minutes, then final", async () => {
  await using bench = await dayOfData();
  const stateAt = async (now: number) => {
    bench.setNow(now);
    const rows = await bench.rows({ from: "2026-03-10T10:00", to: "2026-03-10T11:00", series: "greenhouse-1" });
    return rows[0]?.state;
  };
  expect(await stateAt(NOON - HOUR - 1)).toBe("open");
  expect(await stateAt(NOON - HOUR)).toBe("provisional");
  expect(await stateAt(NOON - HOUR + 10 * MINUTE)).toBe("final");
});

test("readings that came late are counted, and an hour that was final is shown as revised", async () => {
  await using bench = await dayOfData();
  await bench.load([{ series: 1, at: NOON - HOUR + 1, value: 5_000, quality: 0 }]);
  const [row] = await bench.rows({ from: "2026-03-10T11:00", to: "2026-03-10T12:00", series: "greenhouse-1" });
  expect(row).toMatchObject({ count: 61, max: 5_000, late: 1, revision: 1, state: "final" });
  expect(await bench.text({ from: "2026-03-10T11:00", to: "2026-03-10T12:00" })).toContain("late 1, revised");
});

test("bad readings are in no number but their own, suspect ones are in all", async () => {
  await using bench = await reportBench([AIR]);
  bench.setNow(NOON + HOUR);
  const at = (minute: number, value: number, quality: number) => ({ series: 1, at: NOON + minute * MINUTE, value, quality });
  await bench.load([at(0, 10, 0), at(1, 20, 1), at(2, 900, 2)]);
  const [row] = await bench.rows({ last: "2h" });
  expect(row).toMatchObject({ count: 2, min: 10, avg: 15, max: 20, suspect: 1, bad: 1 });
});

test("refused readings are shown in the row of their instant", async () => {
  await using bench = await dayOfData();
  bench.quarantined.set(epochMicros(NOON - 90 * MINUTE), 2);
  const rows = await bench.rows({ last: "3h", series: "greenhouse-1" });
  expect(rows.map(({ quarantined }) => quarantined)).toEqual([2, 0, 0]);
  expect(await bench.text({ last: "3h" })).toContain("quarantined 2");
});

test("coverage is the share of the time so far for which a value is known", async () => {
  await using bench = await reportBench([AIR]);
  bench.setNow(NOON + 90 * MINUTE);
  await bench.load([...everyMinute(1, NOON, 45), ...everyMinute(1, NOON + HOUR, 30)]);
  const rows = await bench.rows({ last: "2h" });
  expect(rows.map(({ coverage_percent }) => coverage_percent)).toEqual([75, 100]);
});

test("a series that reports changes is averaged by time, and both averages are in the file", async () => {
  const door = seriesInfo(1, "greenhouse-1/air/temperature", { sampling: "on_change", period: micros(0), heartbeat: micros(HOUR) });
  await using bench = await reportBench([door]);
  bench.setNow(NOON + 3 * HOUR);
  const at = (minute: number, value: number) => ({ series: 1, at: NOON + minute * MINUTE, value, quality: 0 });
  await bench.load([at(0, 10), at(45, 30)]);
  const range = { from: "2026-03-10T12:00", to: "2026-03-10T14:00" };
  const [first, second] = await bench.rows(range);
  expect(first).toMatchObject({ avg: 15, mean: "time", avg_samples: 20, avg_time: 15, coverage_percent: 100 });
  expect(second).toMatchObject({ count: 0, min: null, avg: 30, mean: "time", avg_samples: null });
  const [forced] = await bench.rows({ ...range, mean: "samples" });
  expect(forced).toMatchObject({ avg: 20, mean: "samples" });
  expect(await bench.text(range)).toContain("~15.00");
});

test.each<[SeriesKind, object]>([
  ["gauge", { count: 3, min: 1, avg: 2, max: 3 }],
  ["counter", { count: 3, min: 1, avg: null, max: 3, first: 1, last: 3, increase: 2 }],
  ["angle", { count: 3, min: null, avg: expect.closeTo(2, 12), max: null }],
  ["state", { count: 3, min: null, avg: null, max: null, first: 1, last: 3 }],
])("a %s shows what may be said of it", async (kind, expected) => {
  await using bench = await reportBench([seriesInfo(1, "greenhouse-1/air/temperature", { kind })]);
  bench.setNow(NOON + HOUR);
  await bench.load(everyMinute(1, NOON, 3, (index) => index + 1));
  const [row] = await bench.rows({ last: "2h", mean: "time" });
  const [usual] = await bench.rows({ last: "2h" });
  expect(usual).toMatchObject(expected);
  expect(row?.avg === null).toBe(kind === "counter" || kind === "state");
});

test("csv carries the same numbers as json, and the version of the zone rules", async () => {
  await using bench = await dayOfData();
  const csv = parse<Record<string, string>>(await bench.text({ last: "3h", format: "csv" }), { columns: true });
  const json = await bench.rows({ last: "3h" });
  expect(csv).toHaveLength(6);
  expect(csv).toEqual(
    json.map((row) => ({ ...Object.fromEntries(Object.entries(row).map(([key, value]) => [key, String(value ?? "")])), tzdata: "2026x" })),
  );
});

test("json says which time, zone and rules it is about", async () => {
  await using bench = await dayOfData();
  const report = JSON.parse(await bench.text({ from: "2026-03-10", tz: "Asia/Kolkata", format: "json" }));
  expect(report).toMatchObject({ report: "hourly", zone: "Asia/Kolkata", tzdata: "2026x", from: "2026-03-09T18:30:00.000Z" });
});

test("a unit that a spreadsheet would run is made harmless, one that would move a cursor too", async () => {
  await using bench = await reportBench([
    seriesInfo(1, "greenhouse-1/air/temperature", { unit: "=1+1" }),
    seriesInfo(2, "greenhouse-1/air/x", { unit: "\u001b[2J" }),
  ]);
  bench.setNow(NOON + HOUR);
  await bench.load([...everyMinute(1, NOON, 1, () => -5), ...everyMinute(2, NOON, 1)]);
  expect(await bench.text({ last: "2h", format: "csv" })).toContain(",-5,-5,-5,'=1+1,");
  expect(await bench.text({ last: "2h" })).not.toContain("\u001b");
});

test("the table is newest first and fits 120 columns", async () => {
  await using bench = await dayOfData();
  const lines = (await bench.text({ last: "3h" })).split("\n");
  expect(lines[0]).toMatch(/^hour +series +min +avg +max +unit +count +cov % +trend +notes/);
  expect(lines[2]).toMatch(/^2026-03-10T12:00\+00:00 +greenhouse-1\/air\/temperature +°C +0 +0 +open/);
  expect(lines[4]).toMatch(/^2026-03-10T11:00\+00:00 +greenhouse-1\/air\/temperature +1740.00 +1769.50 +1799.00 +°C +60 +100/);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
});

test("versions of a series are shown apart", async () => {
  await using bench = await reportBench([AIR, seriesInfo(7, AIR.id, { unit: "[degF]" }, 2)]);
  bench.setNow(NOON + HOUR);
  await bench.load([...everyMinute(1, NOON, 3), ...everyMinute(7, NOON + 3 * MINUTE, 3, () => 70)]);
  const rows = await bench.rows({ from: "2026-03-10T12:00", to: "2026-03-10T13:00" });
  expect(rows.map(({ version, unit, max }) => [version, unit, max])).toEqual([
    [1, "Cel", 2],
    [2, "[degF]", 70],
  ]);
  expect(await bench.text({ last: "2h" })).toContain("greenhouse-1/air/temperature v2");
});

test("an empty store says what to do next, an empty time where the readings are", async () => {
  await using empty = await reportBench([]);
  empty.setNow(NOON);
  expect(await empty.text({})).toContain("tributary-agent run");
  await using silent = await reportBench([AIR]);
  silent.setNow(NOON);
  expect(await silent.text({})).toContain("tributary-collector status");
  await using bench = await dayOfData();
  expect(await bench.text({ from: "2026-01-01", to: "2026-01-02" })).toContain("--from 2026-03-10");
});

test.each<[string, ReportQuery, readonly string[]]>([
  ["today", { last: "today" }, ["03-10T00", "03-10T13"]],
  ["yesterday", { last: "yesterday" }, ["03-09T07", "03-09T23"]],
  ["a date", { from: "2026-03-10", to: "2026-03-11" }, ["03-10T00", "03-10T13"]],
  ["words", { from: "yesterday", to: "today" }, ["03-09T07", "03-09T23"]],
  ["local times", { from: "2026-03-10T02:00", to: "2026-03-10T04:00" }, ["03-10T02", "03-10T03"]],
  ["instants", { from: "2026-03-10T02:00Z", to: "2026-03-10T05:00+01:00" }, ["03-10T03", "03-10T04"]],
  ["times inside an hour", { from: "2026-03-10T02:10", to: "2026-03-10T04:10" }, ["03-10T02", "03-10T04"]],
  ["less than a row", { last: "5m" }, ["03-10T13", "03-10T13"]],
  ["an end alone", { to: "2026-03-10T02:00" }, ["03-09T07", "03-10T01"]],
  ["a beginning alone", { from: "2026-03-10T11:00" }, ["03-10T11", "03-10T13"]],
])("a span may be written as %s", async (_, query, [first, last]) => {
  await using bench = await dayOfData();
  const rows = await bench.rows({ ...query, series: "greenhouse-1", tz: "Europe/Berlin" });
  expect([hours(rows).at(0), hours(rows).at(-1)]).toEqual([first, last]);
});

test.each<[ReportName, string, number, string, string]>([
  ["hourly", "hour", 24, "2026-11-19T14:00+01:00", "2026-11-20T13:00+01:00"],
  ["daily", "day", 7, "2026-11-14T00:00+01:00", "2026-11-20T00:00+01:00"],
  ["weekly", "week", 8, "2026-09-28T00:00+02:00", "2026-11-16T00:00+01:00"],
  ["monthly", "month", 12, "2025-12-01T00:00+01:00", "2026-11-01T00:00+01:00"],
])("without options the %s report has a row for each %s, %d of them, the open one last", async (name, key, count, first, last) => {
  await using bench = await reportBench([AIR], "Europe/Berlin");
  const now = instant("2026-11-20T12:20:00Z");
  bench.setNow(now);
  await bench.load([{ series: 1, at: now - 400 * 24 * HOUR, value: 1, quality: 0 }, ...everyMinute(1, now - 10 * MINUTE, 10)]);
  const rows = await bench.rows({}, name);
  expect([rows.length, rows[0]?.[key], rows.at(-1)?.[key]]).toEqual([count, first, last]);
  expect(rows.at(-1)).toMatchObject({ count: 10, state: "open" });
  expect((await bench.rows({ last: "today" }, name)).map((row) => row[key])).toContain(last);
});

test.each([
  ["greenhouse-*/air/temperature", 1],
  ["*", 2],
  ["greenhouse-1", 1],
  ["*/soil", 1],
  ["greenhouse-1, greenhouse-2", 2],
  ["*/*/*t*", 2],
])("the pattern %s chooses its series", async (pattern, count) => {
  await using bench = await dayOfData();
  const rows = await bench.rows({ series: pattern, last: "2h" });
  expect(new Set(rows.map(({ series }) => series)).size).toBe(count);
});

test.each<[string, ReportQuery]>([
  ["unknown_series", { series: "greenhouse-1/air/temprature" }],
  ["unknown_series", { series: "greenhouse-1/air/temperature/more" }],
  ["unknown_zone", { tz: "Europe/Berlni" }],
  ["unknown_zone", { tz: "+02:00" }],
  ["bad_span", { from: "2026-03-10", to: "2026-03-09" }],
  ["bad_span", { from: "2026-03-10", to: "2026-03-10" }],
  ["bad_span", { from: "2026-04-10", to: "2026-04-11" }],
  ["bad_span", { from: "2026-03-09", last: "2h" }],
  ["bad_time", { from: "10.03.2026" }],
  ["bad_time", { from: "2026-02-30" }],
  ["bad_time", { from: "1969-12-31" }],
  ["bad_time", { last: "24" }],
  ["span_too_long", { from: "1970-01-02" }],
  ["unsupported_offset", { from: "1970-01-02", to: "1970-01-03", tz: "Africa/Monrovia" }],
])("%s is the fault of %o", async (code, query) => {
  await using bench = await dayOfData();
  expect(await faultCode(bench.text(query))).toBe(code);
});

test("the nearest series and zone are offered", async () => {
  await using bench = await dayOfData();
  await expect(bench.text({ series: "greenhouse-1/air/temprature" })).rejects.toThrow('did you mean "greenhouse-1/air/temperature"?');
  await expect(bench.text({ tz: "Europe/Berlni" })).rejects.toThrow('did you mean "Europe/Berlin"?');
});

test.each([
  [{ form: "csv" }],
  [{ format: "xml" }],
  [{ series: ["a", "b"] }],
  [{ from: "" }],
  [{ series: "x".repeat(501) }],
  [{ mean: "median" }],
  [{ columns: "" }],
])("the query %o is refused", async (query) => {
  expect(await faultCode(() => parseQuery(query))).toBe("bad_query");
});
