import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { epochMicros, isoInstant, MICROS_PER_DAY, MICROS_PER_HOUR, QUARTER } from "../../protocol/index.ts";

describe("an instant in words", () => {
  it.each([
    [0, "1970-01-01T00:00:00.000Z"],
    [1_795_200_000_000_000, "2026-11-20T18:40:00.000Z"],
    [1_795_200_000_123_456, "2026-11-20T18:40:00.123456Z"],
    [1_795_200_000_000_001, "2026-11-20T18:40:00.000001Z"],
    [-1, "1969-12-31T23:59:59.999999Z"],
    [Number.MAX_SAFE_INTEGER, "2255-06-05T23:47:34.740991Z"],
  ])("%d is %s", (at, text) => {
    expect(isoInstant(epochMicros(at))).toBe(text);
  });

  it("says the very microsecond, and later instants sort behind", () => {
    const after1970 = fc.nat(Number.MAX_SAFE_INTEGER - 1);
    fc.assert(
      fc.property(after1970, (at) => {
        const text = isoInstant(epochMicros(at));
        const [seconds = "", fraction = ""] = text.slice(0, -1).split(".");
        expect(BigInt(Date.parse(`${seconds}Z`)) * 1_000n + BigInt(fraction.padEnd(6, "0"))).toBe(BigInt(at));
        expect(text.slice(0, -1) < isoInstant(epochMicros(at + 1)).slice(0, -1)).toBe(true);
      }),
    );
  });
});

describe("a quarter", () => {
  it("divides the hour and the day", () => {
    expect([MICROS_PER_HOUR / QUARTER, MICROS_PER_DAY / QUARTER]).toEqual([4, 96]);
  });
});
