/**
 * quantities: values that carry their unit in the text, as schemas: `10s`, `256MB`.
 */
import { z } from "zod";
import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_MS, MICROS_PER_SECOND, type Micros, micros } from "../time.ts";

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: MICROS_PER_MS,
  s: MICROS_PER_SECOND,
  m: MICROS_PER_MINUTE,
  h: MICROS_PER_HOUR,
  d: MICROS_PER_DAY,
};

const SIZE_UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** A span with its unit: `500ms`, `10s`, `1m`, `1.5h`, `7d`; more than 0. */
export function duration() {
  return z.string("expected a duration like 10s, 1m or 1.5h").transform((text, context): Micros => {
    const amount = quantity(text, DURATION_UNITS);
    if (amount !== undefined && amount > 0) return micros(Math.round(amount));
    context.addIssue({ code: "custom", message: `expected a duration like 10s, 1m or 1.5h, got ${JSON.stringify(text)}` });
    return z.NEVER;
  });
}

/** A size in bytes with its unit: `256MB`, `1GiB`. */
export function size() {
  return z.string("expected a size like 256MB").transform((text, context): number => {
    const amount = quantity(text, SIZE_UNITS);
    if (amount !== undefined && amount > 0) return Math.round(amount);
    context.addIssue({ code: "custom", message: `expected a size like 256MB or 1GiB, got ${JSON.stringify(text)}` });
    return z.NEVER;
  });
}

function quantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(text.trim());
  const unit = match?.[2] === undefined ? undefined : units[match[2]];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}
