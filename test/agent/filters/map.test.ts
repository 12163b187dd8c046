import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { map } from "../../../agent/filters/map.ts";
import { openFilter, readTrace, runTrace } from "../../support/traces.ts";

const CASES: readonly [title: string, config: object, input: string, output: string][] = [
  ["a number may be the name of a state", { states: { 1: 10, 2: 20 } }, "1 2 1?", "10 20 10?"],
  ["a state that is not in the list is dropped", { states: { 1: 10 } }, "1 3 1.5", "10 . ."],
  ["or takes the number of the others", { states: { 1: 10 }, other: -1 }, "1 3!", "10 -1!"],
  ["a bin is known by the borders below it", { bins: [0, 10] }, "-5 5 15", "0 1 2"],
  ["a border belongs to the bin above it", { bins: [0, 10] }, "-0.001 0 10", "0 1 2"],
  ["bins may have numbers of their own", { bins: [18, 24], as: [-1, 0, 1] }, "17 18 24", "-1 0 1"],
];

test.each(CASES)("%s", (_title, config, input, output) => {
  expect(runTrace(openFilter(map, config), input).trace).toBe(output);
});

test("a state that is dropped is counted as unknown", () => {
  const [two] = readTrace("2");
  expect(two && openFilter(map, { states: { 1: 1 } }).apply(two)).toEqual({ drop: "unknown_state" });
});

test("names are taken exactly as they are written", () => {
  const states = map.states?.(map.config.parse({ states: { on: 1, off: 0 } }));
  expect(["on", "off", "ON", " on", "constructor", "__proto__"].map((name) => states?.(name))).toEqual([
    1,
    0,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(map.states?.(map.config.parse({ states: { on: 1 }, other: 9 }))?.("dimmed")).toBe(9);
  expect(map.states?.(map.config.parse({ bins: [1] }))).toBeUndefined();
});

test("the series becomes one of states without a unit, unless the config says otherwise", () => {
  const before = { unit: "Cel", kind: "gauge" } as const;
  expect(map.measure?.(map.config.parse({ bins: [1] }), before)).toEqual({ unit: "1", kind: "state" });
  expect(map.measure?.(map.config.parse({ bins: [1], kind: "gauge", unit: "%" }), before)).toEqual({ unit: "%", kind: "gauge" });
});

describe("a config is refused", () => {
  test.each([
    {},
    { states: {} },
    { states: { a: "1" } },
    { states: { ["a".repeat(65)]: 1 } },
    { states: { a: 1 }, bins: [1] },
    { bins: [] },
    { bins: [2, 1] },
    { bins: [1, 1] },
    { bins: [1], as: [1] },
    { bins: [1], other: 1 },
    { states: { a: 1 }, as: [1] },
    { states: { a: 1 }, kind: "colour" },
  ])("%j", (config) => {
    expect(map.config.safeParse(config).success).toBe(false);
  });
});

test("a higher value is never in a lower bin, and each bin begins at its border", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 10 }), (borders) => {
      const bins = borders.toSorted((a, b) => a - b);
      const values = Array.from({ length: 205 }, (_, index) => index - 102);
      const seen = runTrace(openFilter(map, { bins }), values.join(" ")).trace.split(" ").map(Number);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      expect(new Set(seen).size).toBe(bins.length + 1);
      expect(bins.map((border) => seen[values.indexOf(border)])).toEqual(bins.map((_, index) => index + 1));
    }),
  );
});
