/**
 * wording: what a broken rule of a schema is called towards a person: "expected ...".
 *
 * A schema may bring a message of its own in the same form; the place and what came instead are added by
 * `load.ts`, which has the text of the file.
 */
import type { z } from "zod";
import { didYouMean, unknownKey } from "./nearest.ts";

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: 'a map ("key: value" lines)',
  record: 'a map ("key: value" lines)',
  array: 'a list ("- " lines)',
};

/** What a union is called that has no message of its own; its branches say more. */
export const ANY_FORM = "expected one of several forms";

/** For zod's `error` option. For unknown keys: one line a key, in the order of `keys`. */
export function wording(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return `expected ${TYPE_NAMES[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return oneOf(issue.values, issue.input);
    case "too_small":
      return bound(issue.origin, issue.minimum, issue.inclusive === false ? "more than" : "at least");
    case "too_big":
      return bound(issue.origin, issue.maximum, issue.inclusive === false ? "less than" : "at most");
    case "unrecognized_keys":
      return unknownKeys(issue.keys, issue.inst as z.core.$ZodType | undefined);
    case "invalid_union":
      return Array.isArray(issue.options) ? oneOf(issue.options, undefined) : ANY_FORM;
    case "invalid_format":
      return issue.format === "regex" ? `expected a text that matches ${issue.pattern}` : `expected a text in the form "${issue.format}"`;
    case "not_multiple_of":
      return `expected a multiple of ${issue.divisor}`;
    default:
      return undefined;
  }
}

/** The keys a schema accepts, where it is an object or is made of objects; undefined where it takes any. */
export function objectKeys(schema: z.core.$ZodType): readonly string[] | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "object":
      return def.catchall === undefined || def.catchall._zod.def.type === "never" ? Object.keys(def.shape) : undefined;
    case "union":
      return together(def.options.map(objectKeys));
    case "intersection":
      return together([objectKeys(def.left), objectKeys(def.right)]);
    case "pipe":
      return objectKeys(def.in) ?? objectKeys(def.out); // transform, or preprocess
    case "optional":
    case "default":
    case "prefault":
    case "readonly":
      return objectKeys(def.innerType);
    default:
      return undefined;
  }
}

function together(lists: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  const known = lists.filter((list) => list !== undefined);
  return known.length === 0 ? undefined : [...new Set(known.flat())];
}

function unknownKeys(keys: readonly string[], schema: z.core.$ZodType | undefined): string {
  const known = (schema && objectKeys(schema)) ?? [];
  return keys.map((key) => unknownKey(key, known)).join("\n");
}

function oneOf(values: readonly unknown[], input: unknown): string {
  const names = values.map(String);
  const meant = typeof input === "string" ? didYouMean(input, names) : "";
  return names.length === 1 ? `expected ${names[0]}` : `expected one of ${names.join(", ")}${meant}`;
}

function bound(origin: string, limit: number | bigint, relation: string): string {
  const many = limit === 1 ? "" : "s";
  if (origin === "string") return `expected ${relation} ${limit} character${many}`;
  if (origin === "array") return `expected ${relation} ${limit} ${limit === 1 ? "entry" : "entries"}`;
  return `expected a number of ${relation} ${limit}`.replace("of more", "more").replace("of less", "less");
}
