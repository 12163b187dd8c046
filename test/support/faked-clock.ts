/**
 * faked-clock: a wall clock of its own for one process, by libfaketime; its monotonic clock and its timers stay true.
 */
import fs from "node:fs";
import { needs } from "./needs.ts";
import type { TempDir } from "./temp-dir.ts";

export interface FakedClock {
  /** For the environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on the wall clock is this many seconds off the true time. */
  set(seconds: number): void;
}

/** Skips the test where there is no libfaketime. */
export function fakedClock(dir: TempDir, name: string, seconds: number): FakedClock {
  const library = needs("faketime");
  const file = dir.join(`${name}.faketime`);
  const set = (offset: number) => {
    // Replaced in one step: a half-written file would be another time.
    fs.writeFileSync(`${file}~`, `${offset >= 0 ? "+" : ""}${offset}\n`);
    fs.renameSync(`${file}~`, file);
  };
  set(seconds);
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      FAKETIME_NO_CACHE: "1",
      NO_FAKE_STAT: "1",
    },
    set,
  };
}

/** How far off a clock is that shows this instant now. */
export function secondsTo(instant: string): number {
  return Math.round((Date.parse(instant) - Date.now()) / 1_000);
}
