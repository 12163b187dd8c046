import { describe, expect, test } from "vitest";
import { cronLine, nominalPeriod } from "../../../protocol/calendar.ts";
import { type EpochMicros, epochMicros, isoInstant } from "../../../protocol/index.ts";

const at = (iso: string) => epochMicros(Date.parse(iso) * 1_000);

function instants(line: string, zone: string, after: string, count: number): readonly string[] {
  const cron = cronLine(line, zone);
  const found: EpochMicros[] = [];
  for (let last: EpochMicros | undefined = at(after); found.length < count; ) {
    last = cron.next(last as EpochMicros);
    if (last === undefined) break;
    found.push(last);
  }
  return found.map((instant) => isoInstant(instant).replace(":00.000Z", "Z"));
}

describe("a cron line means", () => {
  test.each([
    ["5 * * * *", "UTC", "2026-11-20T10:04:59Z", ["2026-11-20T10:05Z", "2026-11-20T11:05Z"]],
    ["5 * * * *", "UTC", "2026-11-20T10:05:00Z", ["2026-11-20T11:05Z"]],
    ["@daily", "Europe/Berlin", "2026-11-20T10:00:00Z", ["2026-11-20T23:00Z", "2026-11-21T23:00Z"]],
    ["*/30 6-7 * * 1-5", "UTC", "2026-11-20T07:00:00Z", ["2026-11-20T07:30Z", "2026-11-23T06:00Z"]], // a Friday, then Monday
    ["0 6 L * *", "UTC", "2027-01-31T06:00:00Z", ["2027-02-28T06:00Z", "2027-03-31T06:00Z"]],
    ["0 6 * * 1#1", "UTC", "2026-11-20T00:00:00Z", ["2026-12-07T06:00Z", "2027-01-04T06:00Z"]],
    ["15 6 29 2 *", "UTC", "2096-03-01T00:00:00Z", ["2104-02-29T06:15Z"]], // 2100 is no leap year
    ["0 * * * *", "Asia/Kolkata", "2026-11-20T10:00:00Z", ["2026-11-20T10:30Z", "2026-11-20T11:30Z"]],
  ])("%s in %s after %s: %j", (line, zone, after, expected) => {
    expect(instants(line, zone, after, expected.length)).toEqual(expected);
  });

  test("an hour that comes twice, twice", () => {
    const expected = ["2026-10-24T23:05Z", "2026-10-25T00:05Z", "2026-10-25T01:05Z", "2026-10-25T02:05Z"];
    expect(instants("5 * * * *", "Europe/Berlin", "2026-10-24T22:30:00Z", 4)).toEqual(expected);
    expect(instants("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 3)).toEqual([
      "2026-10-25T00:30Z",
      "2026-10-25T01:30Z",
      "2026-10-26T01:30Z",
    ]);
  });

  test("an hour that is skipped, the one that it would have been", () => {
    expect(instants("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2)).toEqual(["2026-03-29T01:30Z", "2026-03-30T00:30Z"]);
    expect(instants("5 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 3)).toEqual([
      "2026-03-29T00:05Z",
      "2026-03-29T01:05Z",
      "2026-03-29T02:05Z",
    ]);
  });

  test("the first moment of a day whose midnight is skipped", () => {
    expect(instants("0 0 * * *", "Africa/Cairo", "2026-04-23T12:00:00Z", 2)).toEqual(["2026-04-23T22:00Z", "2026-04-24T21:00Z"]);
  });

  test("a day that a zone left out, nothing", () => {
    expect(instants("0 12 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z", 2)).toEqual(["2011-12-29T22:00Z", "2011-12-30T22:00Z"]);
  });
});

describe("the nominal period of a cron line", () => {
  const HOUR = 3_600_000_000;
  test.each([
    ["*/15 * * * *", HOUR / 4],
    ["0,50 * * * *", HOUR / 6], // 10 minutes over the full hour
    ["0 6,18 * * *", 12 * HOUR],
    ["0 6,20 * * *", 10 * HOUR], // over midnight
    ["@daily", 24 * HOUR],
    ["0 8 * * 1-5", 24 * HOUR],
    ["0 0 1 * *", 28 * 24 * HOUR], // a February
    ["0 0 29 2 *", 366 * 24 * HOUR],
  ])("%s: %i", (line, period) => {
    expect(nominalPeriod(line)).toBe(period);
  });
});
