import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkName, isName, nearestName, seriesId } from "../../protocol/index.ts";
import { codeOf } from "./code-of.ts";

const name = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,39}$/);

describe("a name", () => {
  it.each(["a", "0", "greenhouse-1", "gw_7", "a".repeat(40)])("may be %j", (text) => {
    expect(isName(text)).toBe(true);
    expect(checkName("agent", text)).toBe(text);
  });

  it.each(["", "A", "-a", "_a", "a.b", "a/b", "a+", "a#", "a b", "ä", "a\n", "a\u0000", "a".repeat(41)])("may not be %j", (text) => {
    expect(isName(text)).toBe(false);
    expect(codeOf(() => checkName("agent", text))).toBe("bad_name");
  });

  it("that is nearest to any text is a name or empty, and a name is nearest to itself", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary", maxLength: 200 })), (text) => {
        const nearest = nearestName(text);
        expect(nearest === "" || isName(nearest)).toBe(true);
        expect(nearestName(nearest)).toBe(nearest);
      }),
    );
    fc.assert(
      fc.property(name, (text) => {
        expect(nearestName(text).replace(/-+$/, "")).toBe(text.replace(/-+$/, ""));
      }),
    );
  });

  it.each([
    ["Greenhouse 1", "greenhouse-1"],
    ["Gewächshaus.Süd", "gewachshaus-sud"],
    ["  pump/2  ", "pump-2"],
    ["__x", "x"],
    ["???", ""],
  ])("nearest to %j is %j", (text, nearest) => {
    expect(nearestName(text)).toBe(nearest);
  });

  it("stands in a series in its place", () => {
    expect(seriesId("greenhouse-1", "air", "temperature")).toBe("greenhouse-1/air/temperature");
  });
});
