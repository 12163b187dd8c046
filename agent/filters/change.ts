/**
 * change: drops a reading that is exactly the last kept one again.
 *
 * - The first reading is always kept, and so is a change of quality.
 * - After `heartbeat` the next reading is kept even if nothing changed: downstream, "no change" and "no sensor" must look
 *   different. A clock that was set back counts as silence, so it cannot mute a series.
 */
import { z } from "zod";
import { duration, type Micros, type Reading } from "../../protocol/index.ts";
import { type FilterKind, shifted } from "./contract.ts";

interface ChangeConfig {
  readonly heartbeat: Micros;
}

type LastKept = Pick<Reading, "at" | "value" | "quality">;

export const change: FilterKind<ChangeConfig> = {
  name: "change",
  config: z.strictObject({ heartbeat: duration().prefault("5m") }),

  sampling: ({ heartbeat }, before) => ({ kind: "on_change", period: before.period, heartbeat }),

  create({ heartbeat }) {
    let last: LastKept | undefined;

    return {
      apply(reading) {
        const isSame = last !== undefined && reading.value === last.value && reading.quality === last.quality;
        const silent = last !== undefined && (reading.at < last.at || reading.at - last.at >= heartbeat);
        if (isSame && !silent) return { drop: "unchanged" };
        last = { at: reading.at, value: reading.value, quality: reading.quality };
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
