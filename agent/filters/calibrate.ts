/**
 * calibrate: turns what a sensor shows into what is true, by offset and gain, by known points, or by a polynomial.
 *
 * - `points` are read as "shown -> true" and joined by straight lines; the outer two lines go on for ever, since a
 *   sensor that is off by one degree at the last point is not right beyond it.
 * - The quality stays as it is. A result that is no finite number is dropped and counted.
 * - The catalog's calibration version follows these numbers, so that a report can tell before from after.
 */
import { z } from "zod";
import type { Filter, FilterKind } from "./contract.ts";

interface CalibrateConfig {
  readonly offset?: number | undefined;
  readonly gain?: number | undefined;
  readonly points?: readonly Point[] | undefined;
  readonly polynomial?: readonly number[] | undefined;
}

interface Point {
  readonly shown: number;
  readonly true: number;
}

type Curve = (value: number) => number;

const NUMBER = "([+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?)";
const POINT = new RegExp(`^\\s*${NUMBER}\\s*->\\s*${NUMBER}\\s*$`);

const point = z.string().transform((text, context): Point => {
  const match = POINT.exec(text);
  if (match !== null) return { shown: Number(match[1]), true: Number(match[2]) };
  context.addIssue({ code: "custom", message: `expected a point like "0.3 -> 0" (shown -> true), got ${JSON.stringify(text)}` });
  return z.NEVER;
});

const points = z
  .array(point)
  .min(2)
  .max(64)
  .transform((list) => list.toSorted((a, b) => a.shown - b.shown))
  .refine((list) => list.every((each, index) => index === 0 || each.shown !== list[index - 1]?.shown), {
    message: "expected every shown value once",
  });

const config = z
  .strictObject({
    offset: z.number().optional(),
    gain: z
      .number()
      .refine((gain) => gain !== 0, { message: "expected a gain that is not 0" })
      .optional(),
    points: points.optional(),
    polynomial: z.array(z.number()).min(1).max(10).optional(),
  })
  .refine((given) => waysOf(given) === 1, { message: "expected one of: offset and/or gain, points, polynomial" });

export const calibrate: FilterKind<CalibrateConfig> = {
  name: "calibrate",
  config,
  calibrates: true,
  create: (options): Filter => {
    const curve = curveOf(options);
    return {
      apply(reading) {
        const value = curve(reading.value);
        return Number.isFinite(value) ? { keep: { ...reading, value } } : { drop: "not_finite" };
      },
    };
  },
};

function waysOf({ offset, gain, points, polynomial }: CalibrateConfig): number {
  return [offset ?? gain, points, polynomial].filter((way) => way !== undefined).length;
}

function curveOf({ offset = 0, gain = 1, points, polynomial }: CalibrateConfig): Curve {
  if (points !== undefined) return throughPoints(points);
  if (polynomial !== undefined) return (value) => polynomial.reduceRight((sum, coefficient) => sum * value + coefficient, 0);
  return (value) => value * gain + offset;
}

function throughPoints(points: readonly Point[]): Curve {
  return (value) => {
    let upper = 1;
    while (upper < points.length - 1 && value > (points[upper] as Point).shown) upper += 1;
    const [a, b] = [points[upper - 1] as Point, points[upper] as Point];
    if (value === b.shown) return b.true; // exact at a known point, whatever the rounding of the slope
    return a.true + ((value - a.shown) * (b.true - a.true)) / (b.shown - a.shown);
  };
}
