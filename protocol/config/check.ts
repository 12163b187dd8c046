/**
 * check: a value against a schema, every broken rule as one `Problem` in words.
 *
 * What zod reports as a tree is made flat: an unknown key is a problem of that key, and of a union the
 * branch counts that came furthest, so the answer is "points: expected a list" and never "invalid union".
 */
import type { z } from "zod";
import { ANY_FORM, wording } from "./wording.ts";

/** One thing that is wrong, and where. The message begins with "expected", or with "unknown key". */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Another place that has to differ from this one: where it is written is said behind the message. */
  readonly also?: readonly PropertyKey[];
}

export type Checked<T> = { readonly value: T; readonly problems?: undefined } | { readonly problems: readonly Problem[] };

/** @returns the parsed value, or at least one problem. */
export async function checkValue<T>(schema: z.ZodType<T>, value: unknown): Promise<Checked<T>> {
  const result = await schema.safeParseAsync(value, { error: wording });
  return result.success ? { value: result.data } : { problems: flattenAll(result.error.issues) };
}

/** Of one place only the first problem counts: what is no text at all need not be called too short as well. */
function flattenAll(issues: readonly z.core.$ZodIssue[]): readonly Problem[] {
  const byPlace = new Map<string, Problem>();
  for (const problem of issues.flatMap(flatten)) {
    const place = JSON.stringify(problem.path);
    if (!byPlace.has(place)) byPlace.set(place, problem);
  }
  return [...byPlace.values()];
}

function flatten(issue: z.core.$ZodIssue): readonly Problem[] {
  if (issue.code === "unrecognized_keys") {
    const lines = issue.message.split("\n");
    return issue.keys.map((key, index) => ({ path: [...issue.path, key], message: lines[index] ?? "unknown key" }));
  }
  if (issue.code === "invalid_key") return issue.issues.slice(0, 1).map(({ message }) => ({ path: issue.path, message }));
  if (issue.code === "custom" && issue.params?.also !== undefined)
    return [{ path: issue.path, message: issue.message, also: issue.params.also as readonly PropertyKey[] }];
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [{ path: issue.path, message: issue.message }];
  const branches = issue.errors.map(flattenAll);
  const isOutside = branches.every(([first, ...rest]) => rest.length === 0 && first?.path.length === 0);
  if (isOutside) return [{ path: issue.path, message: issue.message === ANY_FORM ? alternatives(branches.flat()) : issue.message }];
  return furthest(branches).map(({ path, message }) => ({ path: [...issue.path, ...path], message }));
}

/** Of the branches that were entered the one with the fewest unknown keys, then with the fewest problems. */
function furthest(branches: readonly (readonly Problem[])[]): readonly Problem[] {
  const entered = branches.filter((branch) => branch.every(({ path }) => path.length > 0));
  const known = entered.map((branch) => ({ branch, strangers: branch.filter(({ message }) => message.startsWith("unknown key")).length }));
  known.sort((a, b) => a.strangers - b.strangers || a.branch.length - b.branch.length);
  return known[0]?.branch ?? branches[0] ?? [];
}

function alternatives(problems: readonly Problem[]): string {
  const messages = [...new Set(problems.map(({ message }) => message.replace(/^expected /, "")))];
  return `expected ${messages.join(", or ")}`;
}
