/**
 * recent-faults: the last warnings and errors of this run, for `top` and `doctor --bundle`: whoever asks for help
 * seldom has the log at hand.
 *
 * A log that passes everything on and remembers some of it; the same message again counts up instead of pushing out
 * another.
 */
import type { Clock, Log } from "../environment.ts";
import { type EpochMicros, isoInstant } from "../time.ts";

export interface RecentFault {
  /** ISO instant by this machine's clock, which may be wrong. */
  readonly at: string;
  readonly level: "warn" | "error";
  readonly code: string | undefined;
  readonly message: string;
  readonly times: number;
}

export interface RememberingLog extends Log {
  /** Newest last. */
  recent(): readonly RecentFault[];
}

const MOST = 50;

export function rememberFaults(log: Log, clock: Clock): RememberingLog {
  const faults = new Map<string, Omit<RecentFault, "at"> & { readonly at: EpochMicros }>();
  const remember = (level: RecentFault["level"], fields: object, message: string) => {
    const key = `${level} ${message}`;
    const times = (faults.get(key)?.times ?? 0) + 1;
    faults.delete(key); // the newest stands last
    faults.set(key, { at: clock.wall(), level, code: codeOf(fields), message, times });
    if (faults.size > MOST) faults.delete(faults.keys().next().value as string);
  };
  return {
    recent: () => [...faults.values()].map((fault) => ({ ...fault, at: isoInstant(fault.at) })),
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn(fields, message) {
      remember("warn", fields, message);
      log.warn(fields, message);
    },
    error(fields, message) {
      remember("error", fields, message);
      log.error(fields, message);
    },
  };
}

function codeOf(fields: object): string | undefined {
  return "code" in fields ? String(fields.code) : undefined;
}
