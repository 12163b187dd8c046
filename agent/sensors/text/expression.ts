/**
 * expression: a regular expression of the config: one with a group around the number, or with a named group for each value.
 *
 * It is run by RE2 (Cox, "Regular Expression Matching Can Be Simple And Fast", 2007), in time that grows with the
 * text and no faster: JavaScript's own would stand still for years over `(a+)+$` and the wrong page, and the agent
 * with it. RE2 knows no look-around and no references back; it loads only where a config has an expression. On a
 * harmless line it takes 12 us where JavaScript's own takes 1.
 */
import type { RE2JS } from "re2js";
import { z } from "zod";

const GROUP = "expected a regular expression (RE2) with one group around the number, like 'T=([-0-9.]+)'";
const LONGEST = 1_000;

export interface Expression {
  readonly source: string;
  /** What its group holds, undefined where it does not match. */
  find(text: string): string | undefined;
}

/** Checked asynchronously, for the engine loads with it. */
export const expression = z
  .string(GROUP)
  .max(LONGEST)
  .transform(async (source, context): Promise<Expression> => {
    const program = await compiled(source);
    if (program?.groupCount() === 1) return { source, find: (text) => groupsFound(program, text, [1])?.[0] };
    context.addIssue({ code: "custom", message: GROUP });
    return z.NEVER;
  });

/** An expression for what has many values, such as a line that is no row of a table. */
export interface NamedGroups {
  /** In the order of the expression. */
  readonly names: readonly string[];
  /** What the groups hold, in that order, undefined for one that took no part; undefined where nothing matches. */
  find(text: string): readonly (string | undefined)[] | undefined;
}

/** Checked asynchronously as well. @param message of an expression that is none, or without the groups it needs. */
export function namedGroups(message: string, suffices: (names: readonly string[]) => boolean) {
  return z
    .string(message)
    .max(LONGEST)
    .transform(async (source, context): Promise<NamedGroups> => {
      const program = await compiled(source);
      const groups = Object.entries(program?.namedGroups() ?? {}).sort(([, a], [, b]) => a - b);
      const names = groups.map(([name]) => name);
      const numbers = groups.map(([, number]) => number);
      if (program !== undefined && suffices(names)) return { names, find: (text) => groupsFound(program, text, numbers) };
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    });
}

/** Undefined where nothing matches. */
function groupsFound(program: RE2JS, text: string, numbers: readonly number[]): (string | undefined)[] | undefined {
  const matcher = program.matcher(text);
  return matcher.find() ? numbers.map((number) => matcher.group(number) ?? undefined) : undefined;
}

/** Undefined where it is no regular expression. */
async function compiled(source: string): Promise<RE2JS | undefined> {
  const { RE2JS, RE2JSException } = await import("re2js");
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}
