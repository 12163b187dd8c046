import fc from "fast-check";
import { expect, test } from "vitest";
import { RangeSet } from "../../../collector/ingest/range-set.ts";
import { effort } from "../../support/effort.ts";

const numRuns = effort("range-set", { quick: 200, test: 500, prove: 5_000 });
const seq = fc.integer({ min: 1, max: 60 });

test("it holds what a plain set holds, as ascending ranges that neither touch nor overlap", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ seq, more: fc.constantFrom(0, 0, 0, 1, 9) }), { maxLength: 80 }), (added) => {
      const [model, set] = [new Set<number>(), new RangeSet()];
      for (const { seq, more } of added) {
        for (let each = seq; each <= seq + more; each++) model.add(each);
        if (more === 0) set.add(seq);
        else set.addRange(seq, seq + more);
      }
      const ranges = set.list();
      for (const [index, [from, to]] of ranges.entries()) {
        expect(from).toBeLessThanOrEqual(to);
        expect(from).toBeGreaterThan((ranges[index - 1]?.[1] ?? -1) + 1);
      }
      for (let each = 0; each <= 71; each++) expect(set.has(each)).toBe(model.has(each));
      expect(set.highest).toBe(Math.max(0, ...model));
    }),
    { numRuns },
  );
});

test("its holes are exactly the seqs from 1 to the end that are not there", () => {
  fc.assert(
    fc.property(fc.array(seq), fc.integer({ min: 0, max: 70 }), (seqs, end) => {
      const set = new RangeSet();
      for (const each of seqs) set.add(each);
      const absent = Array.from({ length: end }, (_, index) => index + 1).filter((each) => !seqs.includes(each));
      const listed = [...set.holes(end)].flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
      expect(listed).toEqual(absent);
    }),
    { numRuns },
  );
});

test("a set made from its own list is the same set, and does not share its ranges", () => {
  const first = new RangeSet([
    [1, 3],
    [7, 9],
  ]);
  const second = new RangeSet(first.list());
  second.add(4);
  expect(first.list()).toEqual([
    [1, 3],
    [7, 9],
  ]);
  expect(second.list()).toEqual([
    [1, 4],
    [7, 9],
  ]);
});

test("a list that is cut keeps the newest ranges", () => {
  const set = new RangeSet([
    [1, 1],
    [3, 3],
    [5, 5],
  ]);
  expect(set.list(2)).toEqual([
    [3, 3],
    [5, 5],
  ]);
  expect(new RangeSet().list(2)).toEqual([]);
});

test("holes as wide as a seq can be cost nothing", () => {
  const set = new RangeSet();
  set.add(Number.MAX_SAFE_INTEGER);
  expect([...set.holes(set.highest)]).toEqual([[1, Number.MAX_SAFE_INTEGER - 1]]);
});
