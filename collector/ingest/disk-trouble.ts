/**
 * disk-trouble: what the disk does to us and may stop doing: full, failing, held by another program.
 *
 * Nothing is acked meanwhile, agents keep their batches, and the same work is tried again; anything else that is
 * thrown out of a commit is a bug.
 */
import { isFault } from "../../protocol/index.ts";

/** An error of SQLite, or the fault that a store made of one. */
export function isDiskTrouble(error: unknown): error is Error & { readonly code: string } {
  if (isFault(error)) return error.retry;
  return error instanceof Error && "code" in error && /^SQLITE_(FULL|IOERR|READONLY|BUSY|CANTOPEN)/.test(String(error.code));
}
