import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dailyWindow } from "../../../protocol/calendar.ts";
import { epochMicros, isoInstant } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";

const at = (iso: string) => epochMicros(Date.parse(iso) * 1_000);
const NIGHT = dailyWindow("22:00-05:00", "Europe/Berlin");

describe("a daily window", () => {
  test.each([
    ["2026-11-20T20:59:59Z", false],
    ["2026-11-20T21:00:00Z", true], // 22:00 in Berlin
    ["2026-11-21T03:59:59Z", true],
    ["2026-11-21T04:00:00Z", false], // its end is not part of it
    ["2026-07-01T20:00:00Z", true], // in summer an hour earlier
    ["2026-07-01T03:00:00Z", false],
  ])("over midnight at %s: %s", (instant, isOpen) => {
    expect(NIGHT?.isOpen(at(instant))).toBe(isOpen);
  });

  test("is open for all that clocks show of it, also where they are moved", () => {
    const window = dailyWindow("02:00-03:00", "Europe/Berlin");
    const minutes = (day: string) => {
      const start = at(`${day}T00:00:00Z`);
      return Array.from({ length: 24 * 60 }, (_, minute) => epochMicros(start + minute * 60_000_000)).filter((m) => window?.isOpen(m))
        .length;
    };
    expect([minutes("2026-03-28"), minutes("2026-03-29"), minutes("2026-10-25")]).toEqual([60, 0, 120]);
  });

  test("says when it may change next, and changes at no other instant", () => {
    const window = dailyWindow("23:30-00:15", "America/New_York");
    const starts = fc.integer({ min: at("2026-10-30T00:00:00Z"), max: at("2026-11-04T00:00:00Z") });
    fc.assert(
      fc.property(starts, fc.double({ min: 0, max: 0.999_999, noNaN: true }), (start, part) => {
        const from = epochMicros(start);
        const until = window?.nextChange(from) ?? from;
        expect(until).toBeGreaterThan(from);
        expect(window?.isOpen(epochMicros(Math.floor(from + (until - from) * part)))).toBe(window?.isOpen(from));
      }),
      { numRuns: effort("daily-window", { quick: 50, test: 200, prove: 5_000 }) },
    );
  });

  test("the next change of a night is its end", () => {
    expect(isoInstant(NIGHT?.nextChange(at("2026-11-20T23:00:00Z")) ?? epochMicros(0))).toBe("2026-11-21T04:00:00.000Z");
  });

  test.each(["22-05", "22:00", "24:00-01:00", "22:00-22:00", "22:60-05:00", ""])("%j is none", (text) => {
    expect(dailyWindow(text, "UTC")).toBeUndefined();
  });
});
