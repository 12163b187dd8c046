/**
 * The same rows in every format, and the columns that are asked for.
 */
import { parse } from "csv-parse/sync";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { formatOfFile } from "../../../collector/report/formats.ts";
import { REPORT_FORMATS } from "../../../collector/report/query.ts";
import { epochMicros } from "../../../protocol/index.ts";
import { faultCode } from "../fault-code.ts";
import { instant, type JsonRow, type ReportBench, reportBench, seriesInfo } from "./report-bench.ts";

const MINUTE = 60e6;
const NOON = instant("2026-03-10T12:00:00Z");
const AIR = seriesInfo(1, "greenhouse-1/air/temperature");
const SOIL = seriesInfo(2, "greenhouse-2/soil/moisture", { unit: "%RH" });

/** Two series; in one a late, a suspect, a bad and a refused reading, and a gap. */
async function bench(): Promise<ReportBench> {
  const made = await reportBench([AIR, SOIL], "Europe/Berlin");
  const at = (series: number, minute: number, value: number, quality = 0) => ({ series, at: NOON + minute * MINUTE, value, quality });
  made.setNow(NOON + 180 * MINUTE);
  await made.load(Array.from({ length: 60 }, (_, minute) => at(1, minute, 20 + minute / 4)));
  await made.load([at(1, 61, 3, 1), at(1, 62, 99, 2), ...Array.from({ length: 30 }, (_, minute) => at(2, 60 + minute, 40.5))]);
  made.quarantined.set(epochMicros(NOON), 2);
  return made;
}

const RANGE = { from: "2026-03-10T12:00Z", to: "2026-03-10T15:00Z" };

test("csv, ndjson and parquet carry the rows of json, and the version of the zone rules in each", async () => {
  await using it = await bench();
  const json = await it.rows(RANGE);
  expect(json).toHaveLength(5);
  const ndjson = (await it.text({ ...RANGE, format: "ndjson" })).trimEnd().split("\n");
  expect(ndjson.map((line) => JSON.parse(line))).toEqual(json.map((row) => ({ ...row, tzdata: "2026x" })));
  const csv = parse<Record<string, string>>(await it.text({ ...RANGE, format: "csv" }), { columns: true });
  expect(csv).toEqual(json.map((row) => ({ ...mapValues(row, (value) => String(value ?? "")), tzdata: "2026x" })));
  const file = (await it.bytes({ ...RANGE, format: "parquet" })).buffer;
  const rows = (await parquetReadObjects({ file })).map((row) =>
    mapValues(row, (value) => (typeof value === "bigint" ? Number(value) : value)),
  );
  const more = { zone: "Europe/Berlin", tzdata: "2026x" };
  expect(rows).toEqual(json.map((row) => ({ start: new Date(String(row.hour)), ...row, ...more })));
});

test("parquet columns are typed, and the file says what it is about", async () => {
  await using it = await bench();
  const { schema, key_value_metadata: metadata } = parquetMetadata((await it.bytes({ ...RANGE, format: "parquet" })).buffer);
  const types = Object.fromEntries(schema.slice(1).map(({ name, type, converted_type }) => [name, converted_type ?? type]));
  expect(types).toMatchObject({ start: "TIMESTAMP_MICROS", series: "UTF8", avg: "DOUBLE", count: "INT64" });
  expect(Object.fromEntries((metadata ?? []).map(({ key, value }) => [key, value]))).toMatchObject({
    report: "hourly",
    zone: "Europe/Berlin",
    tzdata: "2026x",
  });
});

test("a parquet file of many row groups is whole", async () => {
  const series = Array.from({ length: 30 }, (_, index) => seriesInfo(index + 1, `greenhouse-${index}/air/temperature`));
  await using it = await reportBench(series);
  it.setNow(NOON);
  await it.load(series.map(({ number }) => ({ series: number, at: NOON - 100 * 24 * 60 * MINUTE, value: number, quality: 0 })));
  const file = (await it.bytes({ last: "101d", format: "parquet", columns: "series,hour,count" })).buffer;
  expect(parquetMetadata(file).row_groups.length).toBeGreaterThan(2);
  const rows = await parquetReadObjects({ file });
  const json = await it.rows({ last: "101d", columns: "series,hour,count" });
  expect(rows).toHaveLength(30 * 2_401);
  expect(rows).toEqual(json.map((row) => ({ ...row, count: BigInt(row.count as number) })));
});

test("a parquet file without rows is one that opens", async () => {
  await using it = await bench();
  const file = (await it.bytes({ from: "2025-01-01", to: "2025-01-02", format: "parquet" })).buffer;
  expect(await parquetReadObjects({ file })).toEqual([]);
});

test("markdown is the table as GitHub draws it, with nothing of an agent's as markup", async () => {
  await using it = await reportBench([seriesInfo(1, AIR.id, { unit: "a|b<i>*" })]);
  it.setNow(NOON + 20 * MINUTE);
  await it.load([{ series: 1, at: NOON, value: 5, quality: 0 }]);
  const lines = (await it.text({ last: "1h", format: "markdown" })).split("\n");
  expect(lines.slice(0, 3)).toEqual([
    "| hour | series | min | avg | max | unit | count | cov % | trend | notes |",
    "| --- | --- | ---: | ---: | ---: | --- | ---: | ---: | --- | --- |",
    "| 2026-03-10T12:00+00:00 | greenhouse-1/air/temperature | 5.00 | 5.00 | 5.00 | a\\|b\\<i\\>\\* | 1 | 5 | ▄    | open |",
  ]);
});

test.each(REPORT_FORMATS.filter((format) => format !== "parquet"))(
  "as %s only the columns that are asked for come, in their order",
  async (format) => {
    await using it = await bench();
    const text = await it.text({ ...RANGE, format, columns: "late,hour, avg ,late" });
    const names =
      format === "json"
        ? Object.keys(JSON.parse(text).rows[0]).join()
        : text
            .split("\n")[0]
            ?.match(/late|hour|avg/g)
            ?.join();
    expect(names).toBe("late,hour,avg");
    expect(text).not.toContain("greenhouse");
  },
);

test("columns that are not among the usual ones can be had", async () => {
  await using it = await bench();
  const [row] = await it.rows({ ...RANGE, columns: "start,end,unit_shown,notes,trend,zone,tzdata" });
  expect(row).toEqual({
    start: "2026-03-10T12:00:00.000Z",
    end: "2026-03-10T13:00:00.000Z",
    unit_shown: "°C",
    notes: "late 60, quarantined 2",
    trend: "21.75 25.5 29.25 33",
    zone: "Europe/Berlin",
    tzdata: "2026x",
  } satisfies Record<keyof typeof row, string>);
});

test("a column that nobody knows is refused, and the nearest offered", async () => {
  await using it = await bench();
  expect(await faultCode(it.text({ columns: "hour,coverage" }))).toBe("unknown_column");
  await expect(it.text({ columns: "serie" })).rejects.toThrow('did you mean "series"?');
  await expect(it.text({ columns: "serie" })).rejects.toMatchObject({ hint: expect.stringContaining("hour, series, version") });
});

test("the sparklines of a series share one scale, and what is unknown is a blank", async () => {
  await using it = await bench();
  const lines = (await it.text({ ...RANGE, series: "greenhouse-1", columns: "hour,trend" })).split("\n").slice(2, 5);
  expect(lines).toEqual(["2026-03-10T15:00+01:00", "2026-03-10T14:00+01:00  ▁", "2026-03-10T13:00+01:00  ▅▆▇█"]);
});

test.each([
  ["week.CSV", "csv"],
  ["a/b.json", "json"],
  ["x.ndjson", "ndjson"],
  ["x.md", "markdown"],
  ["x.parquet", "parquet"],
  ["x.txt", "table"],
  ["x.xlsx", undefined],
  ["csv", undefined],
])("a file called %s is written as %s", (file, format) => {
  expect(formatOfFile(file)).toBe(format);
});

function mapValues<A, B>(record: Readonly<Record<string, A>> | JsonRow, of: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, of(value as A)]));
}
