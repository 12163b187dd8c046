/**
 * lowpass: exponential smoothing by elapsed time: after `time_constant` a step shows to 63 %, after three of them to 95 %.
 *
 * - y moves towards x by 1 - exp(-dt / time_constant) of the distance, dt from the reading before. So readings that come
 *   at another pace, or with holes, are smoothed alike; after a long hole the new value stands almost alone.
 * - The first reading is taken as it is. Where the clock stood still or was set back no time has passed, and y stays.
 * - A bad reading passes as it is and moves nothing; every other keeps its own instant and quality.
 */
import { z } from "zod";
import { duration, type Micros, micros, type Reading } from "../../protocol/index.ts";
import { type FilterKind, type Measure, type Refusal, shifted } from "./contract.ts";

interface LowpassConfig {
  readonly time_constant: Micros;
}

/** The smoothed value, and the instant of the reading that moved it last. */
type Smoothed = Pick<Reading, "at" | "value">;

export const lowpass: FilterKind<LowpassConfig> = {
  name: "lowpass",
  config: z.strictObject({ time_constant: duration({ least: micros(1_000) }) }),

  measure: (_config, before): Measure | Refusal =>
    before.kind === "angle" ? { refuse: "an angle cannot be smoothed: between 359 and 1 lies 0, and not 180" } : before,

  create({ time_constant: timeConstant }) {
    let smoothed: Smoothed | undefined;

    return {
      apply(reading) {
        if (reading.quality === "bad") return { keep: reading };
        const { at, value } = smoothed ?? reading;
        const share = -Math.expm1(-Math.max(0, reading.at - at) / timeConstant);
        // Weighted, not added to: the distance of two doubles may be more than a double holds.
        smoothed = { at: reading.at, value: value * (1 - share) + reading.value * share };
        return { keep: { ...reading, value: smoothed.value } };
      },
      shift(by) {
        smoothed = shifted(smoothed, by);
      },
      save: () => smoothed,
      restore(state) {
        smoothed = state as Smoothed;
      },
    };
  },
};
