/**
 * range: marks what is outside `min` and `max` as bad; it changes no value and drops nothing.
 *
 * - The limits themselves are inside.
 * - A bad reading is stored and counted, and stays out of every average. To cut a value to the limit is
 *   another technique (clamp): it invents readings, marking does not.
 */
import { z } from "zod";
import type { FilterKind } from "./contract.ts";

interface RangeConfig {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

export const range: FilterKind<RangeConfig> = {
  name: "range",
  config: z
    .strictObject({ min: z.number().optional(), max: z.number().optional() })
    .refine(({ min, max }) => min !== undefined || max !== undefined, { message: "expected min, max or both" })
    .refine(({ min = -Infinity, max = Infinity }) => min < max, { message: "expected min below max" }),

  create: ({ min = -Infinity, max = Infinity }) => ({
    apply(reading) {
      if (reading.value >= min && reading.value <= max) return { keep: reading };
      return { keep: { ...reading, quality: "bad" }, mark: "out_of_range" };
    },
  }),
};
