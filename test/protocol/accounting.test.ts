import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { imbalance, NO_TOTALS, type Totals } from "../../protocol/index.ts";

type Count = keyof Totals;
/** What can become of a reading: from where to where it goes. */
const MOVES: readonly (readonly [adds: readonly Count[], takes: readonly Count[]])[] = [
  [["read", "filtered"], []],
  [["read", "open"], []],
  [["read", "inWindow"], []],
  [["read", "dropped"], []],
  [["derived", "open"], []],
  [["summarised"], ["inWindow"]],
  [["sealed"], ["open"]],
  [["dropped"], ["open"]],
];

describe("the account", () => {
  it("balances after any history in which every reading ends as exactly one thing", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...MOVES)), (history) => {
        const totals: { -readonly [K in Count]: number } = { ...NO_TOTALS };
        for (const [adds, takes] of history) {
          if (takes.some((count) => totals[count] === 0)) continue;
          for (const count of adds) totals[count] += 1;
          for (const count of takes) totals[count] -= 1;
        }
        expect(imbalance(totals)).toBe(0);
      }),
    );
  });

  it.each(Object.keys(NO_TOTALS) as Count[])("shows a single reading too many in %s", (count) => {
    const sign = count === "read" || count === "derived" ? 1 : -1;
    expect(imbalance({ ...NO_TOTALS, [count]: 1 })).toBe(sign);
  });
});
