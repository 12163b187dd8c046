import { describe, expect, test } from "vitest";
import { range } from "../../../agent/filters/range.ts";
import { openFilter, readTrace, runTrace } from "../../support/traces.ts";

const CASES: readonly [title: string, config: object, input: string, output: string][] = [
  ["what is outside is kept and marked bad", { min: -40, max: 85 }, "20 -41 86 20", "20 -41! 86! 20"],
  ["the limits are inside", { min: -40, max: 85 }, "-40 85", "-40 85"],
  ["one limit is enough", { min: 0 }, "-1 1e300", "-1! 1e+300"],
  ["a suspect reading inside stays suspect", { max: 85 }, "20? 86?", "20? 86!"],
];

test.each(CASES)("%s", (_title, config, input, output) => {
  expect(runTrace(openFilter(range, config), input).trace).toBe(output);
});

test("each mark says why", () => {
  const [hot] = readTrace("90");
  expect(hot && openFilter(range, { max: 85 }).apply(hot)).toMatchObject({ mark: "out_of_range" });
});

describe("a config is refused", () => {
  test.each([{}, { min: 1, max: 1 }, { min: 2, max: 1 }, { min: "1" }, { low: 1 }])("%j", (config) => {
    expect(range.config.safeParse(config).success).toBe(false);
  });
});
