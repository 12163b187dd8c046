/**
 * access: everything that decides who gets in, opened together.
 */
import type { Database } from "better-sqlite3";
import type { Environment } from "../../protocol/index.ts";
import { FailureLimit } from "./failures.ts";
import { Links } from "./links.ts";
import { Tokens } from "./tokens.ts";

export interface Access {
  readonly tokens: Tokens;
  readonly links: Links;
  readonly failures: FailureLimit;
}

/** @param db the collector's data file, open for writing. */
export function openAccess(db: Database, { clock, random }: Pick<Environment, "clock" | "random">): Access {
  return { tokens: new Tokens({ db, clock, random }), links: new Links(clock, random), failures: new FailureLimit(clock) };
}
