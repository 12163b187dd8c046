import fc from "fast-check";
import { expect, test } from "vitest";
import type { StampGrid } from "../../../agent/spool/stamp.ts";
import { summariseFrames } from "../../../agent/spool/summarise.ts";
import { MICROS_PER_MINUTE, MICROS_PER_SECOND, QUARTER, type SampleFrame } from "../../../protocol/index.ts";

const START = 1_800_000_000 * MICROS_PER_SECOND;
const WINDOWED = 0;

interface Taken {
  readonly at: number;
  readonly value: number;
  readonly quality: number;
}

/** Readings of one series over up to an hour or so, integers so that sums are exact; a clock that is set back at times. */
const readings = fc
  .array(
    fc.record({
      step: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 1, max: 90_000_000 }) },
        { weight: 1, arbitrary: fc.integer({ min: -600_000_000, max: 0 }) },
      ),
      value: fc.integer({ min: -1_000, max: 1_000 }),
      quality: fc.constantFrom(0, 0, 0, 1, 2),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((steps) => {
    let at = START;
    return steps.map(({ step, value, quality }): Taken => {
      at += step;
      return { at, value, quality };
    });
  });

const divisors = fc.constantFrom(1, 5, 10, 30, 60, 180, 300, 900).map((seconds) => seconds * MICROS_PER_SECOND);

const gridOf = (every: number): StampGrid => ({
  sensor: "s",
  every: undefined,
  phase: 0,
  windows: [{ series: WINDOWED, every, hold: 30 * MICROS_PER_SECOND }],
});

/** One frame of two series: the windowed one, and one that says the same and stays samples. */
function frameOf(taken: readonly Taken[]): SampleFrame {
  const column = (series: number) => ({
    series,
    present: undefined,
    values: Float64Array.from(taken, (reading) => reading.value),
    quality: Uint8Array.from(taken, (reading) => reading.quality),
  });
  return { form: "samples", at: Float64Array.from(taken, (reading) => reading.at), columns: [column(WINDOWED), column(1)] };
}

test("number, least, greatest and sum of what went into windows come out of them", () => {
  const property = fc.property(readings, divisors, (taken, every) => {
    const good = taken.filter((reading) => reading.quality !== 2).map((reading) => reading.value);
    const { summaries, readings: count } = summariseFrames([frameOf(taken)], gridOf(every));
    const all = (pick: "n" | "sum" | "min" | "max") => summaries.flatMap((frame) => [...frame[pick]]);
    expect(count).toBe(good.length);
    expect(total(all("n"))).toBe(good.length);
    expect(total(all("sum"))).toBe(total(good));
    if (good.length === 0) return;
    expect(Math.min(...all("min"))).toBe(Math.min(...good));
    expect(Math.max(...all("max"))).toBe(Math.max(...good));
  });
  fc.assert(property, { numRuns: 500 });
});

test("no window crosses a quarter hour of UTC, and its covered time fits into it", () => {
  const property = fc.property(readings, divisors, (taken, every) => {
    for (const { at, lastAt, covered } of summariseFrames([frameOf(taken)], gridOf(every)).summaries) {
      at.forEach((first, index) => {
        const last = lastAt[index] ?? Number.NaN;
        const end = (Math.floor(first / QUARTER) + 1) * QUARTER;
        expect(last).toBeLessThan(end);
        expect(last).toBeGreaterThanOrEqual(first);
        expect(covered[index]).toBeGreaterThanOrEqual(0);
        expect(first + (covered[index] ?? Number.NaN)).toBeLessThanOrEqual(end);
        expect(Math.floor(first / every)).toBe(Math.floor(last / every));
      });
    }
  });
  fc.assert(property, { numRuns: 500 });
});

test("bad readings and the other series stay samples", () => {
  const property = fc.property(readings, divisors, (taken, every) => {
    const { samples } = summariseFrames([frameOf(taken)], gridOf(every));
    const valuesOf = (series: number) =>
      samples.flatMap((frame) => frame.columns.filter((c) => c.series === series).flatMap((c) => [...c.values]));
    expect(valuesOf(WINDOWED)).toEqual(taken.filter((reading) => reading.quality === 2).map((reading) => reading.value));
    expect(valuesOf(1)).toEqual(taken.map((reading) => reading.value));
  });
  fc.assert(property, { numRuns: 300 });
});

test("a window is suspect where one of its readings is", () => {
  const taken = [0, 10, 70, 80].map((second, index) => ({
    at: START + second * MICROS_PER_SECOND,
    value: index,
    quality: index === 1 ? 1 : 0,
  }));
  const [frame] = summariseFrames([frameOf(taken)], gridOf(MICROS_PER_MINUTE)).summaries;
  expect([...(frame?.quality ?? [])]).toEqual([1, 0]);
});

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
