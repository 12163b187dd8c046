/**
 * expression: a regular expression of the config, with one group around the number.
 *
 * It is run by RE2 (Cox, "Regular Expression Matching Can Be Simple And Fast", 2007), in time that grows with the
 * text and no faster: JavaScript's own would stand still for years over `(a+)+$` and the wrong page, and the agent
 * with it. RE2 knows no look-around and no references back; it loads only where a config has an expression.
 */
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
    const found = await compiled(source);
    if (found !== undefined) return found;
    context.addIssue({ code: "custom", message: GROUP });
    return z.NEVER;
  });

/** Undefined where it is no regular expression, or one with another number of groups. */
async function compiled(source: string): Promise<Expression | undefined> {
  const { RE2JS, RE2JSException } = await import("re2js");
  try {
    const program = RE2JS.compile(source);
    if (program.groupCount() !== 1) return undefined;
    return {
      source,
      find(text) {
        const matcher = program.matcher(text);
        return matcher.find() ? (matcher.group(1) ?? undefined) : undefined;
      },
    };
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}
