import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clamp } from "../../../agent/filters/clamp.ts";
import { openFilter, readTrace, runTrace } from "../../support/traces.ts";

const CASES: readonly [title: string, config: object, input: string, output: string][] = [
  ["what is outside is cut to the limit and suspect", { min: 0, max: 100 }, "50 -1 100.4 50", "50 0? 100? 50"],
  ["the limits are inside", { min: 0, max: 100 }, "0 100", "0 100"],
  ["one limit is enough", { min: 0 }, "-1 1e300", "0? 1e+300"],
  ["a bad reading stays bad", { max: 100 }, "101! 99!", "100! 99!"],
];

test.each(CASES)("%s", (_title, config, input, output) => {
  expect(runTrace(openFilter(clamp, config), input).trace).toBe(output);
});

test("each cut is counted", () => {
  const [high] = readTrace("101");
  expect(high && openFilter(clamp, { max: 100 }).apply(high)).toMatchObject({ mark: "clamped" });
});

describe("a config is refused", () => {
  test.each([{}, { min: 1, max: 1 }, { min: 2, max: 1 }, { min: "1" }, { low: 1 }])("%j", (config) => {
    expect(clamp.config.safeParse(config).success).toBe(false);
  });
});

test("what comes out is inside, and what was inside is untouched", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }), (values) => {
      const filter = openFilter(clamp, { min: -1, max: 1e5 });
      for (const each of readTrace(values.join(" "))) {
        const outcome = each && filter.apply(each);
        const kept = outcome !== undefined && "keep" in outcome ? outcome.keep : undefined;
        expect(kept?.value).toBe(Math.max(-1, Math.min(1e5, each?.value ?? Number.NaN)));
        expect(kept === each).toBe(kept?.value === each?.value);
      }
    }),
  );
});
