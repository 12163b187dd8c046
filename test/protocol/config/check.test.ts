import { describe, expect, test } from "vitest";
import { z } from "zod";
import { checkValue, objectKeys } from "../../../protocol/index.ts";

async function problems(schema: z.ZodType, value: unknown): Promise<readonly string[]> {
  const checked = await checkValue(schema, value);
  return (checked.problems ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("of a union", () => {
  const how = z.union([
    z.strictObject({ offset: z.number(), gain: z.number() }),
    z.strictObject({ points: z.array(z.string()), smooth: z.boolean() }),
    z.string(),
  ]);

  test("the form that was meant is told, by the keys that are there", async () => {
    expect(await problems(how, { offset: 1, gain: "2" })).toEqual(["gain: expected a number"]);
    expect(await problems(how, { points: ["a"] })).toEqual(["smooth: expected true or false"]);
  });

  test("all forms are told where none was entered", async () => {
    expect(await problems(how, 7)).toEqual([': expected a map ("key: value" lines), or a text']);
  });

  test("the union's own words win over those of its forms", async () => {
    const column = z.union([z.int().min(1), z.string().min(1)], "expected a column");
    expect(await problems(z.strictObject({ time: z.union([column, z.array(column)]) }), {})).toEqual([
      'time: expected a column, or a list ("- " lines)',
    ]);
  });

  test("a value of the wrong type is not called too short as well", async () => {
    expect(await problems(z.union([z.string().min(1), z.int()]), [])).toEqual([": expected a text, or a number"]);
    expect(await problems(z.strictObject({ a: z.string().min(1) }), { a: [] })).toEqual(["a: expected a text"]);
  });
});

test.each([
  [z.number().gt(0), 0, "expected a number more than 0"],
  [z.number().lt(5), 5, "expected a number less than 5"],
  [z.number().multipleOf(3), 4, "expected a multiple of 3"],
  [z.string().max(1), "ab", "expected at most 1 character"],
  [z.string().regex(/^a+$/), "b", "expected a text that matches /^a+$/"],
  [z.array(z.int()).max(2), [1, 2, 3], "expected at most 2 entries"],
  [z.literal("x"), "y", "expected x"],
  [z.record(z.string().regex(/^a/), z.int()), { b: 1 }, "expected a text that matches /^a/"],
  [z.string("expected a tree"), 1, "expected a tree"],
])("a broken rule is told in words: %#", async (schema, value, message) => {
  expect((await problems(schema, value)).map((line) => line.slice(line.indexOf(": ") + 2))).toEqual([message]);
});

describe("the keys a schema accepts", () => {
  const object = z.strictObject({ a: z.int(), b: z.int() });

  test.each([
    ["an object", object],
    [
      "one with defaults, refined and transformed",
      object
        .refine(() => true)
        .transform((value) => value)
        .optional(),
    ],
    ["one behind a preprocessing step", z.preprocess((value) => value, object)],
    ["one of several", z.union([z.strictObject({ a: z.int() }), z.strictObject({ b: z.int() })])],
  ])("are known of %s", (_name, schema) => {
    expect(objectKeys(schema)).toEqual(["a", "b"]);
  });

  test("are not known where any key is taken, or where it is no object", () => {
    expect(objectKeys(z.looseObject({ a: z.int() }))).toBeUndefined();
    expect(objectKeys(z.string())).toBeUndefined();
  });
});
