import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { round } from "../../../agent/filters/round.ts";
import { openFilter, readTrace, runTrace } from "../../support/traces.ts";

const CASES: readonly [title: string, config: object, input: string, output: string][] = [
  ["to decimals", { decimals: 2 }, "1.234 1.236 -1.236 1e30", "1.23 1.24 -1.24 1e+30"],
  ["to whole numbers, halves away from zero", { decimals: 0 }, "0.5 1.5 -0.5 -2.5", "1 2 -1 -3"],
  ["to steps, without the last binary digits", { step: 0.1 }, "0.34 0.26 -0.26", "0.3 0.3 -0.3"],
  ["to steps, halves away from zero", { step: 0.5 }, "0.25 0.24 -0.25 1e300", "0.5 0 -0.5 1e+300"],
  ["to large steps", { step: 50 }, "74 75 -75", "50 100 -100"],
  ["to steps so small that they are written with an exponent", { step: 1e-7 }, "0.00000123", "0.0000012"],
  ["the quality stays", { decimals: 0 }, "1.2? 1.2!", "1? 1!"],
];

test.each(CASES)("%s", (_title, config, input, output) => {
  const plain = (trace: string) => trace.split(" ").map((token) => token.replace(/^[^?!]+/, (number) => String(Number(number))));
  expect(plain(runTrace(openFilter(round, config), input).trace)).toEqual(plain(output));
});

describe("a config is refused", () => {
  test.each([{}, { decimals: 1, step: 1 }, { decimals: -1 }, { decimals: 1.5 }, { step: 0 }, { places: 2 }])("%j", (config) => {
    expect(round.config.safeParse(config).success).toBe(false);
  });
});

test("the result is at most half a step away, and rounding it again changes nothing", () => {
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), fc.constantFrom(0.01, 0.05, 0.25, 1, 2.5, 30), (values, step) => {
      const filter = openFilter(round, { step });
      const rounded = runTrace(filter, values.join(" ")).trace.split(" ").map(Number);
      readTrace(values.join(" ")).forEach((each, index) => {
        expect(Math.abs((rounded[index] ?? Number.NaN) - (each?.value ?? 0))).toBeLessThanOrEqual(step / 2 + 1e-9);
      });
      expect(runTrace(filter, rounded.join(" ")).trace.split(" ").map(Number)).toEqual(rounded);
    }),
  );
});
