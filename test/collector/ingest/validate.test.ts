import fc from "fast-check";
import { expect, test } from "vitest";
import { EARLIEST, type Rules, validate } from "../../../collector/ingest/validate.ts";
import { epochMicros, type Frame, type SampleFrame } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";
import { NEW_YEAR_2026 } from "../../support/manual-clock.ts";
import { samples, summary } from "./wire-batches.ts";

const NOW = NEW_YEAR_2026;
const MINUTE = 60_000_000;
const QUARTER = 15 * MINUTE;
const ANY: Rules = { series: [{ number: 7, range: undefined }], now: NOW };
const RANGED: Rules = { series: [{ number: 7, range: { min: -40, max: 85 } }], now: NOW };

/** `ordinal reason`, in the order in which they came. */
function refusals(frames: readonly Frame[], rules: Rules = ANY): string[] {
  return validate(frames, rules).map(({ ordinal, reason }) => `${ordinal} ${reason}`);
}

function reasonAt(at: number, now: number | undefined = NOW): string | undefined {
  return validate([samples([20], { from: at })], { ...ANY, now: now === undefined ? undefined : epochMicros(now) })[0]?.reason;
}

test("good readings are all kept", () => {
  expect(refusals([samples([20, -0, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE]), summary()])).toEqual([]);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  "%d is no value; it alone is refused, kept as null",
  (value) => {
    const refused = validate([samples([20, value, 21])], RANGED);
    expect(refused).toEqual([{ ordinal: 1, reason: "not_finite", series: 7, at: NOW + 1_000_000, value: null }]);
  },
);

test("a configured range holds its borders and refuses the next double beyond them, with its value", () => {
  const below = -40.00000000000001;
  const above = 85.00000000000001;
  expect(refusals([samples([-40, 85, below, above])], RANGED)).toEqual(["2 out_of_range", "3 out_of_range"]);
  expect(validate([samples([above])], RANGED)[0]?.value).toBe(above);
});

test("what stands before the year 2000 was measured by no clock that is right", () => {
  expect(reasonAt(0)).toBe("before_epoch");
  expect(reasonAt(-1)).toBe("before_epoch");
  expect(reasonAt(EARLIEST - 1)).toBe("before_epoch");
  expect(reasonAt(EARLIEST)).toBeUndefined();
});

test("five minutes ahead of the collector is not the future yet, a microsecond more is, and so is the year 2100", () => {
  expect(reasonAt(NOW + 5 * MINUTE)).toBeUndefined();
  expect(reasonAt(NOW + 5 * MINUTE + 1)).toBe("future");
  expect(reasonAt(4_102_444_800_000_000)).toBe("future");
});

test("a collector that does not trust its own clock judges no future, but still knows what is long past", () => {
  expect(validate([samples([20], { from: 4_102_444_800_000_000 })], { ...ANY, now: undefined })).toEqual([]);
  expect(reasonAt(0, undefined)).toBe("before_epoch");
});

test("a series beyond the agent's limit is refused whole, and one that its catalog does not have too, each with its own reason", () => {
  const rules = { series: [{ number: 7, range: undefined }, undefined], now: NOW };
  expect(refusals([samples([20], { series: 1 }), samples([20], { series: 2 })], rules)).toEqual(["0 too_many_series", "1 unknown_series"]);
  expect(validate([samples([20], { series: 2 })], rules)[0]?.series).toBeUndefined();
});

test("of several reasons the first in the published order counts", () => {
  const rules = { series: [], now: NOW };
  expect(refusals([samples([Number.NaN], { from: 0 })], rules)).toEqual(["0 unknown_series"]);
  expect(refusals([samples([Number.NaN], { from: 0 })])).toEqual(["0 not_finite"]);
  expect(refusals([samples([99], { from: 0 })], RANGED)).toEqual(["0 out_of_range"]);
});

test("ordinals count frames, then columns, then the instants that have a value", () => {
  const at = Float64Array.of(NOW, NOW + 1, NOW + 2);
  const column = (series: number, present: readonly number[] | undefined, values: readonly number[]) => ({
    series,
    present: present === undefined ? undefined : Uint8Array.from(present),
    values: Float64Array.from(values),
    quality: undefined,
  });
  const holed: SampleFrame = {
    form: "samples",
    at,
    columns: [column(0, [1, 0, 1], [1, Number.NaN]), column(0, [0, 1, 0], [Number.NaN]), column(0, undefined, [1, 2, Number.NaN])],
  };
  const refused = validate([samples([20]), holed, summary({ min: Number.NaN })], ANY);
  expect(refused.map(({ ordinal, at: instant }) => [ordinal, instant - NOW])).toEqual([
    [2, 2],
    [3, 1],
    [6, 2],
    [7, 0],
  ]);
});

test.each(["min", "max", "sum", "first", "last", "n", "lastAt", "covered", "weightedSum"] as const)(
  "a summary whose %s is not finite is refused",
  (field) => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expect(refusals([summary({ [field]: value })])).toEqual(["0 not_finite"]);
  },
);

test.each([
  ["no reading", { n: 0 }],
  ["half a reading", { n: 1.5 }],
  ["more readings than a quarter hour has microseconds", { n: QUARTER + 1 }],
  ["a minimum above its maximum", { min: 23 }],
  ["a first value outside of them", { first: 19 }],
  ["a last value outside of them", { last: 23 }],
  ["an end before its beginning", { lastAt: NOW - 1 }],
  ["an end between two microseconds", { lastAt: NOW + 0.5 }],
  ["an end in the next quarter hour", { lastAt: NOW + QUARTER }],
  ["less than no time covered", { covered: -1 }],
  ["half a microsecond covered", { covered: 0.5 }],
  ["more than a quarter hour covered", { covered: QUARTER + 1 }],
])("a summary with %s is inconsistent", (_what, fields) => {
  expect(refusals([summary(fields)])).toEqual(["0 inconsistent"]);
});

test.each([
  ["one reading", { n: 1, min: 20, max: 20, first: 20, last: 20, sum: 20, lastAt: NOW }],
  ["a whole quarter hour", { n: 900, lastAt: NOW + QUARTER - 1, covered: QUARTER }],
  ["nothing covered", { covered: 0, weightedSum: 0 }],
])("a summary of %s is kept", (_what, fields) => {
  expect(refusals([summary(fields)])).toEqual([]);
});

test("a summary is in range when its minimum and maximum are, and is judged by its first instant", () => {
  expect(refusals([summary({ min: -40, max: 85 })], RANGED)).toEqual([]);
  expect(refusals([summary({ max: 86 }), summary({ min: -41 })], RANGED)).toEqual(["0 out_of_range", "1 out_of_range"]);
  expect(refusals([summary({ at: 0 }), summary({ at: NOW + 6 * MINUTE })])).toEqual(["0 before_epoch", "1 future"]);
});

test("exactly the readings with a reason are refused, whatever stands beside them", () => {
  const value = fc.oneof(fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 86, -41), fc.double({ min: -40, max: 85, noNaN: true }));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 50 }), (values) => {
      const expected = values.flatMap((each, ordinal) => {
        if (!Number.isFinite(each)) return [`${ordinal} not_finite`];
        return each < -40 || each > 85 ? [`${ordinal} out_of_range`] : [];
      });
      expect(refusals([samples(values)], RANGED)).toEqual(expected);
    }),
    { numRuns: effort("validate", { quick: 200, test: 500, prove: 5_000 }) },
  );
});
