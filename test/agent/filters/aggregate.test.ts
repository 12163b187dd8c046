import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aggregate } from "../../../agent/filters/aggregate.ts";
import {
  epochMicros,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  micros,
  QUALITIES,
  type Reading,
  reading,
  type Summary,
} from "../../../protocol/index.ts";
import { EVERY_SECOND, openFilter, runTrace, TRACE_SERIES, TRACE_START } from "../../support/traces.ts";

const seconds = (count: number) => epochMicros(TRACE_START + count * MICROS_PER_SECOND);

test("readings of a window leave as one summary when the next window begins", () => {
  const { trace, summaries } = runTrace(openFilter(aggregate, { every: "3s" }), "1 5 3 2 4 6 9");
  expect(trace).toBe(": : : : : : :");
  expect(summaries).toMatchObject([
    {
      at: seconds(0),
      n: 3,
      min: 1,
      max: 5,
      sum: 9,
      first: 1,
      last: 3,
      lastAt: seconds(2),
      covered: 3 * MICROS_PER_SECOND,
      quality: "good",
    },
    { at: seconds(3), n: 3, min: 2, max: 6, sum: 12, first: 2, last: 6, lastAt: seconds(5) },
  ]);
});

test("bad readings pass as they are, suspect ones make the summary suspect", () => {
  const { trace, summaries } = runTrace(openFilter(aggregate, { every: "2s" }), "1 99! 3 3? 5");
  expect(trace).toBe(": 99! : : :");
  expect(summaries).toMatchObject([
    { n: 1, max: 1, quality: "good" },
    { n: 2, sum: 6, quality: "suspect" },
  ]);
});

test("a value counts until the next one, at most two periods of its sampling", () => {
  const { summaries } = runTrace(openFilter(aggregate, { every: "10s" }), "4 _ _ _ _ 6 _ _ _ _ 0");
  expect(summaries).toMatchObject([{ covered: 4 * MICROS_PER_SECOND, weightedSum: 2 * MICROS_PER_SECOND * (4 + 6) }]);
});

test("the flush closes a window that has ended and leaves one that has not", () => {
  const filter = openFilter(aggregate, { every: "3s" });
  runTrace(filter, "1 2");
  expect(filter.flush?.(seconds(2))).toEqual([]);
  expect(filter.held?.()).toBe(2);
  expect(filter.flush?.(seconds(3))).toMatchObject([{ n: 2, sum: 3 }]);
  expect(filter.held?.()).toBe(0);
});

test("a reading that is a little late opens a partial summary, under a key of its own", () => {
  const filter = openFilter(aggregate, { every: "1m" });
  const take = (at: number, value: number) => filter.apply(reading(TRACE_SERIES, seconds(at), value));
  take(0, 1);
  take(10, 2);
  expect(take(5, 3)).toMatchObject({ hold: [{ at: seconds(0), n: 2 }] });
  expect(take(61, 4)).toMatchObject({ hold: [{ at: seconds(5), n: 1, sum: 3 }] });
});

test("a reading older than the window's first passes as a sample and is marked", () => {
  const filter = openFilter(aggregate, { every: "1m" });
  filter.apply(reading(TRACE_SERIES, seconds(70), 1));
  const old = reading(TRACE_SERIES, seconds(10), 2);
  expect(filter.apply(old)).toEqual({ keep: old, mark: "older_than_window" });
});

test("the series keeps its kind and has one sample a window", () => {
  expect(aggregate.sampling?.({ every: micros(MICROS_PER_MINUTE) }, EVERY_SECOND)).toEqual({ ...EVERY_SECOND, period: MICROS_PER_MINUTE });
  expect(aggregate.summarises?.(aggregate.config.parse({ every: "1m" }))).toBe(MICROS_PER_MINUTE);
});

describe("a config is refused", () => {
  test.each([{}, { every: "7s" }, { every: "1h" }, { every: "30m" }, { every: 60 }, { every: "1m", of: "mean" }])("%j", (config) => {
    expect(aggregate.config.safeParse(config).success).toBe(false);
  });
});

// Whole numbers, so that sums are exact in any order; instants step forth and back over windows of 5 s.
const readings = fc
  .array(fc.tuple(fc.integer({ min: -3_000, max: 8_000 }), fc.integer({ min: -1_000, max: 1_000 }), fc.constantFrom(...QUALITIES)), {
    maxLength: 80,
  })
  .map((steps) => {
    let ms = 0;
    return steps.map(([step, value, quality]): Reading => {
      ms += step;
      return reading(TRACE_SERIES, epochMicros(TRACE_START + ms * 1_000), value, quality);
    });
  });

interface Run {
  readonly kept: readonly Reading[];
  readonly summaries: readonly Summary[];
  readonly held: number;
}

/** @param restarts saves, throws the filter away and goes on with another before these readings. */
function run(list: readonly Reading[], restarts: ReadonlySet<number>): Run {
  let filter = openFilter(aggregate, { every: "5s" });
  const kept: Reading[] = [];
  const summaries: Summary[] = [];
  list.forEach((each, index) => {
    if (restarts.has(index)) {
      const saved: unknown = JSON.parse(JSON.stringify(filter.save?.()));
      filter = openFilter(aggregate, { every: "5s" });
      filter.restore?.(saved);
    }
    const outcome = filter.apply(each);
    if ("keep" in outcome) kept.push(outcome.keep);
    if ("hold" in outcome) summaries.push(...outcome.hold);
  });
  const held = filter.held?.() ?? 0;
  summaries.push(...(filter.flush?.(epochMicros(Number.MAX_SAFE_INTEGER)) ?? []));
  return { kept, summaries, held };
}

test("every reading ends once: kept, or inside a summary", () => {
  fc.assert(
    fc.property(readings, (list) => {
      const { kept, summaries, held } = run(list, new Set());
      expect(kept.length + summaries.reduce((sum, { n }) => sum + n, 0)).toBe(list.length);
      expect(held).toBe(summaries.at(-1)?.n ?? 0);
    }),
  );
});

test("a restart anywhere changes nothing", () => {
  fc.assert(
    fc.property(readings, fc.array(fc.nat(80)), (list, restarts) => {
      expect(run(list, new Set(restarts))).toEqual(run(list, new Set()));
    }),
  );
});

test("two summaries of a series never share their instant, whatever the clock does", () => {
  fc.assert(
    fc.property(readings, (list) => {
      const { summaries } = run(list, new Set());
      expect(new Set(summaries.map(({ at }) => at)).size).toBe(summaries.length);
    }),
  );
});

test("count, min, max and sum of a window are those of its readings, and the window is theirs", () => {
  fc.assert(
    fc.property(readings, (list) => {
      const { kept, summaries } = run(list, new Set());
      const inside = list.filter((each) => !kept.includes(each));
      const width = 5 * MICROS_PER_SECOND;
      const windowOf = (at: number) => Math.floor(at / width);
      for (const window of new Set(inside.map(({ at }) => windowOf(at)))) {
        const plain = inside.filter(({ at }) => windowOf(at) === window).map(({ value }) => value);
        const parts = summaries.filter(({ at }) => windowOf(at) === window);
        expect(parts.reduce((sum, { n }) => sum + n, 0)).toBe(plain.length);
        expect(parts.reduce((total, { sum }) => total + sum, 0)).toBe(plain.reduce((total, value) => total + value, 0));
        expect(Math.min(...parts.map(({ min }) => min))).toBe(Math.min(...plain));
        expect(Math.max(...parts.map(({ max }) => max))).toBe(Math.max(...plain));
        for (const { lastAt, covered } of parts) {
          expect(windowOf(lastAt)).toBe(window);
          expect(covered).toBeLessThanOrEqual(width);
        }
      }
    }),
  );
});

test("an angle is refused: no report could tell the direction of a window", () => {
  expect(aggregate.measure?.(aggregate.config.parse({ every: "1m" }), { unit: "deg", kind: "angle" })).toHaveProperty("refuse");
});
