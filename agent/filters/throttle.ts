/**
 * throttle: keeps at most one reading in every span of `every`.
 *
 * - Kept is the first reading that comes `every` or more after the last kept one. The others are gone: where they shall
 *   count, aggregate puts them into a summary.
 * - A change of quality passes at once, and a clock that was set back ends the wait.
 */
import { z } from "zod";
import { duration, type Micros, micros, type Reading } from "../../protocol/index.ts";
import { type FilterKind, shifted } from "./contract.ts";

interface ThrottleConfig {
  readonly every: Micros;
}

type LastKept = Pick<Reading, "at" | "quality">;

export const throttle: FilterKind<ThrottleConfig> = {
  name: "throttle",
  config: z.strictObject({ every: duration({ least: micros(1_000) }) }),

  sampling: ({ every }, { kind, period, heartbeat }) => ({
    kind,
    period: slowed(period, every),
    heartbeat: kind === "on_change" ? micros(Math.max(heartbeat, every)) : heartbeat,
  }),

  create({ every }) {
    let last: LastKept | undefined;

    return {
      apply(reading) {
        const isSoon = last !== undefined && reading.at >= last.at && reading.at - last.at < every;
        if (isSoon && reading.quality === last?.quality) return { drop: "throttled" };
        last = { at: reading.at, quality: reading.quality };
        return { keep: reading };
      },
      shift(by) {
        last = shifted(last, by);
      },
      save: () => last,
      restore(state) {
        last = state as LastKept;
      },
    };
  },
};

/** Readings every 4 s, at most one in 10 s: one every 12 s. A source that sets its own pace gets this one. */
function slowed(period: Micros, every: Micros): Micros {
  return period === 0 ? every : micros(Math.ceil(every / period) * period);
}
