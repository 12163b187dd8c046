import { expect, test } from "vitest";
import { fillTemplate, runKey, runPeriod } from "../../../collector/schedule/run-period.ts";
import { epochMicros, isoInstant, MICROS_PER_HOUR, micros } from "../../../protocol/index.ts";
import { HOURLY } from "./job-bench.ts";

const at = (iso: string) => epochMicros(Date.parse(iso) * 1_000);
const short = (instant: ReturnType<typeof at>) => isoInstant(instant).slice(0, 16);

test.each([
  ["hour", "UTC", "2026-11-20T11:05:00Z", "2026-11-20T10:00", "2026-11-20T11:00"],
  ["hour", "UTC", "2026-11-20T11:00:00Z", "2026-11-20T10:00", "2026-11-20T11:00"],
  ["hour", "Asia/Kolkata", "2026-11-20T11:05:00Z", "2026-11-20T09:30", "2026-11-20T10:30"],
  ["hour", "Europe/Berlin", "2026-10-25T01:05:00Z", "2026-10-25T00:00", "2026-10-25T01:00"], // the first of the two hours from 2 to 3
  ["day", "Europe/Berlin", "2026-10-26T05:00:00Z", "2026-10-24T22:00", "2026-10-25T23:00"], // 25 hours
  ["week", "Europe/Berlin", "2026-11-20T05:00:00Z", "2026-11-08T23:00", "2026-11-15T23:00"],
  ["month", "UTC", "2026-03-31T05:00:00Z", "2026-02-01T00:00", "2026-03-01T00:00"],
] as const)("the last whole %s in %s at %s is %s to %s", (span, timeZone, due, from, to) => {
  const period = runPeriod({ ...HOURLY, span, timeZone }, at(due));
  expect([short(period.from), short(period.to)]).toEqual([from, to]);
});

test("a window ends when it is due", () => {
  const due = at("2026-11-20T11:05:00Z");
  expect(runPeriod({ ...HOURLY, span: micros(MICROS_PER_HOUR) }, due)).toEqual({ from: due - MICROS_PER_HOUR, to: due });
});

test("two hours of one name have two keys and two files", () => {
  const job = { ...HOURLY, timeZone: "Europe/Berlin" };
  const both = ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"].map((from) => ({
    from: at(from),
    to: epochMicros(at(from) + MICROS_PER_HOUR),
  }));
  expect(both.map((period) => fillTemplate("{name}/{from}.csv", job, period))).toEqual([
    "stats/2026-10-25T0200+0200.csv",
    "stats/2026-10-25T0200+0100.csv",
  ]);
  expect(new Set(both.map((period) => runKey("stats", period))).size).toBe(2);
});
