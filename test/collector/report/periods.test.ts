/**
 * Local hours and days tile the time, in every zone there is.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Period, periodsOf } from "../../../collector/report/periods.ts";
import { epochMicros, QUARTER } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";
import { faultCode } from "../fault-code.ts";
import { instant } from "./report-bench.ts";

const HOUR = 3_600e6;

const zone = fc.constantFrom(...Intl.supportedValuesOf("timeZone"), "UTC");
/** From 2012 on: until 2011 clocks in Canada changed a minute past midnight, and its last week had six days in Samoa. */
const start = fc
  .integer({ min: instant("2012-01-09") / QUARTER, max: instant("2060-01-01") / QUARTER })
  .map((quarter) => quarter * QUARTER);
/** Changes of clocks are rare, so spans are long. */
const length = fc.integer({ min: 1, max: 4 * 24 * 250 }).map((quarters) => quarters * QUARTER);

function expectTiling(periods: readonly Period[], from: number, to: number): void {
  expect(periods[0]?.from).toBeLessThanOrEqual(from);
  expect(periods[0]?.to).toBeGreaterThan(from);
  expect(periods.at(-1)?.from).toBeLessThan(to);
  expect(periods.at(-1)?.to).toBeGreaterThanOrEqual(to);
  const isRight = ({ from: first, label }: Period, index: number) =>
    first % QUARTER === 0 && first === (periods[index - 1]?.to ?? first) && Date.parse(label) * 1_000 === first;
  expect(periods.filter((period, index) => !isRight(period, index))).toEqual([]);
}

test("hours of any zone follow one another without hole or overlap, and are named by what the clock showed", () => {
  const runs = effort("periods-hours", { quick: 60, test: 200, prove: 2_000 });
  fc.assert(
    fc.property(zone, start, length, (where, from, span) => {
      const periods = periodsOf("hour", where, { from: epochMicros(from), to: epochMicros(from + span) });
      expectTiling(periods, from, from + span);
      const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: where, dateStyle: "short", timeStyle: "short" });
      const odd = periods.filter((period, index) => index % 97 === 0 || period.to - period.from !== HOUR);
      for (const { from: first, to, label } of odd) {
        expect(to - first).toBeLessThanOrEqual(HOUR);
        expect(clock.format(first / 1_000).replace(" ", "T")).toBe(label.slice(0, 16));
        expect(
          clock
            .format((to - 1) / 1_000)
            .slice(0, 13)
            .replace(" ", "T"),
        ).toBe(label.slice(0, 13));
      }
    }),
    { numRuns: runs },
  );
});

test("days of any zone follow one another without hole or overlap, each with one date", () => {
  const runs = effort("periods-days", { quick: 60, test: 200, prove: 2_000 });
  fc.assert(
    fc.property(zone, start, length, (where, from, span) => {
      const periods = periodsOf("day", where, { from: epochMicros(from), to: epochMicros(from + span) });
      expectTiling(periods, from, from + span);
      const date = new Intl.DateTimeFormat("sv-SE", { timeZone: where, dateStyle: "short" });
      for (const { from: first, to, label } of periods) {
        expect(date.format(first / 1_000)).toBe(label.slice(0, 10));
        expect(date.format((to - 1) / 1_000)).toBe(label.slice(0, 10));
      }
      expect(new Set(periods.map(({ label }) => label.slice(0, 10))).size).toBe(periods.length);
    }),
    { numRuns: runs },
  );
});

test.each([
  ["week", "Monday"],
  ["month", "1"],
] as const)("every %s of any zone begins with its first local day (%s) and follows the one before", (kind, first) => {
  const runs = effort(`periods-${kind}s`, { quick: 30, test: 100, prove: 1_000 });
  fc.assert(
    fc.property(zone, start, length, (where, from, span) => {
      const periods = periodsOf(kind, where, { from: epochMicros(from), to: epochMicros(from + span) });
      expectTiling(periods, from, from + span);
      const part = new Intl.DateTimeFormat("en", { timeZone: where, ...(kind === "week" ? { weekday: "long" } : { day: "numeric" }) });
      for (const { from: begin, to } of periods) {
        expect(part.format(begin / 1_000)).toBe(first);
        expect(part.format((begin - 1) / 1_000)).not.toBe(first);
        expect(part.format(to / 1_000)).toBe(first);
        expect((to - begin) / HOUR / 24).toBeCloseTo(kind === "week" ? 7 : 29.5, kind === "week" ? 0 : -1);
      }
    }),
    { numRuns: runs },
  );
});

test("a day that a zone left out is no row", () => {
  const span = { from: epochMicros(instant("2011-12-29T00:00:00-10:00")), to: epochMicros(instant("2012-01-01T00:00:00+14:00")) };
  expect(periodsOf("day", "Pacific/Apia", span).map(({ label }) => label)).toEqual(["2011-12-29T00:00-10:00", "2011-12-31T00:00+14:00"]);
});

test("a day whose midnight is skipped begins when its clock did", () => {
  const span = { from: epochMicros(instant("2024-09-08T12:00:00-03:00")), to: epochMicros(instant("2024-09-08T13:00:00-03:00")) };
  expect(periodsOf("day", "America/Santiago", span).map(({ label }) => label)).toEqual(["2024-09-08T01:00-03:00"]);
});

test("clocks that changed off the quarters are refused, for a bucket cannot be cut", async () => {
  const span = { from: epochMicros(instant("1993-04-04T00:00:00Z")), to: epochMicros(instant("1993-04-05T00:00:00Z")) };
  expect(await faultCode(() => periodsOf("hour", "America/Moncton", span))).toBe("unsupported_offset");
});
