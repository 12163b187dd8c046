import { expect, test } from "vitest";
import { MICROS_PER_SECOND } from "../../protocol/index.ts";
import { readTrace, runTrace, TRACE_START } from "./traces.ts";

test("a trace is one reading a second, with its quality, and a hole where there is none", () => {
  const [first, second, hole, last, ...rest] = readTrace("20 -1.5? _ 3e2!");
  expect(first).toMatchObject({ at: TRACE_START, value: 20, quality: "good" });
  expect(second).toMatchObject({ at: TRACE_START + MICROS_PER_SECOND, value: -1.5, quality: "suspect" });
  expect(hole).toBeUndefined();
  expect(last).toMatchObject({ at: TRACE_START + 3 * MICROS_PER_SECOND, value: 300, quality: "bad" });
  expect(rest).toEqual([]);
});

test("what a filter keeps, drops and holds is written in the same way", () => {
  const filter = {
    apply: (reading: { value: number }) =>
      reading.value === 1 ? { drop: "one" } : reading.value === 2 ? { hold: [] } : { keep: reading as never },
  };
  expect(runTrace(filter, "1 2 _ 3? 4!").trace).toBe(". : _ 3? 4!");
});

test("a token that is no number is refused", () => {
  expect(() => readTrace("20 warm")).toThrow(/"warm"/);
});
