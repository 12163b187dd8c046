import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { duration, type Micros, micros, showDuration, showSize, size, speed } from "../../../protocol/index.ts";

const messageOf = (schema: z.ZodType, value: unknown) => schema.safeParse(value).error?.issues[0]?.message;

describe("a duration", () => {
  test.each([
    ["500ms", 500_000],
    ["1s", 1e6],
    ["1.5h", 5.4e9],
    ["7d", 6.048e11],
    [" 10 s ", 1e7],
    ["0.001ms", 1],
  ])("%s is %d microseconds", (text, span) => {
    expect(duration().parse(text)).toBe(span);
  });

  test.each([
    [10, "got 10; did you mean 10s?"],
    ["10", 'got "10"; did you mean 10s?'],
    ["10 sec", 'got "10 sec"; did you mean 10s?'],
    ["5min", 'got "5min"; did you mean 5m?'],
    ["2H", 'got "2H"; did you mean 2h?'],
    ["3 days", 'got "3 days"; did you mean 3d?'],
    [0, "got 0"],
    ["0s", 'got "0s"'],
    ["-1s", 'got "-1s"'],
    ["1e3s", 'got "1e3s"'],
    ["1s 5s", 'got "1s 5s"'],
    ["1constructor", 'got "1constructor"'],
    ["0.0001ms", 'got "0.0001ms"'],
    ["999999999999999d", 'got "999999999999999d"'],
    [undefined, "got nothing"],
    [null, "got null"],
    [{ s: 1 }, 'got {"s":1}'],
  ])("%j is refused, and the text that was meant is offered where it is plain", (value, end) => {
    expect(messageOf(duration(), value)).toBe(`expected a duration like 10s, 1m or 1.5h, ${end}`);
  });

  test("is held inside its bounds, which are allowed themselves", () => {
    const bounded = duration({ least: micros(1e6), most: micros(60e6) });
    expect([bounded.parse("1s"), bounded.parse("1m")]).toEqual([1e6, 60e6]);
    expect(messageOf(bounded, "999ms")).toBe("expected at least 1s");
    expect(messageOf(bounded, "61s")).toBe("expected at most 1m");
    expect(messageOf(duration(), "101000d")).toBe("expected at most 36500d");
  });

  test("that is shown and read again is the same, from a millisecond on", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3e12 }), (milliseconds) => {
        const span = (milliseconds * 1000) as Micros;
        expect(duration().parse(showDuration(span))).toBe(span);
      }),
    );
  });
});

describe("a size", () => {
  test.each([
    ["1B", 1],
    ["1kB", 1e3],
    ["256MB", 256e6],
    ["1.5GB", 1.5e9],
    ["1MiB", 1_048_576],
    ["2GiB", 2 ** 31],
  ])("%s is %d bytes", (text, bytes) => {
    expect(size().parse(text)).toBe(bytes);
  });

  test.each([
    [500, "got 500; did you mean 500MB?"],
    ["1G", 'got "1G"; did you mean 1GB?'],
    ["10mb", 'got "10mb"; did you mean 10MB?'],
    ["64K", 'got "64K"; did you mean 64kB?'],
    ["0MB", 'got "0MB"'],
    ["-1MB", 'got "-1MB"'],
    ["a lot", 'got "a lot"'],
    ["99999999999TB", 'got "99999999999TB"'],
  ])("%j is refused, and the text that was meant is offered where it is plain", (value, end) => {
    expect(messageOf(size(), value)).toBe(`expected a size like 256MB or 1GiB, ${end}`);
  });

  test("is shown to three digits", () => {
    expect([1, 999, 1e9, 2_592_000, 44_640].map(showSize)).toEqual(["1B", "999B", "1GB", "2.59MB", "44.6kB"]);
  });
});

describe("a speed", () => {
  test("is a multiple of real time, or max", () => {
    expect(["1x", "60x", "0.5x", "max"].map((text) => speed().parse(text))).toEqual([1, 60, 0.5, Number.POSITIVE_INFINITY]);
  });

  test.each([["fast"], ["10"], ["0x"], ["-1x"], [10], [undefined]])("is not %j", (value) => {
    expect(messageOf(speed(), value)).toMatch(/^expected max, or a speed like 1x or 60x, got /);
  });
});
