/**
 * command-line: what the end of every command means to the shell, the same for all programs.
 */
import { explain, isFault } from "./faults.ts";

export const EXIT = {
  /** Done, and what was asked about is in order. */
  done: 0,
  /** It failed, or what was asked about is not in order; stderr says what to do. */
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** This Node is too old: EX_UNAVAILABLE of sysexits.h. Given by the bins before anything is loaded. */
  nodeTooOld: 69,
} as const;

export const EXIT_HELP = `
Exit codes:
  0   done, and what was asked about is in order
  1   failed, or not in order: the message says what and what to do
  2   wrong command or option
  69  Node is too old`;

/**
 * Runs a command to its exit code. Faults are explained on stderr; a wrong command line was answered by the
 * parser (commander) already. A bug is thrown on, so that it ends the process with its stack.
 */
export async function exitCodeOf(work: () => Promise<number>, printError: (text: string) => void): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (isParserExit(error)) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (!isFault(error)) throw error;
    printError(`${explain(error)}\n`);
    return EXIT.failed;
  }
}

/** Commander's way to end after help, version or a wrong option, where it may not end the process itself. */
function isParserExit(error: unknown): error is Error & { readonly exitCode: number } {
  return error instanceof Error && "exitCode" in error && "code" in error && String(error.code).startsWith("commander.");
}
