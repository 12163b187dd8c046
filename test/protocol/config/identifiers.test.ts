import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isName, name, seriesMatcher, seriesPattern, timeZone, topicPrefix } from "../../../protocol/index.ts";

describe("a name", () => {
  test("that is not valid is refused with the nearest one that is", () => {
    const message = name().safeParse("Gewächs Haus 1").error?.issues[0]?.message ?? "";
    const offer = /did you mean "(.*)"\?$/.exec(message)?.[1] ?? "";
    expect(offer).toBe("gewachs-haus-1");
    expect(isName(offer)).toBe(true);
  });

  test("of which nothing is left gets no offer", () => {
    expect(name().safeParse("???").error?.issues[0]?.message).not.toContain("did you mean");
  });
});

describe("a topic prefix", () => {
  test.each(["tributary/v1", "site-7", "a/b"])("may be %s", (prefix) => {
    expect(topicPrefix().parse(prefix)).toBe(prefix);
  });

  test.each(["", "/", "a/", "/a", "a/b/c", "a/#", "+/b", "A", "$share/x", 1])("may not be %j", (prefix) => {
    expect(topicPrefix().safeParse(prefix).success).toBe(false);
  });
});

describe("a series pattern", () => {
  test.each([
    ["*/*/*", "greenhouse-1/air/temperature", true],
    ["greenhouse-*/air/temperature", "greenhouse-1/air/temperature", true],
    ["greenhouse-*/air/temperature", "greenhouse-/air/temperature", true],
    ["greenhouse-?/air/temperature", "greenhouse-12/air/temperature", false],
    ["*/air/temperature", "a/b/air/temperature", false],
    ["*/temperature", "a/air/temperature", false],
    ["*use*1/air/t*e", "greenhouse-1/air/temperature", true],
    ["a/b/c", "a/b/cc", false],
    ["a/b/c*", "a/b/c", true],
  ])("%s and %s: %s", (pattern, series, fits) => {
    expect(seriesMatcher(pattern)(series)).toBe(fits);
  });

  test("fits what the same regular expression fits", () => {
    const level = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), minLength: 1, maxLength: 8 });
    const part = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.tuple(level, level, level), fc.tuple(part, part, part), (levels, parts) => {
        const expression = levels.join("/").replaceAll("*", "[^/]*").replaceAll("?", "[^/]");
        expect(seriesMatcher(levels.join("/"))(parts.join("/"))).toBe(new RegExp(`^${expression}$`).test(parts.join("/")));
      }),
    );
  });

  test.each(["air/temperature", "a/b/c/d", "A/b/c", "a//c", "a/b/c d", `${"a".repeat(119)}/b/c`])("may not be %s", (pattern) => {
    expect(seriesPattern().safeParse(pattern).success).toBe(false);
  });
});

describe("a time zone", () => {
  test.each([
    ["Europe/Berlin", "Europe/Berlin"],
    ["europe/berlin", "Europe/Berlin"],
    ["Asia/Kolkata", "Asia/Kolkata"],
    ["UTC", "UTC"],
  ])("%s is %s", (text, zone) => {
    expect(timeZone().parse(text)).toBe(zone);
  });

  test.each([
    ["Europe/Berln", '; did you mean "Europe/Berlin"?'],
    ["Berlin", '; did you mean "Europe/Berlin"?'],
    ["new york", '; did you mean "America/New_York"?'],
    ["+02:00", ""],
    ["Middle/Earth", ""],
    ["", ""],
  ])("%s is refused, the nearest is offered", (text, offer) => {
    expect(timeZone().safeParse(text).error?.issues[0]?.message).toBe(
      `expected an IANA time zone like Europe/Berlin, got ${JSON.stringify(text)}${offer}`,
    );
  });
});
