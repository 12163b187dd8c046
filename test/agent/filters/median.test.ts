import { describe, expect, test } from "vitest";
import { median } from "../../../agent/filters/median.ts";
import { epochMicros } from "../../../protocol/index.ts";
import { openFilter, runTrace, TRACE_START } from "../../support/traces.ts";

const CASES: readonly [title: string, config: object, input: string, output: string][] = [
  ["a spike vanishes", { window: 3 }, "1 1 1 90 1 1", "1 1 1 1 1 1"],
  ["a step stays a step, half a window late", { window: 3 }, "1 1 1 9 9 9", "1 1 1 1 9 9"],
  ["until the window is full, the median is of what there is", { window: 5 }, "4 8 1 5", "4 6 4 4.5"],
  ["a bad reading passes and is in no median", { window: 3 }, "1 2 99! 3 4", "1 1.5 99! 2 3"],
  ["each reading keeps its own quality", { window: 3 }, "1 1? 1", "1 1? 1"],
  ["the largest numbers there are have a median too", { window: 3 }, "1.7e308 1.7e308 -1.7e308", "1.7e+308 1.7e+308 1.7e+308"],
];

test.each(CASES)("%s", (_title, config, input, output) => {
  expect(runTrace(openFilter(median, config), input).trace).toBe(output);
});

test("a clock that steps changes nothing", () => {
  const filter = openFilter(median, { window: 3 });
  runTrace(filter, "1 1 1");
  expect(runTrace(filter, "9 9", epochMicros(TRACE_START - 86_400_000_000)).trace).toBe("1 9");
});

test("an angle has no median", () => {
  expect(median.measure?.(median.config.parse({}), { unit: "deg", kind: "angle" })).toHaveProperty("refuse");
});

describe("a config is refused", () => {
  test.each([{ window: 4 }, { window: 1 }, { window: 103 }, { window: "5" }, { size: 5 }])("%j", (config) => {
    expect(median.config.safeParse(config).success).toBe(false);
  });
});
