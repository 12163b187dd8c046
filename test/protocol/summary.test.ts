import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addToWindow,
  closeWindow,
  epochMicros,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  micros,
  openWindow,
  QUALITIES,
  QUARTER,
  type Reading,
  reading,
  type Summary,
  seriesId,
  windowEnd,
} from "../../protocol/index.ts";
import { effort } from "../support/effort.ts";

const RUNS = effort("summary-properties", { quick: 200, test: 1_000, prove: 20_000 });
const SERIES = seriesId("greenhouse-1", "air", "temperature");
const DAY = 1_789_948_800_000_000; // 2026-09-21T00:00:00Z
/** Widths that divide 15 minutes. */
const WIDTHS = [1, 5, 10, 60, 180, 300, 900].map((seconds) => micros(seconds * MICROS_PER_SECOND));

interface Sketch {
  readonly width: number;
  readonly hold: number;
  /** In whole seconds, so that a walk second by second is exact. */
  readonly readings: readonly Reading[];
}

const sketch: fc.Arbitrary<Sketch> = fc
  .record({
    start: fc.nat(86_400),
    width: fc.constantFrom(...WIDTHS),
    hold: fc.integer({ min: 0, max: 1_000 }),
    steps: fc.array(fc.tuple(fc.nat(90), fc.integer({ min: -5_000, max: 5_000 }), fc.boolean()), { minLength: 1, maxLength: 60 }),
  })
  .map(({ start, width, hold, steps }) => {
    let at = DAY + start * MICROS_PER_SECOND;
    const readings = steps.map(([ahead, hundredths, isSuspect]) => {
      at += ahead * MICROS_PER_SECOND;
      return reading(SERIES, epochMicros(at), hundredths / 100, isSuspect ? "suspect" : "good");
    });
    return { width, hold: hold * MICROS_PER_SECOND, readings };
  });

describe("a summary", () => {
  it("has the n, extremes, first, last, worst quality and exact sum of its readings", () => {
    fc.assert(
      fc.property(sketch, (drawn) => {
        for (const { summary, inside } of summarised(drawn)) {
          const values = inside.map(({ value }) => value);
          expect(summary).toMatchObject({
            at: inside[0]?.at,
            lastAt: inside.at(-1)?.at,
            n: values.length,
            min: values.reduce((least, value) => Math.min(value, least)),
            max: values.reduce((most, value) => Math.max(value, most)),
            first: values[0],
            last: values.at(-1),
            quality: inside.some(({ quality }) => quality === "suspect") ? "suspect" : "good",
          });
          const exact = values.reduce((sum, value) => sum + BigInt(Math.round(value * 100)), 0n);
          expect(Math.abs(summary.sum - Number(exact) / 100)).toBeLessThanOrEqual(1e-12 * Math.max(1, sumOfSizes(values)));
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("holds each value as long as a walk second by second says", () => {
    fc.assert(
      fc.property(sketch, (drawn) => {
        for (const { summary, inside, end } of summarised(drawn)) {
          const { covered, weighted, size } = walk(inside, end, drawn.hold);
          expect(summary.covered).toBe(covered);
          expect(Math.abs(summary.weightedSum - weighted)).toBeLessThanOrEqual(1e-12 * size);
        }
      }),
      { numRuns: RUNS / 4 },
    );
  });

  it("lies inside one window, one quarter hour, and covers no more than is left of it", () => {
    fc.assert(
      fc.property(sketch, (drawn) => {
        for (const { summary, end } of summarised(drawn)) {
          expect(summary.lastAt).toBeLessThan(end);
          expect(end - summary.at).toBeLessThanOrEqual(drawn.width);
          expect(Math.floor(summary.at / QUARTER)).toBe(Math.floor((end - 1) / QUARTER));
          expect(summary.covered).toBeLessThanOrEqual(end - summary.at);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("of many small values beside a huge one loses none of them", () => {
    const values = [1e16, ...new Array<number>(1_000).fill(1), -1e16];
    const window = openWindow(reading(SERIES, epochMicros(DAY), values[0] as number), QUARTER);
    for (const value of values.slice(1)) addToWindow(window, reading(SERIES, epochMicros(DAY), value), micros(0));
    expect(closeWindow(SERIES, window, micros(0)).sum).toBe(1_000);
  });
});

describe("the end of a window", () => {
  it("is the next multiple of its width, exact for every instant", () => {
    const width = fc.constantFrom(...WIDTHS, micros(1_000), micros(MICROS_PER_MINUTE));
    fc.assert(
      fc.property(fc.nat(2 ** 52), width, (at, every) => {
        const end = windowEnd(epochMicros(at), every);
        expect(BigInt(end)).toBe((BigInt(at) / BigInt(every) + 1n) * BigInt(every));
      }),
      { numRuns: RUNS },
    );
  });

  it("belongs to the next window", () => {
    expect(windowEnd(epochMicros(DAY - 1), QUARTER)).toBe(DAY);
    expect(windowEnd(epochMicros(DAY), QUARTER)).toBe(DAY + QUARTER);
  });
});

describe("the qualities", () => {
  it("stand in the order of the wire", () => {
    expect(QUALITIES).toEqual(["good", "suspect", "bad"]);
  });
});

/** The readings window by window, as a filter would close them. */
function summarised({ width, hold, readings }: Sketch): { summary: Summary; inside: readonly Reading[]; end: number }[] {
  const byEnd = Map.groupBy(readings, ({ at }) => windowEnd(at, micros(width)));
  return [...byEnd].map(([end, inside]) => {
    const [first, ...rest] = inside as [Reading, ...Reading[]];
    const window = openWindow(first, micros(width));
    for (const next of rest) addToWindow(window, next, micros(hold));
    return { summary: closeWindow(SERIES, window, micros(hold)), inside, end };
  });
}

/** Every second from the first reading on: the newest reading counts while it is not older than `hold`. */
function walk(readings: readonly Reading[], end: number, hold: number) {
  let covered = 0;
  let weighted = 0;
  let size = 1;
  for (let second = readings[0]?.at as number; second < end; second += MICROS_PER_SECOND) {
    const newest = readings.findLast(({ at }) => at <= second) as Reading;
    if (second - newest.at >= hold) continue;
    covered += MICROS_PER_SECOND;
    weighted += newest.value * MICROS_PER_SECOND;
    size += Math.abs(newest.value) * MICROS_PER_SECOND;
  }
  return { covered, weighted, size };
}

function sumOfSizes(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + Math.abs(value), 0);
}
