/**
 * faults: what is expected to go wrong, as values with a code.
 *
 * A `Fault` names where it happened, what was expected and what came, and tells what to do.
 * Anything else that is thrown is a bug: it carries `BUG:` and ends the process.
 * Callers decide by `code` and `retry`; they never read the message.
 */

export interface FaultDetails {
  /** May the same call succeed later without anybody doing anything? Default: false. */
  readonly retry?: boolean;
  /** What a person does about it, as one sentence or one command. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

export class Fault extends Error {
  override readonly name = "Fault";
  /** Stable snake_case name; counters and tests use it. */
  readonly code: string;
  readonly retry: boolean;
  readonly hint: string | undefined;

  constructor(code: string, message: string, details: FaultDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retry = details.retry ?? false;
    this.hint = details.hint;
  }
}

export function isFault(error: unknown, code?: string): error is Fault {
  return error instanceof Fault && (code === undefined || error.code === code);
}

/** Ends what cannot be: our own mistake, never the machine's or the user's. */
export function bug(message: string): never {
  throw new Error(`BUG: ${message}`);
}

/** A fault as a person reads it: message, then what to do. */
export function explain(error: unknown): string {
  if (error instanceof Fault) return error.hint === undefined ? error.message : `${error.message}\n  -> ${error.hint}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
