/**
 * registry: every filter there is, by the name it has in the config, and every formula of derive. Adding a filter = its
 * file and one line here.
 */
import { aggregate } from "./aggregate.ts";
import { calibrate } from "./calibrate.ts";
import { change } from "./change.ts";
import { clamp } from "./clamp.ts";
import type { FilterKind } from "./contract.ts";
import { convert } from "./convert.ts";
import { deadband } from "./deadband.ts";
import { hampel } from "./hampel.ts";
import { lowpass } from "./lowpass.ts";
import { map } from "./map.ts";
import { median } from "./median.ts";
import { range } from "./range.ts";
import { rate } from "./rate.ts";
import { round } from "./round.ts";
import { throttle } from "./throttle.ts";

export { FORMULAS } from "./derive.ts";

// biome-ignore lint/suspicious/noExplicitAny: each filter has a config type of its own; its schema and its create agree
export const FILTERS: Readonly<Record<string, FilterKind<any>>> = {
  aggregate,
  calibrate,
  change,
  clamp,
  convert,
  deadband,
  hampel,
  lowpass,
  map,
  median,
  range,
  rate,
  round,
  throttle,
};
