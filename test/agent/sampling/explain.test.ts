import { expect, test } from "vitest";
import { bench, channel, polled, scripted, sensor } from "../../support/sampling.ts";

const SECOND = 1_000_000;

async function after(seconds: number, values: readonly number[], filters: readonly Record<string, unknown>[], isTrusted = true) {
  let next = 0;
  const driver = scripted(() => polled(async () => ({ values: { t: values[next++] ?? 0 } }), "own"));
  const started = bench([sensor("air", driver, { channels: [channel("t", filters)] })]);
  if (!isTrusted) started.eventClock.offset = undefined;
  started.sampler.start();
  await started.time.advance(seconds * SECOND);
  return started.sampler;
}

test("each of the last readings is told from filter to filter, until it ends or is kept", async () => {
  const filters = [{ calibrate: { offset: 1 } }, { range: { min: 0, max: 50 } }, { deadband: { width: 1, heartbeat: "5m" } }];
  const { series, filters: names, readings } = (await after(4, [20, 20.5, 90, Number.NaN], filters)).explain("air/t");
  expect([series, names]).toEqual(["greenhouse-1/air/t", ["calibrate", "range", "deadband"]]);
  expect(
    readings.map(({ value, steps, kept }) => [value, steps.map(({ filter, outcome, reason }) => [filter, outcome, reason]), kept]),
  ).toEqual([
    [
      20,
      [
        ["calibrate", "changed", undefined],
        ["range", "kept", undefined],
        ["deadband", "kept", undefined],
      ],
      { value: 21, quality: "good" },
    ],
    [
      20.5,
      [
        ["calibrate", "changed", undefined],
        ["range", "kept", undefined],
        ["deadband", "dropped", "inside_deadband"],
      ],
      null,
    ],
    [
      90,
      [
        ["calibrate", "changed", undefined],
        ["range", "marked", "out_of_range"],
        ["deadband", "kept", undefined],
      ],
      { value: 91, quality: "bad" },
    ],
    [Number.NaN, [["number", "dropped", "not_finite"]], null],
  ]);
  expect(readings[0]?.at).toMatch(/^2026-01-01T00:00:0\dZ?/);
});

test("of a window it is told what it holds, and that it is passed by before the clock is known", async () => {
  const filters = [{ aggregate: { every: "1m" } }];
  const [held] = (await after(1, [20], filters)).explain("greenhouse-1/air/t").readings;
  expect(held).toMatchObject({ steps: [{ filter: "aggregate", outcome: "held", closed: 0 }], kept: null });
  const [open] = (await after(1, [20], filters, false)).explain("air/t").readings;
  expect(open).toMatchObject({ at: null, steps: [{ outcome: "passed_by" }], kept: { value: 20 } });
});

test("a few are remembered, however many there were", async () => {
  const values = Array.from({ length: 25 }, (_, index) => index);
  const { readings } = (await after(25, values, [])).explain("air/t");
  expect(readings.map(({ value }) => value)).toEqual(values.slice(-10));
});

test("a series that is none is answered with the nearest", async () => {
  const sampler = await after(1, [1], []);
  expect(() => sampler.explain("greenhouse-1/air/x")).toThrow(
    expect.objectContaining({ code: "unknown_series", hint: "there is greenhouse-1/air/t" }),
  );
  expect(() => sampler.explain("other/air/t")).toThrow(expect.objectContaining({ code: "unknown_series" }));
});
