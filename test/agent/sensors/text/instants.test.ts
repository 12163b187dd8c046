import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { replayText, UNIX } from "../../../support/replay.ts";

describe("time", () => {
  test.each([
    ["unix_s", "1738150036.123456", 1_738_150_036_123_456],
    ["unix_ms", "1458031648193", 1_458_031_648_193_000],
    ["unix_us", "1458031648193001", 1_458_031_648_193_001],
    ["iso", "2026-11-20T10:00:00Z", Date.UTC(2026, 10, 20, 10) * 1_000],
    ["iso", "2026-11-20 10:00:00.000001+02:00", Date.UTC(2026, 10, 20, 8) * 1_000 + 1],
    ["iso", "1969-12-31 23:59:59", -1_000_000],
    ["iso", "2024-02-29 00:00", Date.UTC(2024, 1, 29) * 1_000],
    ["M/D/YYYY h:mm AM", "11/3/2021 1:05 PM", Date.UTC(2021, 10, 3, 13, 5) * 1_000],
    ["M/D/YYYY h:mm AM", "1/31/2021 12:05 AM", Date.UTC(2021, 0, 31, 0, 5) * 1_000],
    ["D.M.YYYY hh:mm:ss AM", "31.1.2021 12:05:59 pm", Date.UTC(2021, 0, 31, 12, 5, 59) * 1_000],
    ["YYYY-MM-DD", "2100-03-01", Date.UTC(2100, 2, 1) * 1_000],
  ])("%s reads %s", async (time_format, text, at) => {
    expect((await replayText(`${text},20\n`, { ...UNIX, time_format })).rows).toEqual([[at, { t: 20 }]]);
  });

  test.each(["2023-02-29 00:00", "2026-13-01 00:00", "2026-04-31 00:00", "2026-01-01 24:00", "2026-01-01", "2026-01-01T00:00:61"])(
    "%s is no instant",
    async (text) => {
      expect((await replayText(`${text},20\n`, { ...UNIX, time_format: "iso" })).skipped).toEqual({ bad_time: 1 });
    },
  );

  test.each([
    ["iso", "9999-12-31T23:59:59Z"],
    ["iso", "9999-12-31 23:59:59"],
    ["iso", "0001-01-01 00:00:00"],
    ["iso", "2255-06-07 00:00"],
    ["YYYY-MM-DD", "1684-07-28"],
    ["unix_s", "253402300799"],
  ])("of %s, %s is none, and costs its row alone", async (time_format, text) => {
    for (const time_zone of ["UTC", "Europe/Berlin"]) {
      const { rows, skipped } = await replayText(`${text},20\n${text},21\n`, { ...UNIX, time_format, time_zone });
      expect([rows, skipped]).toEqual([[], { bad_time: 2 }]);
    }
  });

  test("bounds may lie in years that have no instants", async () => {
    const taken = async (bounds: object) => (await replayText("5,20\n", { ...UNIX, ...bounds })).rows.length;
    expect(await taken({ not_before: "0001-01-01", not_after: "9999-12-31" })).toBe(1);
    expect(await taken({ not_before: "9999-12-31" })).toBe(0);
    expect(await taken({ not_after: "0001-01-01" })).toBe(0);
  });

  test("every day from 1685 to 2255 is counted like the calendar does", () => {
    const day = fc.date({ min: new Date(Date.UTC(1685, 0, 1)), max: new Date(Date.UTC(2255, 0, 1)), noInvalidDate: true });
    return fc.assert(
      fc.asyncProperty(fc.array(day, { minLength: 1, maxLength: 50 }), async (days) => {
        const text = days.map((each) => `${each.toISOString()},1\n`).join("");
        const { rows } = await replayText(text, { ...UNIX, time_format: "iso", repeats: "keep" });
        expect(rows.map(([at]) => at)).toEqual(days.map((each) => each.getTime() * 1_000));
      }),
      { numRuns: 20 },
    );
  });

  test("a local hour that comes twice is told apart by the order of the rows", async () => {
    const hours = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"].map((time) => `2024-10-27 ${time},1\n`).join("");
    const { rows } = await replayText(hours, { ...UNIX, time_format: "iso", time_zone: "Europe/Berlin" });
    expect(rows.map(([at]) => new Date((at as number) / 1_000).toISOString().slice(11, 16))).toEqual([
      "23:30",
      "00:00",
      "00:30",
      "01:00",
      "01:30",
      "02:00",
    ]);
  });

  test("half an hour of change is half an hour", async () => {
    const { rows } = await replayText("2024-04-07 01:15,1\n2024-04-07 02:15,1\n", {
      ...UNIX,
      time_format: "iso",
      time_zone: "Australia/Lord_Howe",
    });
    expect(rows.map(([at]) => new Date((at as number) / 1_000).toISOString().slice(0, 16))).toEqual([
      "2024-04-06T14:15",
      "2024-04-06T15:45",
    ]);
  });
});
