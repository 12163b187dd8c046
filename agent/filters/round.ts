/**
 * round: rounds to so many decimals, or to a multiple of `step`.
 *
 * - Halves go away from zero. The quality stays.
 * - Numbers that were reckoned (lowpass, rate, a dew point) have sixteen digits, of which the sensor knew three: rounded,
 *   they take a tenth of the bytes.
 */
import { z } from "zod";
import type { FilterKind } from "./contract.ts";

interface RoundConfig {
  readonly decimals?: number | undefined;
  readonly step?: number | undefined;
}

export const round: FilterKind<RoundConfig> = {
  name: "round",
  config: z
    .strictObject({ decimals: z.int().min(0).max(9).optional(), step: z.number().positive().optional() })
    .refine(({ decimals, step }) => (decimals === undefined) !== (step === undefined), { message: "expected either decimals or step" }),

  create({ decimals, step }) {
    const round = step === undefined ? (value: number) => fixed(value, decimals ?? 0) : toSteps(step);
    return { apply: (reading) => ({ keep: { ...reading, value: round(reading.value) } }) };
  },
};

function toSteps(step: number): (value: number) => number {
  const [digits = "", exponent = "0"] = String(step).split("e");
  const places = Math.min(100, Math.max(0, (digits.split(".")[1]?.length ?? 0) - Number(exponent)));
  return (value) => {
    const rounded = Math.sign(value) * Math.round(Math.abs(value) / step) * step;
    return Number.isFinite(rounded) ? fixed(rounded, places) : value;
  };
}

/** Of the decimal number that the double stands for: 1.005 is a little less than it looks. Never -0. */
function fixed(value: number, places: number): number {
  return Number(value.toFixed(places)) + 0;
}
