import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lowpass } from "../../../agent/filters/lowpass.ts";
import { epochMicros, type Reading, reading } from "../../../protocol/index.ts";
import { openFilter, TRACE_SERIES, TRACE_START } from "../../support/traces.ts";
import { readings } from "./restarts.ts";

const at = (seconds: number, value: number, quality: Reading["quality"] = "good") =>
  reading(TRACE_SERIES, epochMicros(TRACE_START + Math.round(seconds * 1e6)), value, quality);

/** The values as they come out. */
function run(list: readonly Reading[], config: object = { time_constant: "10s" }): readonly number[] {
  const filter = openFilter(lowpass, config);
  return list.map((each) => {
    const outcome = filter.apply(each);
    return "keep" in outcome ? outcome.keep.value : Number.NaN;
  });
}

test("the first reading is taken as it is, and a step shows to 63 % after the time constant", () => {
  const [first, second] = run([at(0, 0), at(10, 100)]);
  expect(first).toBe(0);
  expect(second).toBeCloseTo(63.212, 3);
});

test("it goes by time, not by the number of readings", () => {
  const once = run([at(0, 0), at(10, 100)]).at(-1);
  const often = run([at(0, 0), ...Array.from({ length: 100 }, (_, index) => at((index + 1) / 10, 100))]).at(-1);
  expect(often).toBeCloseTo(once ?? Number.NaN, 9);
});

test("after a long hole the new value stands almost alone", () => {
  expect(run([at(0, 0), at(3_600, 100)]).at(-1)).toBeCloseTo(100, 9);
});

test("where no time has passed, or less than none, the value stays, and goes on from the new instant", () => {
  const [, same, back, on] = run([at(0, 10), at(0, 99), at(-50, 99), at(-40, 20)]);
  expect([same, back]).toEqual([10, 10]);
  expect(on).toBeCloseTo(10 + 10 * 0.63212, 4);
});

test("a bad reading passes and moves nothing", () => {
  expect(run([at(0, 10), at(1, 99, "bad"), at(2, 10)])).toEqual([10, 99, 10]);
});

test("what comes out lies between the readings that went in", () => {
  fc.assert(
    fc.property(readings(), (list) => {
      const good = list.filter(({ quality }) => quality !== "bad");
      const [low, high] = [Math.min(...good.map(({ value }) => value)), Math.max(...good.map(({ value }) => value))];
      for (const value of run(good)) {
        expect(value).toBeGreaterThanOrEqual(low - Math.abs(low) * 1e-12);
        expect(value).toBeLessThanOrEqual(high + Math.abs(high) * 1e-12);
      }
    }),
  );
});

test("an angle cannot be smoothed", () => {
  expect(lowpass.measure?.(lowpass.config.parse({ time_constant: "1s" }), { unit: "deg", kind: "angle" })).toHaveProperty("refuse");
});

describe("a config is refused", () => {
  test.each([{}, { time_constant: "0s" }, { time_constant: 10 }, { time_constant: "10s", alpha: 0.5 }])("%j", (config) => {
    expect(lowpass.config.safeParse(config).success).toBe(false);
  });
});
