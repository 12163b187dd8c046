/**
 * resting-file: what the header of a data file says of a program that does not run: in use, killed, of another version.
 */
import { showSize } from "../config/quantities.ts";
import type { DatabaseHeader } from "./database-file.ts";
import { green, type Judgement, red, yellow } from "./finding.ts";

/** A log waits beside the file. @param remedy what makes the program take it in. */
export function judgeLog(path: string, { bytes, logBytes }: DatabaseHeader, program: string, remedy: string | undefined): Judgement {
  const about = `${path}: ${showSize(bytes)}, and ${showSize(logBytes)} in its log`;
  return yellow(`${about}: in use, or its ${program} was killed; the next start takes the log in`, remedy);
}

/** The file is not of the version that this program writes. */
export function judgeOtherVersion(path: string, { version }: DatabaseHeader, newest: number, program: string): Judgement {
  if (version < newest) return green(`${path}: version ${version}; the next start brings it to ${newest}`);
  return red(
    `${path}: version ${version}, and this ${program} knows ${newest} at most`,
    `install the newer tributary-${program} again: sudo apt-get install tributary-${program}`,
  );
}
