import { expect, test } from "vitest";
import { effort, limitMs } from "./effort.ts";

const counts = { quick: 1, test: 2, prove: 3 };

test("the level of the run decides the count", () => {
  expect(effort("count", counts, { TRIBUTARY_EFFORT: "quick" })).toBe(1);
  expect(effort("count", counts, {})).toBe(2);
  expect(effort("count", counts, { TRIBUTARY_EFFORT: "prove" })).toBe(3);
});

test("an unknown level is refused, never taken for a smaller one", () => {
  expect(() => effort("count", counts, { TRIBUTARY_EFFORT: "proof" })).toThrow(/expected one of quick, test, prove, got "proof"/);
});

test("full counts have longer limits", () => {
  expect([{}, { TRIBUTARY_EFFORT: "prove" }].map((environment) => limitMs(1_000, environment))).toEqual([1_000, 60_000]);
});
