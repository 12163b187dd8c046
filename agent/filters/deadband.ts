/**
 * deadband: drops a reading that moved no more than `width` (or `percent`) since the last kept one.
 *
 * - The first reading is always kept, and so is a change of quality.
 * - The comparison is with the last KEPT reading, so a slow drift cannot hide; `percent` is of that value.
 * - After `heartbeat` the next reading is kept even if it did not move: downstream, "no change" and
 *   "no sensor" must look different. A clock that was set back counts as silence, so it cannot mute a series.
 */
import { z } from "zod";
import { duration, type Micros, type Reading } from "../../protocol/index.ts";
import { type Filter, type FilterKind, shifted } from "./contract.ts";

interface DeadbandConfig {
  readonly width?: number | undefined;
  readonly percent?: number | undefined;
  readonly heartbeat: Micros;
}

type LastKept = Pick<Reading, "at" | "value" | "quality">;

export const deadband: FilterKind<DeadbandConfig> = {
  name: "deadband",
  config: z
    .strictObject({
      width: z.number().nonnegative().optional(),
      percent: z.number().positive().max(100).optional(),
      heartbeat: duration().prefault("5m"),
    })
    .refine(({ width, percent }) => (width === undefined) !== (percent === undefined), { message: "expected either width or percent" }),

  sampling: ({ heartbeat }, before) => ({ kind: "on_change", period: before.period, heartbeat }),

  create({ width = 0, percent, heartbeat }): Filter {
    let last: LastKept | undefined;
    const widthAround = (value: number) => (percent === undefined ? width : (Math.abs(value) * percent) / 100);

    return {
      apply(reading) {
        const moved =
          last === undefined || reading.quality !== last.quality || Math.abs(reading.value - last.value) > widthAround(last.value);
        const silent = last !== undefined && (reading.at < last.at || reading.at - last.at >= heartbeat);
        if (!moved && !silent) return { drop: "inside_deadband" };
        last = { at: reading.at, value: reading.value, quality: reading.quality };
        return { keep: reading };
      },
      shift(by) {
        last = shifted(last, by);
      },
      save: () => last,
      restore(state) {
        last = state as LastKept | undefined;
      },
    };
  },
};
