import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { throttle } from "../../../agent/filters/throttle.ts";
import { epochMicros, MICROS_PER_MINUTE, MICROS_PER_SECOND, micros } from "../../../protocol/index.ts";
import { EVERY_SECOND, openFilter, runTrace, TRACE_START } from "../../support/traces.ts";
import { FEW, outcomes, readings } from "./restarts.ts";

const CASES: readonly [title: string, config: object, input: string, output: string][] = [
  ["one reading in every span is kept", { every: "3s" }, "1 2 3 4 5 6 7", "1 . . 4 . . 7"],
  ["exactly the span later is late enough", { every: "1s" }, "1 2 3", "1 2 3"],
  ["after a hole the next reading is kept", { every: "3s" }, "1 2 _ _ _ 6 7", "1 . _ _ _ 6 ."],
  ["a change of quality passes at once", { every: "5s" }, "1 2 3! 4! 5 6", "1 . 3! . 5 ."],
];

test.each(CASES)("%s", (_title, config, input, output) => {
  expect(runTrace(openFilter(throttle, config), input).trace).toBe(output);
});

test("a clock that is set back ends the wait", () => {
  const filter = openFilter(throttle, { every: "1m" });
  runTrace(filter, "1 2");
  expect(runTrace(filter, "3 4", epochMicros(TRACE_START - 10 * MICROS_PER_MINUTE)).trace).toBe("3 .");
});

test("the catalog is told how often there is a reading then", () => {
  const sampling = (every: string, period: number) =>
    throttle.sampling?.(throttle.config.parse({ every }), { ...EVERY_SECOND, period: micros(period) });
  expect(sampling("10s", MICROS_PER_SECOND)).toEqual({ ...EVERY_SECOND, period: 10 * MICROS_PER_SECOND });
  expect(sampling("10s", 4 * MICROS_PER_SECOND)?.period).toBe(12 * MICROS_PER_SECOND);
  expect(sampling("10s", 60 * MICROS_PER_SECOND)?.period).toBe(60 * MICROS_PER_SECOND);
  expect(sampling("10s", 0)?.period).toBe(10 * MICROS_PER_SECOND);
});

test("two kept readings of one quality are at least the span apart while the clock runs forth", () => {
  fc.assert(
    fc.property(readings(FEW), (list) => {
      const kept = outcomes(openFilter(throttle, { every: "3s" }), list).flatMap((outcome) => ("keep" in outcome ? [outcome.keep] : []));
      kept.slice(1).forEach((each, index) => {
        const before = kept[index] as (typeof kept)[number];
        if (each.quality === before.quality && each.at >= before.at)
          expect(each.at - before.at).toBeGreaterThanOrEqual(3 * MICROS_PER_SECOND);
      });
    }),
  );
});

describe("a config is refused", () => {
  test.each([{}, { every: 10 }, { every: "0s" }, { every: "1s", keep: "last" }])("%j", (config) => {
    expect(throttle.config.safeParse(config).success).toBe(false);
  });
});
