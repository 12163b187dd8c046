/**
 * Texts of devices: whatever one says, a reader takes numbers, counts what is none, and never fails.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { Lines } from "../../../../agent/sensors/text/lines.ts";
import { TEXT_KEYS } from "../../../../agent/sensors/text/options.ts";
import { textReader } from "../../../../agent/sensors/text/reader.ts";
import { effort } from "../../../support/effort.ts";

const reader = async (keys: object) => textReader(await z.object(TEXT_KEYS).parseAsync(keys));

const WAYS = [
  { plain: "t" },
  { json: { t: "/t" }, at: "/at" },
  { csv: { t: 2 }, at: 1, time_format: "unix_s", separator: ";", decimal: "," },
  { pairs: { t: "T" } },
  { match: { t: "T=([^ ]*)" } },
];

const text = fc.oneof(fc.string({ unit: "binary", maxLength: 200 }), fc.json(), fc.stringMatching(/^[T=:;, .0-9e+-]{0,60}$/));

test.each(WAYS)("%j takes any text, and gives nothing but numbers and what may name a state", async (keys) => {
  const read = await reader(keys);
  fc.assert(
    fc.property(text, (said) => {
      const sample = read(said, () => {});
      for (const value of Object.values(sample?.values ?? {})) {
        expect(["number", "string"]).toContain(typeof value);
        if (typeof value === "string") expect(value).toMatch(/^\S(?:[^\p{C}]{0,126}\S)?$/u); // 64 characters, of at most two units each
      }
    }),
    { numRuns: effort("device-texts", { quick: 50, test: 200, prove: 5_000 }) },
  );
});

test("numbers are read as they were written, in every way", async () => {
  const [plain, json, csv, pairs, match] = await Promise.all(WAYS.map(({ at: _, ...keys }) => reader(keys)));
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (t) => {
      const none = (reason: string) => expect.fail(reason);
      const values = { t: Object.is(t, -0) ? 0 : t };
      const number = String(values.t);
      expect(plain?.(` ${number} `, none)).toEqual({ values });
      expect(json?.(JSON.stringify({ t: values.t }), none)).toEqual({ values });
      expect(csv?.(`x;${number.replace(".", ",")}`, none)).toEqual({ values });
      expect(pairs?.(`H=1 T=${number}`, none)).toEqual({ values });
      expect(match?.(`a T=${number} b`, none)).toEqual({ values });
    }),
  );
});

test.each([
  ["T=21,5 H=40,2", { t: 21.5, h: 40.2 }],
  ["T: 21,5C, H: 40%", { t: 21.5, h: 40 }],
  ["T=21,5,H=40,2,", { t: 21.5, h: 40.2 }],
  ["T=-0,5; H=,25 X=1,2e1", { t: -0.5, h: 0.25, x: 12 }],
  ["T=auto, H=1", { t: "auto", h: 1 }],
])("a decimal comma in pairs is part of the number: %s", async (said, values) => {
  const read = await reader({ pairs: { t: "T", h: "H", x: "X" }, decimal: "," });
  expect(read(said, (reason) => expect.fail(reason))).toEqual({ values });
});

test("a number in pairs that is written in another way than the config says is counted, not cut", async () => {
  const reasons: string[] = [];
  const read = await reader({ pairs: { t: "T" }, decimal: "," });
  expect(read("T=1.021,5", (reason) => void reasons.push(reason))).toBeUndefined();
  expect(reasons).toEqual(["bad_number"]);
});

test("the name of a state is taken as it is said; noise and what is longer than a name is not", async () => {
  const [plain, json, csv, pairs] = await Promise.all(WAYS.map(({ at: _, ...keys }) => reader(keys)));
  const none = (reason: string) => expect.fail(reason);
  expect(plain?.(" half open ", none)).toEqual({ values: { t: "half open" } });
  expect(json?.('{"t":"geöffnet"}', none)).toEqual({ values: { t: "geöffnet" } });
  expect(csv?.("x;heat", none)).toEqual({ values: { t: "heat" } });
  expect(pairs?.("H=1 T=auto", none)).toEqual({ values: { t: "auto" } });
  for (const noise of ["1,5", "21.5 C", "\u0001", "a\u0000b", "\ufffd2", "x".repeat(65)]) {
    const reasons: string[] = [];
    expect(plain?.(noise, (reason) => void reasons.push(reason))).toBeUndefined();
    expect(reasons).toEqual(["bad_number"]);
  }
});

test.each(["__proto__", "constructor", "toString", "valueOf"])("%s is a word like any other", async (word) => {
  const [plain, json] = await Promise.all(WAYS.map(({ at: _, ...keys }) => reader(keys)));
  const said = [plain?.(word, () => {}), json?.(JSON.stringify({ t: word }), () => {})];
  const expected = word.startsWith("_") ? undefined : { values: { t: word } };
  expect(said).toEqual([expected, expected]);
});

test.each([
  ["an object that cannot be shown", '{"toString":1}'],
  ["a list of 20,000 levels", `${"[".repeat(20_000)}${"]".repeat(20_000)}`],
  ["a list of nothing", "[]"],
  ["a list of one number", "[21.5]"],
])("%s is no number", async (_, value) => {
  const read = await reader({ json: { t: "/t", h: "/h" } });
  const reasons: string[] = [];
  expect(read(`{"t":${value},"h":40}`, (reason) => void reasons.push(reason))).toEqual({ values: { h: 40 } });
  expect(reasons).toEqual(["bad_number"]);
});

test("lines are the same however they come in pieces", () => {
  const lines = fc.array(fc.stringMatching(/^[a-z0-9.ä€]{1,10}$/), { maxLength: 10 });
  fc.assert(
    fc.property(lines, fc.constantFrom("\n", "\r\n", "\r"), fc.array(fc.nat(200), { maxLength: 8 }), (all, end, cuts) => {
      const bytes = Buffer.from(all.map((line) => line + end).join(""));
      const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const reader = new Lines(() => expect.fail("too long"));
      const found = places.slice(1).flatMap((to, index) => reader.take(bytes.subarray(places[index], to)));
      expect(found).toEqual(all);
    }),
  );
});
