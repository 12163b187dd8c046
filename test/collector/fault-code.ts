/**
 * fault-code: tests of faults assert codes, never messages.
 */
import { isFault } from "../../protocol/index.ts";

/** Resolves to the code of the fault that `work` ends with; every other end is an error. */
export async function faultCode(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    if (isFault(error)) return error.code;
    throw error;
  }
  throw new Error("expected a fault, got none");
}
