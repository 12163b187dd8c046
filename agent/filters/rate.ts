/**
 * rate: the change per second (or `per` minute, hour) since the reading before; of a counter, how fast it counts.
 *
 * - A counter (the channel's kind) that is lower than before was reset: it has counted from 0 to what it shows. With
 *   `wraps_at` it has run over instead, which is how meters of 16 or 32 bits begin anew.
 * - The first reading makes no rate, and neither does one that is not later than the one before; where the clock was set
 *   back, rates go on from the new instant.
 * - A bad reading makes a bad rate (0 where it would make none), and the next rate is reckoned from the last reading
 *   that was not bad. A rate with a suspect end is suspect.
 * - The series becomes a gauge per second: `W` of `J`, `m/s` of `m`; of degrees, kelvin per second.
 */
import { z } from "zod";
import { MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND, type Quality, type Reading } from "../../protocol/index.ts";
import { type FilterKind, type Measure, type Outcome, type Refusal, shifted } from "./contract.ts";
import { differenceOf, LONGEST_UNIT } from "./units/ucum.ts";

interface RateConfig {
  readonly per: keyof typeof SPANS;
  readonly wraps_at?: number | undefined;
}

type Base = Pick<Reading, "at" | "value" | "quality">;

const SPANS = { s: MICROS_PER_SECOND, min: MICROS_PER_MINUTE, h: MICROS_PER_HOUR } as const;

export const rate: FilterKind<RateConfig> = {
  name: "rate",
  config: z.strictObject({
    per: z.enum(["s", "min", "h"]).default("s"),
    wraps_at: z.number().positive().optional(),
  }),

  measure({ per, wraps_at }, { unit, kind }): Measure | Refusal {
    if (kind === "angle" || kind === "state") return { refuse: `rate needs a gauge or a counter, and this channel is of kind ${kind}` };
    if (wraps_at !== undefined && kind !== "counter")
      return { refuse: "only a counter can run over: give the channel `kind: counter`", option: "wraps_at" };
    const made = `${differenceOf(unit)}/${per}`;
    return made.length <= LONGEST_UNIT
      ? { unit: made, kind: "gauge" }
      : { refuse: `its unit would be ${made}, of more than ${LONGEST_UNIT} characters: convert it before` };
  },

  create({ per, wraps_at: wrapsAt }, { measure }) {
    const isCounter = measure.kind === "counter";
    let base: Base | undefined;

    function rise(from: number, to: number): number {
      if (!isCounter || to >= from) return to - from;
      return wrapsAt === undefined ? to : wrapsAt - from + to;
    }

    function since(from: Base | undefined, reading: Reading): Outcome {
      if (from === undefined) return { drop: "first_reading" };
      if (reading.at <= from.at) return { drop: "not_later" };
      const value = (rise(from.value, reading.value) / (reading.at - from.at)) * SPANS[per];
      if (!Number.isFinite(value)) return { drop: "not_finite" };
      const keep = { ...reading, value, quality: worse(from.quality, reading.quality) };
      return isCounter && reading.value < from.value
        ? { keep, mark: wrapsAt === undefined ? "counter_reset" : "counter_wrapped" }
        : { keep };
    }

    return {
      apply(reading): Outcome {
        const outcome = since(base, reading);
        if (reading.quality === "bad") return "keep" in outcome ? outcome : { keep: { ...reading, value: 0 } };
        base = { at: reading.at, value: reading.value, quality: reading.quality };
        return outcome;
      },
      shift(by) {
        base = shifted(base, by);
      },
      save: () => base,
      restore(state) {
        base = state as Base;
      },
    };
  },
};

/** `from` is never bad: a bad reading is no base. */
function worse(from: Quality, to: Quality): Quality {
  return from === "good" ? to : to === "good" ? from : to;
}
