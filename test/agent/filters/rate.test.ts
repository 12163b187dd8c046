import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rate } from "../../../agent/filters/rate.ts";
import { epochMicros, type Micros, reading } from "../../../protocol/index.ts";
import { openFilter, readTrace, runTrace, TRACE_SERIES, TRACE_START } from "../../support/traces.ts";

const GAUGE = { measure: { unit: "m", kind: "gauge" } } as const;
const COUNTER = { measure: { unit: "J", kind: "counter" } } as const;

const CASES: readonly [title: string, config: object, shape: typeof GAUGE | typeof COUNTER, input: string, output: string][] = [
  ["the change since the reading before", {}, GAUGE, "1 3 3 2", ". 2 0 -1"],
  ["over the time that has passed", {}, GAUGE, "1 _ _ _ 9", ". _ _ _ 2"],
  ["per minute or hour", { per: "min" }, GAUGE, "1 3", ". 120"],
  ["a counter that is lower than before was reset and counted from 0", {}, COUNTER, "10 14 3 5", ". 4 3 2"],
  ["or has run over", { wraps_at: 65_536 }, COUNTER, "65530 65534 2 5", ". 4 4 3"],
  ["a bad reading makes a bad rate and is no base", {}, GAUGE, "1 99! 5", ". 98! 2"],
  ["a sensor that is bad from the start is seen to be", {}, GAUGE, "7! 8! 1 3", "0! 0! . 2"],
  ["a suspect end makes the rate suspect", {}, GAUGE, "1? 3 5", ". 2? 2"],
  ["a rate that no double can hold is dropped", {}, GAUGE, "-1.7e308 1.7e308 1.7e308", ". . 0"],
];

test.each(CASES)("%s", (_title, config, shape, input, output) => {
  expect(runTrace(openFilter(rate, config, shape), input).trace).toBe(output);
});

test("resets and overruns are counted", () => {
  const marks = (config: object) => {
    const filter = openFilter(rate, config, COUNTER);
    return readTrace("9 3").map((each) => each && filter.apply(each))[1];
  };
  expect(marks({})).toMatchObject({ mark: "counter_reset" });
  expect(marks({ wraps_at: 10 })).toMatchObject({ mark: "counter_wrapped" });
});

test("where no time has passed there is no rate, and after a step back it goes on from there", () => {
  const filter = openFilter(rate, {}, GAUGE);
  const at = (seconds: number, value: number) => filter.apply(reading(TRACE_SERIES, epochMicros(TRACE_START + seconds * 1e6), value));
  expect([at(10, 1), at(10, 2), at(5, 7)]).toEqual([{ drop: "first_reading" }, { drop: "not_later" }, { drop: "not_later" }]);
  expect(at(6, 9)).toMatchObject({ keep: { value: 2 } });
});

test("a bad reading passes as bad where no time has passed, or a double cannot hold its rate", () => {
  const filter = openFilter(rate, {}, GAUGE);
  const bad = (seconds: number, value: number) =>
    filter.apply(reading(TRACE_SERIES, epochMicros(TRACE_START + seconds * 1e6), value, "bad"));
  runTrace(filter, "-1.7e308");
  for (const outcome of [bad(0, 1), bad(1, 1.7e308)]) expect(outcome).toMatchObject({ keep: { value: 0, quality: "bad" } });
});

test("the series becomes a gauge of the unit per time; degrees become kelvin", () => {
  const measure = (unit: string, per: string, kind: "gauge" | "counter") => rate.measure?.(rate.config.parse({ per }), { unit, kind });
  expect(measure("J", "s", "counter")).toEqual({ unit: "J/s", kind: "gauge" });
  expect(measure("Cel", "h", "gauge")).toEqual({ unit: "K/h", kind: "gauge" });
  expect(measure("m".repeat(32), "h", "gauge")).toHaveProperty("refuse");
});

test("a state has no rate, and a gauge does not run over", () => {
  expect(rate.measure?.(rate.config.parse({}), { unit: "1", kind: "state" })).toHaveProperty("refuse");
  expect(rate.measure?.(rate.config.parse({ wraps_at: 10 }), { unit: "1", kind: "gauge" })).toHaveProperty("refuse");
});

test("the rates of a counter times their spans add up to all that it counted, resets and all", () => {
  const steps = fc.array(fc.record({ counts: fc.nat(1_000), seconds: fc.integer({ min: 1, max: 60 }), isReset: fc.boolean() }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(steps, (list) => {
      const filter = openFilter(rate, {}, COUNTER);
      let [shown, at, counted, sum] = [500, TRACE_START as number, 0, 0];
      filter.apply(reading(TRACE_SERIES, epochMicros(at), shown));
      for (const { counts, seconds, isReset } of list) {
        const after = isReset && counts < shown ? counts : shown + counts;
        counted += counts;
        at += seconds * 1e6;
        shown = after;
        const outcome = filter.apply(reading(TRACE_SERIES, epochMicros(at), shown));
        if ("keep" in outcome) sum += outcome.keep.value * seconds;
      }
      expect(sum).toBeCloseTo(counted, 6);
    }),
  );
});

describe("a config is refused", () => {
  test.each([{ per: "day" }, { wraps_at: 0 }, { every: "1s" as unknown as Micros }])("%j", (config) => {
    expect(rate.config.safeParse(config).success).toBe(false);
  });
});
