import { expect, test } from "vitest";
import { clockFace } from "../../../collector/console/src/clock-face.ts";
import { ago, counted, pace, shownNumber, withUnit } from "../../../collector/console/src/words.ts";

test.each([
  [null, "–"],
  [0, "0.00"],
  [21.456, "21.46"],
  [0.001234, "0.00123"],
  [123_456.7, "123457"],
  [1e16, "1.000e+16"],
])("the number %j reads %j", (value, text) => {
  expect(shownNumber(value)).toBe(text);
});

test.each([
  [-5, "0\u00a0s ago"],
  [119_000, "119\u00a0s ago"],
  [120_000, "2\u00a0min ago"],
  [7_200_000, "2\u00a0h ago"],
  [172_800_000, "2\u00a0days ago"],
])("%d ms are %j", (ms, text) => {
  expect(ago(ms)).toBe(text);
});

test("units, plurals and paces read as they are said", () => {
  expect([withUnit(21.5, "°C"), withUnit(null, "°C"), withUnit(3, "")]).toEqual(["21.50\u00a0°C", "–", "3.00"]);
  expect([counted(1, "agent"), counted(2_000, "agent"), counted(2, "batch", "batches")]).toEqual([
    "1 agent",
    "2\u202f000 agents",
    "2 batches",
  ]);
  expect([pace(10), pace(90), pace(120), pace(3_600)]).toEqual(["10 s", "90 s", "2 min", "1 h"]);
});

test("an hour that occurs twice reads as two", () => {
  const { minute } = clockFace("Europe/Berlin");
  expect(minute(Date.UTC(2026, 9, 25, 0))).toBe("2026-10-25 02:00 +02:00");
  expect(minute(Date.UTC(2026, 9, 25, 1))).toBe("2026-10-25 02:00 +01:00");
  expect(clockFace("UTC").minute(Date.UTC(2026, 0, 1))).toBe("2026-01-01 00:00 +00:00");
});

test("a moment has milliseconds only where there are any", () => {
  const { moment } = clockFace("Asia/Kolkata");
  expect(moment(Date.UTC(2026, 0, 1, 0, 0, 1))).toBe("2026-01-01 05:30:01");
  expect(moment(Date.UTC(2026, 0, 1, 0, 0, 1, 7))).toBe("2026-01-01 05:30:01.007");
});
