/**
 * median: the median of the last `window` readings, so that single spikes vanish and steps stay steps.
 *
 * - The window is the reading itself and those before it; until it is full, the median is of what there is (the mean of
 *   the two middle values where the count is even). A step shows half a window late.
 * - A bad reading passes as it is and is in no median. Every other keeps its own instant and quality, so a change of
 *   quality shows at once.
 * - Time plays no part: a clock may step.
 */
import { z } from "zod";
import type { FilterKind, Measure, Refusal } from "./contract.ts";
import { RecentValues, windowSize } from "./window/recent-values.ts";

interface MedianConfig {
  readonly window: number;
}

export const median: FilterKind<MedianConfig> = {
  name: "median",
  config: z.strictObject({
    window: windowSize(5),
  }),

  measure: (_config, before): Measure | Refusal =>
    before.kind === "angle" ? { refuse: "an angle has no median: between 359 and 1 lies 0, and not 180" } : before,

  create({ window }) {
    const recent = new RecentValues(window);

    return {
      apply(reading) {
        if (reading.quality === "bad") return { keep: reading };
        recent.add(reading.value);
        return { keep: { ...reading, value: recent.median() } };
      },
      save: () => recent.values,
      restore(state) {
        recent.values = state as readonly number[];
      },
    };
  },
};
