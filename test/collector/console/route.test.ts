import fc from "fast-check";
import { expect, test } from "vitest";
import { hashOf, parseRoute, VIEWS } from "../../../collector/console/src/route.ts";
import { effort } from "../../support/effort.ts";

const part = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => !text.includes("/"));

test("every place can be written as an address and read again", () => {
  const route = fc.record({
    view: fc.constantFrom(...VIEWS),
    path: fc.array(part, { maxLength: 4 }).map((parts) => parts.join("/")),
    asked: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ minLength: 1, unit: "grapheme" })),
  });
  fc.assert(
    fc.property(route, (place) => {
      expect(parseRoute(hashOf(place))).toEqual({ ...place, asked: { ...place.asked } });
    }),
    { numRuns: effort("console routes", { quick: 100, test: 200, prove: 1_000 }) },
  );
});

test.each([
  ["", "fleet", ""],
  ["#", "fleet", ""],
  ["#/", "fleet", ""],
  ["#/nowhere/at/all", "fleet", "at/all"],
  ["#/series", "series", ""],
  ["#/series/a/b/%E0%A4%A", "series", "a/b/%E0%A4%A"],
])("%j is a place", (hash, view, path) => {
  expect(parseRoute(hash)).toMatchObject({ view, path });
});

test("what is empty is not in the address", () => {
  expect(hashOf({ view: "report", path: "", asked: { tz: "", last: "7d" } })).toBe("#/report?last=7d");
});
