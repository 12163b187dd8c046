import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { convert } from "../../../agent/filters/convert.ts";
import { conversion } from "../../../agent/filters/units/conversion.ts";
import { openFilter, runTrace } from "../../support/traces.ts";

/** Figures from the definitions of the units, reckoned by hand and not by the table under test. */
const KNOWN: readonly [value: number, from: string, result: number, to: string][] = [
  [25, "Cel", 77, "[degF]"],
  [-40, "Cel", -40, "[degF]"],
  [0, "Cel", 273.15, "K"],
  [32, "[degF]", 0, "Cel"],
  [23.41, "Cel", 74.138, "[degF]"],
  [0, "K", -459.67, "[degF]"],
  [1013.25, "hPa", 1, "atm"],
  [1013.25, "hPa", 101.325, "kPa"],
  [1013.25, "hPa", 1.01325, "bar"],
  [1013.25, "mbar", 1013.25, "hPa"],
  [760, "mm[Hg]", 101324.72, "Pa"],
  [1, "[psi]", 68.9475729317, "hPa"],
  [29.92, "[in_i'Hg]", 1013.20453696, "hPa"],
  [1, "[in_i]", 25.4, "mm"],
  [1, "[mi_i]", 1.609344, "km"],
  [10, "m/s", 36, "km/h"],
  [1, "[kn_i]", 1.852, "km/h"],
  [60, "[mi_i]/h", 26.8224, "m/s"],
  [1, "kW.h", 3.6e6, "J"],
  [3_600, "J/s", 3.6, "kW"],
  [1, "kcal", 4184, "J"],
  [5, "V.A", 5, "W"],
  [1, "J/(s.m2)", 1, "W/m2"],
  [55.5, "%", 0.555, "1"],
  [400, "[ppm]", 0.04, "%"],
  [55.5, "%RH", 55.5, "%"],
  [12, "ug/m3", 0.012, "mg/m3"],
  [1, "[gal_us]", 3.785411784, "L"],
  [90, "L/min", 5.4, "m3/h"],
  [3_000, "{rpm}", 50, "Hz"],
  [90, "deg", 1.57079632679, "rad"],
  [2, "A.h", 7_200, "C"],
  [1.5, "d", 36, "h"],
  [8, "bit", 1, "By"],
];

test.each(KNOWN)("%d %s are %d %s", (value, from, result, to) => {
  expect(conversion(from, to)?.(value)).toBe(result);
});

test("the quality stays, and the last binary digits do not show", () => {
  expect(runTrace(openFilter(convert, { to: "°F" }), "25 25? 37.7!").trace).toBe("77 77? 99.86!");
});

test("a difference of temperatures stays one", () => {
  const shape = { measure: { unit: "K", kind: "gauge", isDifference: true } } as const;
  const inside = (to: string) => [runTrace(openFilter(convert, { to }, shape), "5 0 -1").trace, convert.measure?.({ to }, shape.measure)];
  expect(inside("[degF]")).toEqual(["9 0 -1.8", { unit: "[degR]", kind: "gauge", isDifference: true }]);
  expect(inside("Cel")).toEqual(["5 0 -1", { unit: "K", kind: "gauge", isDifference: true }]);
});

test("a result that is no finite number is dropped", () => {
  const shape = { measure: { unit: "m", kind: "gauge" } } as const;
  expect(runTrace(openFilter(convert, { to: "nm" }, shape), "1e305 1").trace).toBe(". 1000000000");
});

test("the series gets the unit, and keeps its kind", () => {
  expect(convert.measure?.({ to: "J" }, { unit: "kW.h", kind: "counter" })).toEqual({ unit: "J", kind: "counter" });
});

describe("units that do not go together are refused", () => {
  test.each([
    ["hPa", "mm", "expected a unit that hPa can be converted to, pressure: hPa, kPa, bar, mm[Hg], [psi], atm; mm is length"],
    ["Cel", "F", "expected a unit that Cel can be converted to, temperature: Cel, [degF], K; F is another quantity"],
    ["Cel", "Fahrenheit", "expected a unit that Cel can be converted to, temperature: Cel, [degF], K"],
    ["m/s4", "m", "expected a unit that m/s4 can be converted to, a unit of the same quantity as m/s4; m is length"],
  ])("%s to %s", (from, to, refuse) => {
    expect(convert.measure?.({ to }, { unit: from, kind: "gauge" })).toEqual({ refuse, option: "to" });
  });

  test("and a channel whose own unit is not known is told to say it", () => {
    expect(convert.measure?.({ to: "K" }, { unit: "furlong", kind: "gauge" })).toEqual({
      refuse: expect.stringMatching(/^furlong is no unit .* its `unit`; there is temperature \(Cel, \[degF\], K\), pressure/),
    });
  });
});

test.each(["", "Cel/s", "m//s", "m/", "(m", "m)", "k", "mmin", "m3m", "[degF]2", "m s", "{x}", "constructor"])("%j is no unit", (code) => {
  expect(conversion(code, "m/s")).toBeUndefined();
  expect(conversion("m/s", code)).toBeUndefined();
});

const CODES = [...new Set(KNOWN.flatMap(([, from, , to]) => [from, to]))];

test("there and back is where it was, to eleven digits", () => {
  const pairs = CODES.flatMap((from) => CODES.map((to) => [from, to] as const)).filter(([from, to]) => conversion(from, to) !== undefined);
  expect(pairs.length).toBeGreaterThan(100);
  fc.assert(
    fc.property(fc.constantFrom(...pairs), fc.integer({ min: -1e6, max: 1e6 }), ([from, to], hundredths) => {
      const value = hundredths / 100;
      const back = conversion(to, from)?.(conversion(from, to)?.(value) ?? Number.NaN) ?? Number.NaN;
      expect(Math.abs(back - value)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)) * 500);
    }),
  );
});

test("more is more in every unit", () => {
  fc.assert(
    fc.property(fc.constantFrom(...KNOWN), fc.integer(), fc.integer(), ([, from, , to], a, b) => {
      const inUnit = conversion(from, to) ?? Number;
      expect(inUnit(Math.min(a, b))).toBeLessThanOrEqual(inUnit(Math.max(a, b)));
    }),
  );
});
