import fc from "fast-check";
import { expect, test } from "vitest";
import { GENERATIONS, type StampGrid, stampAll } from "../../../agent/spool/stamp.ts";

const SECOND = 1_000_000;
const START = 1_800_000_000 * SECOND;
const exact: StampGrid = { sensor: "s", every: undefined, phase: 0 };

/** Grids of whole milliseconds, as configs have them. */
const grids = fc.oneof(
  fc.constant(exact),
  fc
    .record({ every: fc.integer({ min: 1, max: 20_000 }), share: fc.double({ min: 0, max: 0.1, noNaN: true }) })
    .map(({ every, share }): StampGrid => ({ sensor: "s", every: every * 1_000, phase: Math.floor(every * share) * 1_000 })),
);

/** A boot's readings and what the clock does between them: steps of monotonic time, and of the offset. */
const schedules = fc.array(
  fc.record({
    taken: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 * SECOND }), fc.integer({ min: 0, max: 2_000 })), {
      maxLength: 20,
    }),
    step: fc.oneof(fc.constant(0), fc.integer({ min: -60 * SECOND, max: 60 * SECOND })),
  }),
  { maxLength: 40 },
);

test("no two readings get one instant, however the clock is set forward and back", () => {
  const property = fc.property(grids, schedules, (grid, schedule) => {
    const seen: number[] = [];
    let [monotonic, offset, generation, last] = [0, START, 0, 0];
    for (const { taken, step } of schedule) {
      offset += step;
      if (step < 0) [generation, last] = [generation + 1, 0];
      const instants = Float64Array.from(taken, (pause) => (monotonic += pause));
      const at = stampAll(instants, offset, generation, grid, last);
      last = at.at(-1) ?? last;
      seen.push(...at);
    }
    expect(new Set(seen).size).toBe(seen.length);
  });
  fc.assert(property, { numRuns: 1_000 });
});

test("a stamp is its grid instant and digits below a millisecond that say the generation", () => {
  const every = fc.integer({ min: 1, max: 3_600 });
  const generation = fc.integer({ min: 0, max: GENERATIONS - 1 });
  const property = fc.property(every, generation, fc.array(fc.nat({ max: 900_000 }), { maxLength: 30 }), (seconds, number, jitters) => {
    const period = seconds * SECOND;
    const taken = Float64Array.from(jitters, (jitter, index) => index * period + (jitter % Math.floor(period / 2)));
    const at = stampAll(taken, START - (START % period), number, { sensor: "s", every: period, phase: 0 }, 0);
    expect([...at]).toEqual(jitters.map((_, index) => START - (START % period) + index * period + number * 10));
  });
  fc.assert(property, { numRuns: 500 });
});

test("an exact stamp is less than a millisecond from the instant it was taken at", () => {
  const property = fc.property(fc.nat(), fc.integer({ min: 0, max: GENERATIONS - 1 }), (taken, generation) => {
    const [at = Number.NaN] = stampAll(Float64Array.of(taken), START, generation, exact, 0);
    expect(Math.abs(at - (START + taken))).toBeLessThan(1_000);
    expect(at % 1_000).toBe(generation * 10);
  });
  fc.assert(property, { numRuns: 500 });
});

test("nine repeats share a slot, and the tenth takes the next one", () => {
  const at = stampAll(new Float64Array(12), START, 3, exact, 0);
  expect([...at].map((instant) => instant - START)).toEqual([30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 1_030, 1_031]);
});

test("the stamps of a sensor go on behind its last one when its grid is another", () => {
  const ten = { sensor: "s", every: 10 * SECOND, phase: 0 };
  const one = { sensor: "s", every: SECOND, phase: 3_000 };
  const [before = 0] = stampAll(Float64Array.of(6 * SECOND), START, 0, ten, 0);
  const after = stampAll(
    Float64Array.from([7, 8, 9, 10, 11], (second) => second * SECOND),
    START,
    0,
    one,
    before,
  );
  expect(before).toBe(START + 10 * SECOND);
  for (const instant of after) expect(instant).toBeGreaterThan(before);
  expect(new Set(after).size).toBe(5);
});

test("a hundredth generation is a bug, not a silent repeat", () => {
  expect(() => stampAll(Float64Array.of(1), START, GENERATIONS, exact, 0)).toThrow("BUG: clock generation 100");
});
