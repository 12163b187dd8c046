/**
 * quiet-log: a log that keeps what it is told, so that a test can read it and the terminal stays quiet.
 */
import type { Log } from "../../protocol/index.ts";

export interface LogEntry {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: object;
  readonly message: string;
}

export interface QuietLog extends Log {
  /** Everything logged so far, oldest first. */
  readonly entries: readonly LogEntry[];
}

export function quietLog(): QuietLog {
  const entries: LogEntry[] = [];
  const keep = (level: LogEntry["level"]) => (fields: object, message: string) => {
    entries.push({ level, fields, message });
  };
  return { entries, debug: keep("debug"), info: keep("info"), warn: keep("warn"), error: keep("error") };
}
