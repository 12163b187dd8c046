/**
 * code-of: the code of the fault that a call ends with.
 */
import { isFault } from "../../protocol/index.ts";

/** Undefined where nothing is thrown; what is thrown and is no fault fails the test. */
export function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (isFault(error)) return error.code;
    throw error;
  }
}
