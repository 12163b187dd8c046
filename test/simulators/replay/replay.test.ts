/**
 * A replay judged by the file it was made from, read by csv-parse alone, and by real data read in place.
 */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { isoInstant, MICROS_PER_HOUR, MICROS_PER_SECOND } from "../../../protocol/index.ts";
import { NEW_YEAR_2026 } from "../../support/manual-clock.ts";
import { needs } from "../../support/needs.ts";
import { simulate } from "../../support/simulate.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";

interface Files extends TempDir {
  write(name: string, lines: readonly string[]): Promise<string>;
}

async function files(): Promise<Files> {
  const dir = await tempDir();
  return {
    ...dir,
    async write(name, lines) {
      await writeFile(dir.join(name), lines.join("\n"));
      return dir.join(name);
    },
  };
}

async function played(...args: readonly string[]): Promise<{ rows: Record<string, string>[]; stderr: string }> {
  const { code, output } = simulate("replay", ...args, "--speed", "max");
  expect([await code, output.stderr]).toEqual([0, expect.any(String)]);
  return { rows: parse(output.stdout, { columns: true }), stderr: output.stderr };
}

const ROOM = ["when,temperature,note", "2020-05-01T10:00:00Z,20.5,ok", "2020-05-01T10:00:10Z,20.75,", "2020-05-01T10:00:30Z,21,warm"];

describe("tributary-simulate replay", () => {
  test("gives each row when it is due, as far from now as it was recorded from the first", async () => {
    await using dir = await files();
    const { clock, code, output } = simulate("replay", await dir.write("room.csv", ROOM), "--speed", "10x", "--format", "ndjson");
    const rows = () =>
      output.stdout
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    const until = async (count: number) => {
      while (rows().length < count) await clock.advance(0);
    };
    while (clock.pending().length === 0) await clock.advance(0);
    expect(rows()).toEqual([{ at: isoInstant(NEW_YEAR_2026), temperature: 20.5, note: "ok" }]);
    await clock.advance(MICROS_PER_SECOND - 1);
    expect(rows().length).toBe(1);
    await clock.advance(1);
    while (clock.pending().length === 0) await clock.advance(0);
    await until(2);
    await clock.advance(2 * MICROS_PER_SECOND);
    expect(await code).toBe(0);
    expect(rows().map(({ at }) => at)).toEqual(["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:10.000Z", "2026-01-01T00:00:30.000Z"]);
  });

  test("keeps the recorded instants where that is asked for, and the recorded order", async () => {
    await using dir = await files();
    const file = await dir.write("room.csv", [...ROOM, "2020-05-01T10:00:20Z,1,late"]);
    const { rows } = await played(file, "--from", "recorded");
    expect(rows.map(({ at, temperature, note }) => [at, temperature, note])).toEqual([
      ["2020-05-01T10:00:00.000Z", "20.5", "ok"],
      ["2020-05-01T10:00:10.000Z", "20.75", ""],
      ["2020-05-01T10:00:30.000Z", "21", "warm"],
      ["2020-05-01T10:00:20.000Z", "1", "late"],
    ]);
  });

  test("in a loop time goes on: a turn begins behind the last one by the usual distance", async () => {
    await using dir = await files();
    const file = await dir.write("room.csv", ROOM);
    const { clock, code, output } = simulate("replay", file, "--loop", "--for", "100s", "--from", "2026-11-01T00:00:00Z");
    let isOver = false;
    void code.then(() => {
      isOver = true;
    });
    while (!isOver) await clock.advance(clock.pending().length > 0 ? MICROS_PER_SECOND : 0); // no time passes while it reads
    const told: Record<string, string>[] = parse(output.stdout, { columns: true });
    const seconds = told.map(({ at = "" }) => (Date.parse(at) - Date.parse("2026-11-01T00:00:00Z")) / 1_000);
    expect(seconds).toEqual([0, 10, 30, 50, 60, 80]); // 30 + the last distance of 20
  });

  test("finds separator, header and time by itself; a file without a header has numbered columns", async () => {
    await using dir = await files();
    const semicolons = await dir.write("a.csv", ["\uFEFFT;Zeit;x", "1;1588327200;2", "3;1588327210.5;4"]);
    expect((await played(semicolons, "--from", "recorded")).rows).toEqual([
      { at: "2020-05-01T10:00:00.000Z", T: "1", x: "2" },
      { at: "2020-05-01T10:00:10.500Z", T: "3", x: "4" },
    ]);
    const bare = await dir.write("b.csv", ["1588327200000\t7", "1588327201000\t8"]);
    expect((await played(bare, "--from", "recorded")).rows.map(({ column2 }) => column2)).toEqual(["7", "8"]);
  });

  test("several files follow each other, each with its columns where it has them; names can be given", async () => {
    await using dir = await files();
    const [a, b] = [
      await dir.write("a.csv", ["time,x,y", "2020-05-01 10:00,1,2"]),
      await dir.write("b.csv", ["y;time;x", "3;2020-05-01 11:00;4"]),
    ];
    const { rows } = await played(a, b, "--column", "inside=x", "--time-zone", "Europe/Berlin", "--from", "recorded");
    expect(rows).toEqual([
      { at: "2020-05-01T08:00:00.000Z", inside: "1" },
      { at: "2020-05-01T09:00:00.000Z", inside: "4" },
    ]);
  });

  test("a row that cannot be read costs itself alone, and is told by reason", async () => {
    await using dir = await files();
    const file = await dir.write("room.csv", [
      ...ROOM,
      "yesterday,1,x",
      "2020-05-01T10:00:40Z,,",
      "2020-02-30T10:00:40Z,1,x",
      "2020-05-01T10:00:50Z,22,y",
    ]);
    const { rows, stderr } = await played(file);
    expect(rows.map(({ temperature }) => temperature)).toEqual(["20.5", "20.75", "21", "22"]);
    expect(stderr).toContain("rows left out: bad_time 2, empty_row 1");
  });

  test.each([
    [["nothing.csv"], "expected a file to read, got ENOENT"],
    [["room.csv", "--time", "zeit"], 'expected a column "zeit", there is "when", "temperature", "note"'],
    [["words.csv"], "expected a column of times"],
    [["room.csv", "--time-format", "DD.MM"], "expected auto, or a pattern"],
    [["room.csv", "--time-zone", "Berlin"], "expected an IANA time zone"],
    [["room.csv", "--column", "x"], "expected a name and a column like inside=t1"],
    [["room.csv", "--broker", "localhost"], "expected the URL of a broker like mqtt://127.0.0.1:1883"],
    [["room.csv", "--broker", "mqtt://127.0.0.1:1"], "expected an MQTT broker, got ECONNREFUSED"],
  ])("%j is refused, with what was expected", async ([name = "", ...args], message) => {
    await using dir = await files();
    await dir.write("room.csv", ROOM);
    await dir.write("words.csv", ["a,b", "one,two"]);
    const { code, output } = simulate("replay", dir.join(name), ...args);
    expect(await code).not.toBe(0);
    expect(output.stderr).toContain(message);
  });
});

describe("real data, and a twin of it that was made here", () => {
  /** As the UCI air quality set is written: semicolons, decimal commas, -200 for nothing, empty lines at the end. */
  const twin = () => {
    const hours = Array.from({ length: 48 }, (_, hour) => {
      const day = String(10 + Math.floor(hour / 24)).padStart(2, "0");
      return `${day}/03/2004;${String(hour % 24).padStart(2, "0")}.00.00;${hour % 5 === 0 ? "-200" : `2,${hour}`};${13 + hour},6;;`;
    });
    return ["Date;Time;CO(GT);T;;", ...hours, ";;;;;", ""];
  };

  async function compare(file: string): Promise<void> {
    const text = await readFile(file, "utf8");
    const records: Record<string, string>[] = parse(text, {
      columns: (names: string[]) => names.map((name, index) => name || `x${index}`),
      delimiter: ";",
      relax_column_count: true,
      skip_empty_lines: true,
    });
    const expected = records
      .filter(({ Date: day }) => day !== "")
      .map((record) => {
        const [day, month, year] = (record.Date ?? "").split("/").map(Number);
        const hour = Number((record.Time ?? "").slice(0, 2));
        const value = (name: string) => (record[name] === "-200" ? "" : String(Number(record[name]?.replace(",", "."))));
        return [new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour)).toISOString(), value("CO(GT)"), value("T")];
      })
      .filter(([, co, t]) => co !== "" || t !== "");
    const format = ["--time", "Date+Time", "--time-format", "DD/MM/YYYY hh.mm.ss", "--decimal", ",", "--missing=-200"];
    const { rows } = await played(file, ...format, "--column", "co=CO(GT)", "--column", "t=T", "--from", "recorded");
    expect(rows.map(({ at, co, t }) => [at, co, t])).toEqual(expected);
    const moved = await played(file, ...format, "--column", "t=T", "--from", "2026-11-01T00:00:00Z");
    expect(moved.rows[0]?.at).toBe("2026-11-01T00:00:00.000Z");
    expect(moved.rows[1]?.at).toBe(isoInstant((1_793_491_200_000_000 + MICROS_PER_HOUR) as never));
  }

  test("hours of air quality, decimal commas and all, in the twin", async () => {
    await using dir = await files();
    await compare(await dir.write("air.csv", twin()));
  });

  test("hours of air quality, decimal commas and all", async () => {
    await compare(path.join(needs("data:uci_air_quality"), "AirQualityUCI.csv"));
  });

  test("two BME280 a second, in two files one after the other", async () => {
    const folder = needs("data:bme280_pair");
    const names = ["merged-20250129-132716.csv", "merged-20250407-114016.csv"].map((name) => path.join(folder, name));
    const { rows } = await played(...names, "--from", "recorded");
    const recorded: Record<string, string>[] = (await Promise.all(names.map((name) => readFile(name, "utf8")))).flatMap(
      (text) => parse(text, { columns: true }) as Record<string, string>[],
    );
    expect(rows.length).toBe(recorded.length);
    expect(rows.map((row) => Number(row["t1 (°C)"]))).toEqual(recorded.map((row) => Number(row["t1 (°C)"])));
    expect(rows.map(({ at }) => at?.slice(0, 19))).toEqual(recorded.map(({ Datetime }) => Datetime?.replace(" ", "T")));
  });
});
