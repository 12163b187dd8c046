import fc from "fast-check";
import { expect, test } from "vitest";
import { readGrids, writeGrids } from "../../../agent/spool/grids.ts";
import { gridsOf } from "./spool-world.ts";

test("grids come back as they were written", () => {
  for (const isExact of [false, true]) expect(readGrids(writeGrids(gridsOf(isExact)))).toEqual(gridsOf(isExact));
});

test("grids with any bit flipped are none, so that no reading is stamped on a slot that no sensor has", () => {
  const text = Buffer.from(writeGrids(gridsOf(false)));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: text.length * 8 - 1 }), (bit) => {
      const flipped = Buffer.from(text);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(readGrids(flipped.toString())).toEqual([]);
    }),
  );
});
