import { describe, expect, test } from "vitest";
import { hampel } from "../../../agent/filters/hampel.ts";
import { epochMicros } from "../../../protocol/index.ts";
import { openFilter, readTrace, runTrace, TRACE_START } from "../../support/traces.ts";

const CASES: readonly [title: string, config: object, input: string, output: string][] = [
  ["an outlier is marked", { window: 5 }, "1 2 1 2 1 90 2 1", "1 2 1 2 1 90? 2 1"],
  ["or replaced by the median, and suspect", { window: 5, action: "replace" }, "1 2 1 3 1 90 2", "1 2 1 3 1 2? 2"],
  ["or dropped", { window: 5, action: "drop" }, "1 2 1 2 1 90 2", "1 2 1 2 1 . 2"],
  ["the first readings are not judged", { window: 5 }, "1 2 90 2 1 2", "1 2 90 2 1 2"],
  ["a step is an outlier until it fills half of the window", { window: 5, floor: 0.1 }, "1 1 1 1 1 9 9 9 9", "1 1 1 1 1 9? 9? 9 9"],
  ["a reading that differs from equal ones cannot be judged", { window: 5 }, "1 1 1 1 1 1.1 1", "1 1 1 1 1 1.1 1"],
  ["but by a floor it can", { window: 5, floor: 0.1 }, "1 1 1 1 1 1.3 1.4 1 1", "1 1 1 1 1 1.3 1.4? 1 1"],
  ["exactly as many sigmas are inside", { window: 3, sigmas: 2, floor: 0.5 }, "0 0 1 0 0 1.5", "0 0 1 0 0 1.5?"],
  ["a bad reading passes and is in no window", { window: 5, floor: 0.1 }, "1 1 1 1 99! 99! 99! 1 99", "1 1 1 1 99! 99! 99! 1 99?"],
  ["a suspect reading is judged as any other", { window: 3, floor: 1 }, "1 1? 1 99? 1", "1 1? 1 99? 1"],
  ["holes play no part", { window: 3, floor: 0.1 }, "1 1 1 _ _ _ 9", "1 1 1 _ _ _ 9?"],
];

test.each(CASES)("%s", (_title, config, input, output) => {
  expect(runTrace(openFilter(hampel, config), input).trace).toBe(output);
});

test("what could not be judged is counted", () => {
  const filter = openFilter(hampel, { window: 3 });
  const [, , , last] = readTrace("1 1 1 1.1").map((each) => each && filter.apply(each));
  expect(last).toMatchObject({ mark: "no_spread" });
});

test("a clock that steps changes nothing", () => {
  const filter = openFilter(hampel, { window: 3, floor: 0.1 });
  expect(runTrace(filter, "1 1 1").trace).toBe("1 1 1");
  expect(runTrace(filter, "9 1 1 1", epochMicros(TRACE_START - 86_400_000_000)).trace).toBe("9? 1 1 1");
});

test("an angle has no outliers", () => {
  expect(hampel.measure?.(hampel.config.parse({}), { unit: "deg", kind: "angle" })).toHaveProperty("refuse");
  expect(hampel.measure?.(hampel.config.parse({}), { unit: "m", kind: "gauge" })).toEqual({ unit: "m", kind: "gauge" });
});

describe("a config is refused", () => {
  test.each([{ window: 4 }, { window: 1 }, { window: 103 }, { sigmas: 0 }, { floor: -1 }, { action: "delete" }, { size: 7 }])(
    "%j",
    (config) => {
      expect(hampel.config.safeParse(config).success).toBe(false);
    },
  );
});
