/**
 * convert: turns a value into another unit of the same quantity, and the series with it.
 *
 * - From what it converts is the channel's own unit: the driver's, the one the config gives it, or that of the filter
 *   before. Two units of different quantities are refused when the config is read.
 * - A result is rounded to twelve digits, so that numbers with few decimals stay such.
 * - A difference of temperatures stays one: 5 K between two of them are 9 degrees Fahrenheit, not -450. The series is then in
 *   `[degR]`, the degree of Fahrenheit that is counted from nothing.
 * - The quality stays. A result that is no finite number is dropped and counted.
 */
import { z } from "zod";
import { unit } from "../../protocol/index.ts";
import type { FilterKind, Measure, Refusal } from "./contract.ts";
import { conversion } from "./units/conversion.ts";
import { allQuantities, differenceOf, quantityOf, scaleOf } from "./units/ucum.ts";

interface ConvertConfig {
  /** UCUM code. */
  readonly to: string;
}

export const convert: FilterKind<ConvertConfig> = {
  name: "convert",
  config: z.strictObject({ to: unit() }),

  measure({ to }, before): Measure | Refusal {
    const unit = unitOf(to, before);
    return conversion(before.unit, unit) === undefined ? refusal(before.unit, to) : { ...before, unit };
  },

  create({ to }, { measure }) {
    const inUnit = conversion(measure.unit, unitOf(to, measure)) ?? ((value) => value); // what cannot be converted was refused before
    return {
      apply(reading) {
        const value = inUnit(reading.value);
        return Number.isFinite(value) ? { keep: { ...reading, value } } : { drop: "not_finite" };
      },
    };
  },
};

/** What comes out is in: of a difference of temperatures, the degree of that size whose zero is nothing. */
function unitOf(to: string, { isDifference }: Measure): string {
  return isDifference === true ? differenceOf(to) : to;
}

function refusal(from: string, to: string): Refusal {
  if (scaleOf(from) === undefined) {
    return { refuse: `${from} is no unit that can be converted: give the channel its \`unit\`; there is ${allQuantities()}` };
  }
  const possible = quantityOf(from) ?? `a unit of the same quantity as ${from}`;
  const isOther = scaleOf(to) === undefined ? "" : `; ${to} is ${quantityOf(to)?.split(":")[0] ?? "another quantity"}`;
  return { refuse: `expected a unit that ${from} can be converted to, ${possible}${isOther}`, option: "to" };
}
