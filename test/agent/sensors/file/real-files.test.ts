/**
 * Files as loggers wrote them, read in place, against a count that shares no code with the driver.
 */
import fs from "node:fs/promises";
import { expect, test } from "vitest";
import { needs } from "../../../support/needs.ts";
import { replay } from "../../../support/replay.ts";

/** Cells of a file that hold one separator and no quotes. */
async function cells(file: string, separator: string): Promise<string[][]> {
  const text = await fs.readFile(file, "utf8");
  return text.split(/\r?\n/).map((line) => line.split(separator));
}

test("an air quality station: decimal commas, -200 for missing, empty lines and columns", async () => {
  const path = `${needs("data:uci_air_quality")}/AirQualityUCI.csv`;
  const { rows, skipped } = await replay({
    path,
    columns: { time: ["Date", "Time"], co: "CO(GT)", t: "T" },
    separator: ";",
    decimal: ",",
    time_format: "DD/MM/YYYY hh.mm.ss",
    missing: ["-200", "-200,0"],
  });
  const plain = (await cells(path, ";")).slice(1);
  const numbers = (index: number) => {
    const texts = plain.map((row) => (row[index] ?? "").replace(",", ".")).filter((text) => text !== "");
    return texts.map(Number).filter((value) => value !== -200);
  };
  const of = (channel: string) => rows.flatMap(([, values]) => (values[channel] === undefined ? [] : [values[channel]]));
  expect(of("co")).toEqual(numbers(2));
  expect(of("t")).toEqual(numbers(12));
  expect(of("t").length).toBeGreaterThan(8_000);
  expect(rows[0]?.[0]).toBe(Date.UTC(2004, 2, 10, 18) * 1_000);
  // Rows of separators alone stand at the end of the file: they have no time.
  expect(Object.keys(skipped)).toEqual(["bad_time"]);
});

test("a pair of climate sensors: one reading a second, by the names in a header with units", async () => {
  const folder = needs("data:bme280_pair");
  const { rows, skipped } = await replay({
    path: `${folder}/*.csv`,
    columns: { time: "Timestamp", t: "t1 (°C)", p: "p1 (hPa)" },
    time_format: "unix_s",
  });
  const files = (await fs.readdir(folder)).filter((name) => name.endsWith(".csv")).toSorted();
  const plain = (await Promise.all(files.map((name) => cells(`${folder}/${name}`, ","))))
    .flatMap((file) => file.slice(1))
    .filter((row) => row.length > 1);
  expect(rows.length).toBe(plain.length);
  expect(rows.map(([, { t }]) => t)).toEqual(plain.map((row) => Number(row[4])));
  expect(new Set(rows.map(([at]) => at)).size).toBe(rows.length);
  expect(skipped).toEqual({});
});

test("a machine's temperature over months, in local times without a zone", async () => {
  const path = `${needs("data:nab_sensors")}/data/realKnownCause/machine_temperature_system_failure.csv`;
  const { rows, skipped } = await replay({
    path,
    columns: { time: "timestamp", t: "value" },
    time_format: "iso",
    time_zone: "America/New_York",
  });
  const plain = (await cells(path, ",")).slice(1).filter((row) => row.length > 1);
  expect(rows.map(([, { t }]) => t)).toEqual(plain.map((row) => Number(row[1])));
  expect(rows[0]?.[0]).toBe(Date.parse("2013-12-02T21:15:00-05:00") * 1_000);
  expect(skipped).toEqual({});
});
