/**
 * clamp: cuts a value that is outside `min` and `max` to the limit, and marks it as suspect.
 *
 * - It invents readings, so each is counted and suspect; to mark what is wrong and keep it as it was read is another
 *   technique (range). It is for what has no meaning outside: a humidity of 100.4 %, a noise below 0 lx.
 * - The limits themselves are inside. A bad reading stays bad, and is cut as well.
 */
import type { FilterKind } from "./contract.ts";
import { type Limits, limits } from "./limits/limits.ts";

export const clamp: FilterKind<Limits> = {
  name: "clamp",
  config: limits,

  create: ({ min = -Infinity, max = Infinity }) => ({
    apply(reading) {
      const value = Math.min(Math.max(reading.value, min), max);
      if (value === reading.value) return { keep: reading };
      return { keep: { ...reading, value, quality: reading.quality === "bad" ? "bad" : "suspect" }, mark: "clamped" };
    },
  }),
};
