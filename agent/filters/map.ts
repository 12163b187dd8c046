/**
 * map: turns names of states into numbers, or a number into the number of its bin.
 *
 * - `states`, by name or by number, exactly as they are written. What is not in the list is dropped and counted, unless
 *   `other` gives it a number: a state that nobody thought of must not look like one of the others.
 * - `bins` are ascending borders: below the first is 0, from the first on 1, from the second on 2 ... A border belongs to
 *   the bin above it. `as` gives the bins other numbers, one more than there are borders.
 * - The series then holds states without a unit, of which reports make no average; `kind` and `unit` say otherwise.
 */
import { z } from "zod";
import { SERIES_KINDS, type SeriesKind, unit } from "../../protocol/index.ts";
import type { FilterKind } from "./contract.ts";

interface MapConfig {
  readonly states?: Readonly<Record<string, number>> | undefined;
  readonly other?: number | undefined;
  readonly bins?: readonly number[] | undefined;
  readonly as?: readonly number[] | undefined;
  readonly kind: SeriesKind;
  readonly unit: string;
}

const LONGEST = 64;

const config = z
  .strictObject({
    states: z
      .record(z.string().min(1).max(LONGEST), z.number())
      .refine((states) => Object.keys(states).length > 0 && Object.keys(states).length <= 256, "expected 1 to 256 states")
      .optional(),
    other: z.number().optional(),
    bins: z
      .array(z.number())
      .min(1)
      .max(LONGEST)
      .refine((bins) => bins.every((border, index) => index === 0 || border > (bins[index - 1] as number)), "expected ascending borders")
      .optional(),
    as: z.array(z.number()).optional(),
    kind: z.enum(SERIES_KINDS).default("state"),
    unit: unit().default("1"),
  })
  .refine(({ states, bins }) => (states === undefined) !== (bins === undefined), { message: "expected either states or bins" })
  .refine(({ states, other }) => states !== undefined || other === undefined, {
    path: ["other"],
    message: "expected it beside states only",
  })
  .refine(({ bins, as }) => as === undefined || (bins !== undefined && as.length === bins.length + 1), {
    path: ["as"],
    message: "expected it beside bins, with one number more than there are borders",
  });

export const map: FilterKind<MapConfig> = {
  name: "map",
  config,
  measure: ({ kind, unit }) => ({ kind, unit }),

  states({ states, other }) {
    if (states === undefined) return undefined;
    const byName = new Map(Object.entries(states));
    return (text) => byName.get(text) ?? other;
  },

  create({ states, other, bins = [], as }) {
    const byNumber = new Map(Object.entries(states ?? {}).map(([name, value]) => [Number(name), value]));
    const numberOf = (value: number) => {
      if (states !== undefined) return byNumber.get(value) ?? other;
      const bin = bins.filter((border) => value >= border).length;
      return as?.[bin] ?? bin;
    };
    return {
      apply(reading) {
        const value = numberOf(reading.value);
        return value === undefined ? { drop: "unknown_state" } : { keep: { ...reading, value } };
      },
    };
  },
};
