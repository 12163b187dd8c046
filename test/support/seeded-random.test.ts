import { expect, test } from "vitest";
import { seededRandom } from "./seeded-random.ts";

const draw = (seed: number) => {
  const random = seededRandom("draw", seed);
  return [random.fraction(), random.below(1000), ...random.bytes(8)];
};

test("a seed gives the same randomness again, another seed gives another", () => {
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

test("fractions fill [0, 1) evenly", () => {
  const random = seededRandom("fractions", 1);
  const tenths = new Array<number>(10).fill(0);
  for (let count = 0; count < 10_000; count++) {
    const tenth = Math.floor(random.fraction() * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  expect(tenths).toHaveLength(10);
  for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
