import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Measure, Prepared } from "../../../agent/filters/contract.ts";
import { FORMULAS } from "../../../agent/filters/registry.ts";

const gauge = (unit: string): Measure => ({ unit, kind: "gauge" });

function prepared(name: string, ...units: readonly (string | undefined)[]): Prepared {
  const made = FORMULAS[name]?.prepare(units.map((unit) => (unit === undefined ? undefined : gauge(unit))));
  if (made === undefined || "refuse" in made) throw new Error(`${name} of ${units.join(", ")}: ${made?.refuse}`);
  return made;
}

const refusal = (name: string, ...inputs: readonly (Measure | undefined)[]) => FORMULAS[name]?.prepare(inputs);

/** Tables of other people: psychrometric tables for water vapour, the ICAO standard atmosphere, arithmetic. */
const KNOWN: readonly [
  formula: string,
  units: readonly string[],
  values: readonly number[],
  result: number,
  digits: number,
  unit: string,
][] = [
  ["dew_point", ["Cel", "%"], [20, 100], 20, 9, "Cel"],
  ["dew_point", ["Cel", "%"], [25, 50], 13.9, 1, "Cel"],
  ["dew_point", ["[degF]", "1"], [77, 0.5], 13.9, 1, "Cel"],
  ["absolute_humidity", ["Cel", "%"], [20, 100], 17.3, 0, "g/m3"],
  ["absolute_humidity", ["Cel", "%RH"], [0, 100], 4.85, 2, "g/m3"],
  ["vapour_pressure_deficit", ["Cel", "%"], [20, 100], 0, 9, "hPa"],
  ["vapour_pressure_deficit", ["Cel", "%"], [25, 50], 15.8, 1, "hPa"],
  ["sea_level_pressure", ["hPa", "Cel", "m"], [954.61, 11.75, 500], 1013.25, 1, "hPa"],
  ["sea_level_pressure", ["kPa", "K", "m"], [101.325, 288.15, 0], 1013.25, 9, "hPa"],
  ["power", ["mV", "A"], [12_000, 2], 24, 9, "W"],
  ["sum", ["W", "kW"], [500, 1.5], 2_000, 9, "W"],
  ["difference", ["Cel", "K"], [20, 293.15], 0, 9, "K"],
  ["difference", ["m", "m", "cm"], [10, 1, 100], 8, 9, "m"],
  ["mean", ["Cel", "[degF]"], [20, 86], 25, 9, "Cel"],
  ["min", ["V", "V", "V"], [3, 1, 2], 1, 9, "V"],
  ["max", ["V", "V", "V"], [3, 1, 2], 3, 9, "V"],
  ["product", ["V", "A", "h"], [12, 2, 3], 72, 9, "V.A.h"],
  ["ratio", ["W.h", "h"], [10, 4], 2.5, 9, "W.h/h"],
  ["ratio", ["L", "m/s"], [10, 4], 2.5, 9, "L/(m/s)"],
  ["ratio", ["kW", "W"], [1, 500], 2, 9, "1"],
];

test.each(KNOWN)("%s of %j %j is %d", (name, units, values, result, digits, unit) => {
  const { compute, measure } = prepared(name, ...units);
  expect(compute(values)).toBeCloseTo(result, digits);
  expect(measure).toMatchObject({ unit, kind: "gauge" });
});

test("every formula is among those", () => {
  expect([...new Set(KNOWN.map(([name]) => name))].toSorted()).toEqual(Object.keys(FORMULAS).toSorted());
});

test("a difference of temperatures is known as one, and so is the mean of such", () => {
  const { measure } = prepared("difference", "Cel", "[degF]");
  expect(measure).toEqual({ unit: "K", kind: "gauge", isDifference: true });
  expect(refusal("mean", measure, measure)).toMatchObject({ measure });
  expect(prepared("difference", "hPa", "kPa").measure).toEqual(gauge("hPa"));
});

test("a number of the config is in the unit the formula reckons in", () => {
  expect(prepared("sea_level_pressure", "hPa", "Cel", undefined).compute([954.61, 11.75, 500])).toBeCloseTo(1013.25, 1);
  expect(prepared("sum", "kW", undefined).compute([1, 2])).toBe(3);
  expect(prepared("product", "V", undefined)).toMatchObject({ measure: { unit: "V" } });
});

test("the sum of counters counts on", () => {
  const counter: Measure = { unit: "kW.h", kind: "counter" };
  expect(refusal("sum", counter, { unit: "J", kind: "counter" })).toMatchObject({ measure: { unit: "kW.h", kind: "counter" } });
  expect(refusal("difference", counter, counter)).toMatchObject({ measure: { kind: "gauge" } });
});

describe("what has no meaning is refused", () => {
  test.each([
    ["dew_point", [gauge("hPa"), gauge("%")], { refuse: "dew_point needs what can be converted to Cel, and hPa cannot", input: 0 }],
    ["dew_point", [gauge("1"), gauge("%")], { refuse: expect.stringContaining("give its channel its `unit`"), input: 0 }],
    ["sum", [gauge("Cel"), gauge("Cel")], { refuse: expect.stringContaining("use mean") }],
    ["mean", [gauge("V"), gauge("A")], { refuse: "mean needs what can be converted to V, and A cannot", input: 1 }],
    ["mean", [{ unit: "deg", kind: "angle" }, gauge("deg")], { refuse: expect.stringContaining("kind angle") }],
    ["product", [gauge("Cel"), gauge("h")], { refuse: expect.stringContaining("convert it to K") }],
    [
      "product",
      [gauge("kW.h/m2"), gauge("kW.h/m2"), gauge("kW.h/m2"), gauge("kW.h/m2"), gauge("m")],
      { refuse: expect.stringContaining("32") },
    ],
    ["sum", [undefined, undefined], { refuse: expect.stringContaining("needs a channel") }],
  ] as const)("%s of %j", (name, inputs, expected) => {
    expect(refusal(name, ...inputs)).toEqual(expected);
  });
});

test("the dew point is never above the temperature, and rises with the humidity", () => {
  const { compute } = prepared("dew_point", "Cel", "%");
  const { compute: water } = prepared("absolute_humidity", "Cel", "%");
  fc.assert(
    fc.property(fc.integer({ min: -40, max: 60 }), fc.integer({ min: 1, max: 99 }), (t, rh) => {
      expect(compute([t, rh])).toBeLessThan(t);
      expect(compute([t, rh])).toBeLessThan(compute([t, rh + 1]));
      expect(water([t, rh])).toBeLessThan(water([t + 1, rh]));
      // Air cooled down to its dew point is full of what water there is: Magnus both ways.
      expect(prepared("vapour_pressure_deficit", "Cel", "%").compute([compute([t, rh]), 100])).toBeCloseTo(0, 9);
    }),
  );
});
