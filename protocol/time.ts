/**
 * time: the two units every part of the system counts in.
 *
 * Both are integers of microseconds held in a double, which is exact until the year 2255.
 * They are branded, so that an instant cannot be passed where a span is meant.
 */

declare const instant: unique symbol;
declare const span: unique symbol;

/** An instant: integer microseconds since the Unix epoch, UTC, leap seconds ignored (POSIX). */
export type EpochMicros = number & { readonly [instant]: "EpochMicros" };

/** A span: integer microseconds. Also the reading of a monotonic clock (span since boot). */
export type Micros = number & { readonly [span]: "Micros" };

export const MICROS_PER_MS = 1_000;
export const MICROS_PER_SECOND = 1_000_000;
export const MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND;
export const MICROS_PER_HOUR = 60 * MICROS_PER_MINUTE;
export const MICROS_PER_DAY = 24 * MICROS_PER_HOUR;

/** The width of a bucket, and the border no summary crosses: 15 minutes of UTC. */
export const QUARTER = (15 * MICROS_PER_MINUTE) as Micros;

/** Brands a number that is already integer microseconds since the Unix epoch. */
export function epochMicros(value: number): EpochMicros {
  return value as EpochMicros;
}

/** Brands a number that is already an integer span of microseconds. */
export function micros(value: number): Micros {
  return value as Micros;
}

/** ISO 8601 in UTC with microseconds only where there are any: `2026-11-20T10:00:00.000Z`. */
export function isoInstant(at: EpochMicros): string {
  const iso = new Date(Math.floor(at / MICROS_PER_MS)).toISOString();
  const rest = ((at % MICROS_PER_MS) + MICROS_PER_MS) % MICROS_PER_MS;
  return rest === 0 ? iso : iso.replace("Z", `${String(rest).padStart(3, "0")}Z`);
}
