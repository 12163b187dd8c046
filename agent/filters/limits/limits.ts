/**
 * limits: the two ends of what is allowed, either of which may be left out.
 */
import { z } from "zod";

export interface Limits {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

export const limits: z.ZodType<Limits> = z
  .strictObject({ min: z.number().optional(), max: z.number().optional() })
  .refine(({ min, max }) => min !== undefined || max !== undefined, { message: "expected min, max or both" })
  .refine(({ min = -Infinity, max = Infinity }) => min < max, { message: "expected min below max" });
