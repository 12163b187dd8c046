/**
 * check: a value against a schema, every broken rule as one `Problem` in words.
 *
 * What zod reports as a tree is made flat: an unknown key is a problem of that key, and of a union the
 * branch counts that came furthest, so the answer is "points: expected a list" and never "invalid union".
 */
import type { z } from "zod";
import { wording } from "./wording.ts";

/** One thing that is wrong, and where. The message begins with "expected", or with "unknown key". */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

export type Checked<T> = { readonly value: T; readonly problems?: undefined } | { readonly problems: readonly Problem[] };

/** @returns the parsed value, or at least one problem. */
export async function checkValue<T>(schema: z.ZodType<T>, value: unknown): Promise<Checked<T>> {
  const result = await schema.safeParseAsync(value, { error: wording });
  return result.success ? { value: result.data } : { problems: result.error.issues.flatMap(flatten) };
}

function flatten(issue: z.core.$ZodIssue): readonly Problem[] {
  if (issue.code === "unrecognized_keys") {
    const lines = issue.message.split("\n");
    return issue.keys.map((key, index) => ({ path: [...issue.path, key], message: lines[index] ?? "unknown key" }));
  }
  if (issue.code === "invalid_key") return issue.issues.slice(0, 1).map(({ message }) => ({ path: issue.path, message }));
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [{ path: issue.path, message: issue.message }];
  const branches = issue.errors.map((errors) => errors.flatMap(flatten));
  return furthest(branches).map(({ path, message }) => ({ path: [...issue.path, ...path], message }));
}

/** The branch that failed deepest inside, of these the one with the fewest problems; if none got in, all of them in one line. */
function furthest(branches: readonly (readonly Problem[])[]): readonly Problem[] {
  if (branches.every(([first, ...rest]) => rest.length === 0 && first?.path.length === 0)) return [alternatives(branches.flat())];
  const entered = branches.filter((branch) => branch.every(({ path }) => path.length > 0));
  const known = entered.map((branch) => ({
    branch,
    strangers: branch.filter((problem) => problem.message.startsWith("unknown key")).length,
  }));
  known.sort((a, b) => a.strangers - b.strangers || a.branch.length - b.branch.length);
  return known[0]?.branch ?? branches[0] ?? [];
}

function alternatives(problems: readonly Problem[]): Problem {
  const messages = [...new Set(problems.map(({ message }) => message.replace(/^expected /, "")))];
  return { path: [], message: `expected ${messages.join(", or ")}` };
}
