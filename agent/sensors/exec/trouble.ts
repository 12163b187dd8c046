/**
 * trouble: what goes wrong with a command, as the faults that the `exec` driver throws.
 */
import { Fault, showDuration, showSize } from "../../../protocol/index.ts";
import { type ExecOptions, shownCommand } from "./options.ts";

/** It could not be started; what is no system error is given back as it is, for it is a bug. */
export function notStarted(options: ExecOptions, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
  const { code } = error;
  const program = options.command?.[0] ?? "/bin/sh";
  const message = `${program}: expected a program that can be run, got ${code}`;
  if (code === "EAGAIN" || code === "ENOMEM" || code === "EMFILE") return new Fault("device_busy", message, { retry: true, cause: error });
  if (code === "ENOENT") {
    const hint = `is it installed, and folder there? which ${program}; a pipe or a variable needs shell instead of command`;
    return new Fault("command_missing", message, { hint, cause: error });
  }
  return new Fault("command_denied", message, { hint: `let the agent's user run it: ls -l ${program}`, cause: error });
}

/** @param words the last ones on its stderr. */
export function failed(options: ExecOptions, code: number | null, signal: string | null, words: string): Fault {
  const got = code === null ? `signal ${signal}` : `exit code ${code}`;
  const said = words === "" ? "" : `: ${JSON.stringify(words)}`;
  return new Fault("command_failed", `${shownCommand(options)}: expected exit code 0, got ${got}${said}`, {
    retry: true,
    hint: "try it by hand as the agent's user: sudo -u tributary ...",
  });
}

/** A program that was to stay. */
export function ended(options: ExecOptions, code: number | null, signal: string | null, words: string): Fault {
  const got = code === null ? `its end by signal ${signal}` : `its end with exit code ${code}`;
  const said = words === "" ? "" : `: ${JSON.stringify(words)}`;
  return new Fault("command_ended", `${shownCommand(options)}: expected it to go on, got ${got}${said}`, {
    hint: "it is started again; a command that ends by itself is read with `every` and without keep_running",
  });
}

export function timedOut(options: ExecOptions): Fault {
  const message = `${shownCommand(options)}: expected it to end within ${showDuration(options.timeout)}; it was ended`;
  return new Fault("device_timeout", message, { retry: true, hint: "give it longer with timeout, or use keep_running" });
}

export function tooMuch(options: ExecOptions): Fault {
  const message = `${shownCommand(options)}: expected at most ${showSize(options.max_size)} of output, got more; it was ended`;
  return new Fault("answer_too_long", message, { hint: "let it print its reading alone; max_size allows more" });
}

/** @param reason of the reader, where there was something to read. */
export function unreadable(options: ExecOptions, output: string, reason: string | undefined): Fault {
  const got = output.trim() === "" ? "nothing" : JSON.stringify(output.slice(0, 60));
  const expected = reason === "short_row" ? "more columns" : "a reading as the config describes it";
  return new Fault("bad_value", `${shownCommand(options)}: expected ${expected}, got ${got}`, {
    retry: true,
    hint: "try it by hand as the agent's user, and compare with the keys of the config",
  });
}
