import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calibrate } from "../../../agent/filters/calibrate.ts";
import { openFilter, runTrace } from "../../support/traces.ts";

const CASES: readonly [title: string, config: object, input: string, output: string][] = [
  ["an offset is added", { offset: -0.5 }, "20 0 -3", "19.5 -0.5 -3.5"],
  ["a gain comes before the offset", { gain: 2, offset: 1 }, "20 0", "41 1"],
  ["two points make a line, exact at both", { points: ["0.3 -> 0", "99.1 -> 100"] }, "0.3 99.1", "0 100"],
  ["between points it runs straight", { points: ["0 -> 0", "10 -> 20", "20 -> 20"] }, "5 15", "10 20"],
  ["beyond the points the outer lines go on", { points: ["0 -> 0", "10 -> 20", "20 -> 30"] }, "-5 30", "-10 40"],
  ["points may stand in any order", { points: ["20 -> 30", "0 -> 0", "10 -> 20"] }, "5 30", "10 40"],
  ["a polynomial begins with its constant", { polynomial: [1, 2, 3] }, "0 2", "1 17"],
  ["the quality stays", { gain: 2 }, "1? 2!", "2? 4!"],
  ["a result that is no finite number is dropped", { gain: 1e308 }, "1e10 1", ". 1e+308"],
];

test.each(CASES)("%s", (_title, config, input, output) => {
  expect(runTrace(openFilter(calibrate, config), input).trace).toBe(output);
});

test("it counts as a calibration", () => {
  expect(calibrate.calibrates).toBe(true);
});

describe("a config is refused", () => {
  test.each([
    {},
    { gain: 0 },
    { points: ["1 -> 2"] },
    { points: ["1 -> 2", "1 -> 3"] },
    { points: ["1 to 2", "2 -> 3"] },
    { offset: 1, polynomial: [1] },
    { gain: 2, points: ["0 -> 0", "1 -> 1"] },
    { polynomial: [] },
    { slope: 1 },
  ])("%j", (config) => {
    expect(calibrate.config.safeParse(config).success).toBe(false);
  });
});

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => Math.round(value * 100) / 100 + 0);

test("every given point comes out as it was given", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(number, number), { minLength: 2, maxLength: 10, selector: ([shown]) => shown }), (points) => {
      const filter = openFilter(calibrate, { points: points.map(([shown, real]) => `${shown} -> ${real}`) });
      const lowest = Math.min(...points.map(([shown]) => shown));
      for (const [shown, real] of points) {
        const kept = Number(runTrace(filter, String(shown)).trace);
        if (shown === lowest) expect(kept).toBeCloseTo(real, 6);
        else expect(kept).toBe(real);
      }
    }),
  );
});
