/**
 * range: marks what is outside `min` and `max` as bad; it changes no value and drops nothing.
 *
 * - The limits themselves are inside.
 * - A bad reading is stored and counted, and stays out of every average. To cut a value to the limit is
 *   another technique (clamp): it invents readings, marking does not.
 */
import type { FilterKind } from "./contract.ts";
import { type Limits, limits } from "./limits/limits.ts";

export const range: FilterKind<Limits> = {
  name: "range",
  config: limits,

  create: ({ min = -Infinity, max = Infinity }) => ({
    apply(reading) {
      if (reading.value >= min && reading.value <= max) return { keep: reading };
      return { keep: { ...reading, quality: "bad" }, mark: "out_of_range" };
    },
  }),
};
