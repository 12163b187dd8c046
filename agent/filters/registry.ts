/**
 * registry: every filter there is, by the name it has in the config. Adding one = its file and one line here.
 */
import { aggregate } from "./aggregate.ts";
import { calibrate } from "./calibrate.ts";
import type { FilterKind } from "./contract.ts";
import { deadband } from "./deadband.ts";
import { range } from "./range.ts";

// biome-ignore lint/suspicious/noExplicitAny: each filter has a config type of its own; its schema and its create agree
export const FILTERS: Readonly<Record<string, FilterKind<any>>> = {
  aggregate,
  calibrate,
  deadband,
  range,
};
