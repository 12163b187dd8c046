/**
 * zone: what the clocks of a place show, and when they change, from IANA rules.
 */
import { Temporal } from "temporal-polyfill";
import { type EpochMicros, epochMicros, MICROS_PER_HOUR, MICROS_PER_MS } from "../time.ts";

/** A time during which a zone's clocks keep one offset. */
export interface Regime {
  readonly from: number;
  readonly to: number;
  /** Local time minus UTC, in microseconds. */
  readonly offset: number;
}

/** Regimes that cover [from, to) without a hole, ascending. */
export function regimesOf(zone: string, from: EpochMicros, to: EpochMicros): readonly Regime[] {
  const regimes: Regime[] = [];
  let start = zoned(zone, from);
  for (let at: number = from; at < to; ) {
    const next = start.getTimeZoneTransition("next");
    const end = next === null ? to : Math.min(to, next.epochMilliseconds * MICROS_PER_MS);
    regimes.push({ from: at, to: end, offset: start.offsetNanoseconds / 1_000 });
    if (next === null) break;
    start = next;
    at = end;
  }
  return regimes;
}

/** An instant on the local clock to the second, with offset: `2024-10-27T02:00:41+01:00`. */
export function localSecond(zone: string, at: EpochMicros): string {
  return zoned(zone, at).toString({ smallestUnit: "second", timeZoneName: "never" });
}

/** Lengths of local time that begin with a day. Weeks begin on Monday (ISO 8601). */
export type CalendarUnit = "day" | "week" | "month";

/** The first instant of a day in a zone, and its offset there. Where midnight is skipped, the day begins later. */
export interface LocalDay {
  readonly start: EpochMicros;
  readonly offset: number;
}

/** The first day of the local day, week or month that holds `at`, moved by so many of them. */
export function firstDay(unit: CalendarUnit, zone: string, at: EpochMicros, by = 0): LocalDay {
  const date = zoned(zone, at).toPlainDate();
  const first = { day: date, week: date.subtract({ days: date.dayOfWeek - 1 }), month: date.with({ day: 1 }) }[unit];
  const start = first.add({ [`${unit}s`]: by }).toZonedDateTime(zone);
  return { start: epochMicros(start.epochMilliseconds * MICROS_PER_MS), offset: start.offsetNanoseconds / 1_000 };
}

/** The local day that holds `at`, moved by `days`. */
export function localDay(zone: string, at: EpochMicros, days = 0): LocalDay {
  return firstDay("day", zone, at, days);
}

/** Longest local hour or day, with room for every change of a clock. */
export const LONGEST_DAY = 50 * MICROS_PER_HOUR;

function zoned(zone: string, at: EpochMicros): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(at / MICROS_PER_MS)).toZonedDateTimeISO(zone);
}
