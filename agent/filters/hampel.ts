/**
 * hampel: finds a reading that lies further than `sigmas` from the median of the last `window` readings.
 *
 * - The Hampel identifier (Davies and Gather, "The identification of multiple outliers", JASA 88, 1993; in a moving
 *   window: Pearson, "Outliers in process modeling and identification", IEEE TCST 10, 2002): the measure is
 *   S = 1.4826 * median(|x - median|), and x is an outlier where |x - median| > sigmas * S.
 * - The window is the reading itself and those before it, for nothing may wait for what comes after. So the first ones
 *   after a true step are outliers too, until the new level fills half of the window.
 * - The first `window` - 1 readings are not judged, as in the paper. What was judged an outlier stays in the window as it
 *   was read: the filter looks at the world, not at its own answers.
 * - Where more than half of the window is one and the same value S is 0, and by the formula any other value would be an
 *   outlier (the paper's "implosion"); sensors with few decimals repeat themselves all the time. `floor` is the least S,
 *   in the channel's unit: the sensor's noise or resolution. Without it such a reading passes and is counted.
 * - A bad reading passes, is not judged and is not in the window. Time plays no part: a clock may step.
 */
import { z } from "zod";
import type { FilterKind, Measure, Outcome, Refusal } from "./contract.ts";
import { RecentValues, windowSize } from "./window/recent-values.ts";

interface HampelConfig {
  readonly window: number;
  readonly sigmas: number;
  readonly floor: number;
  readonly action: "mark" | "replace" | "drop";
}

/** Makes the median distance of normal noise its standard deviation: 1 / quantile(0.75). */
const SIGMA_OF_MEDIAN_DISTANCE = 1.4826;

export const hampel: FilterKind<HampelConfig> = {
  name: "hampel",
  config: z.strictObject({
    window: windowSize(7),
    sigmas: z.number().positive().default(3),
    floor: z.number().nonnegative().default(0),
    action: z.enum(["mark", "replace", "drop"]).default("mark"),
  }),

  measure: (_config, before): Measure | Refusal =>
    before.kind === "angle"
      ? { refuse: "hampel cannot judge an angle: 359 and 1 are neighbours, and it would call one of them an outlier" }
      : before,

  create({ window, sigmas, floor, action }) {
    const recent = new RecentValues(window);

    return {
      apply(reading): Outcome {
        if (reading.quality === "bad") return { keep: reading };
        recent.add(reading.value);
        if (!recent.isFull) return { keep: reading };
        const median = recent.median();
        const distance = Math.abs(reading.value - median);
        const spread = Math.max(SIGMA_OF_MEDIAN_DISTANCE * recent.medianDistance(median), floor);
        if (spread === 0) return distance === 0 ? { keep: reading } : { keep: reading, mark: "no_spread" };
        if (distance <= sigmas * spread) return { keep: reading };
        if (action === "drop") return { drop: "outlier" };
        return { keep: { ...reading, value: action === "replace" ? median : reading.value, quality: "suspect" }, mark: "outlier" };
      },
      save: () => recent.values,
      restore(state) {
        recent.values = state as readonly number[];
      },
    };
  },
};
