/**
 * span: from which instant to which a report goes.
 */
import { localDay, localSecond } from "../../protocol/calendar.ts";
import { duration, type EpochMicros, epochMicros, Fault, isoInstant, MICROS_PER_DAY, micros, showDuration } from "../../protocol/index.ts";
import type { Span } from "../stores/contract.ts";
import { type Period, type PeriodKind, periodsOf } from "./periods.ts";
import type { ReportQuery } from "./query.ts";
import { parseLocal } from "./zone.ts";

/** Before 2255 every microsecond is exact; nothing was measured before 1970. */
const END_OF_TIME = epochMicros(8_993_721_600_000_000);

const LONGEST_WINDOW = micros(7 * MICROS_PER_DAY);

const TIME_HINT = 'write "2026-11-20", "2026-11-20T14:00", "2026-11-20T14:00+01:00", "today" or "yesterday"';

/**
 * The rows that are asked for, ascending; the last may be open, none lies in the future.
 * `--last` counts whole rows back from the open one, which is always among them; else a row that has a part in the span
 * is shown whole.
 * @throws Fault `bad_time`, `bad_span`
 */
export function askedPeriods(kind: PeriodKind, query: ReportQuery, zone: string, now: EpochMicros): readonly Period[] {
  if (query.span !== undefined) {
    throw new Fault("bad_span", `expected from, to or last, got span ${JSON.stringify(query.span)}`, {
      hint: "span is the length of the window of: report last; here it is --last",
    });
  }
  const { from, to } = askedSpan(kind, query, zone, now);
  if (from >= to) {
    throw new Fault("bad_span", `expected a span, got ${isoInstant(from)} to ${isoInstant(to)}, which ends before it begins`, {
      hint: "swap --from and --to; --to is exclusive, so one day is --from 2026-11-20 --to 2026-11-21",
    });
  }
  if (from > now) {
    throw new Fault("bad_span", `expected a span that has begun, got one from ${isoInstant(from)} (now is ${isoInstant(now)})`, {
      hint: "look at --from, and at the clock of this machine",
    });
  }
  const until = epochMicros(Math.min(to, now + 1));
  const periods = periodsOf(kind, zone, { from, to: until });
  return isWholeRows(query) ? periods.filter((period, index) => period.from >= from || index === periods.length - 1) : periods;
}

/**
 * The window that ends now: `span`, one hour unless it is said.
 * @throws Fault `bad_time`, `bad_span`, `span_too_long`
 */
export function askedWindow({ from, to, last, span = "60m" }: ReportQuery, zone: string, now: EpochMicros): Period {
  const other = Object.entries({ from, to, last }).find(([, value]) => value !== undefined);
  if (other !== undefined) {
    throw new Fault("bad_span", `expected a span alone, for the window ends now, got ${other[0]} ${JSON.stringify(other[1])}`, {
      hint: "leave it out, or use: report hourly",
    });
  }
  const length = durationOf("span", span);
  if (length > LONGEST_WINDOW) {
    throw new Fault("span_too_long", `span: expected at most ${showDuration(LONGEST_WINDOW)}, got ${span}`, {
      hint: "a window is made from single readings; for a longer time use report hourly or daily with --last",
    });
  }
  const start = epochMicros(Math.max(0, now - length));
  return { from: start, to: now, label: localSecond(zone, start) };
}

/** A span that nobody wrote ends now and begins so long ago. */
const USUAL: Readonly<Record<PeriodKind, number>> = {
  hour: MICROS_PER_DAY,
  day: 7 * MICROS_PER_DAY,
  week: 8 * 7 * MICROS_PER_DAY,
  month: 365 * MICROS_PER_DAY,
};

export function askedSpan(kind: PeriodKind, { from, to, last }: ReportQuery, zone: string, now: EpochMicros): Span {
  if (last !== undefined && (from !== undefined || to !== undefined)) {
    throw new Fault("bad_span", `expected either last, or from and to, got last ${JSON.stringify(last)} and one of these`, {
      hint: "leave one of them out",
    });
  }
  if (last === "today") return { from: localDay(zone, now).start, to: localDay(zone, now, 1).start };
  if (last === "yesterday") return { from: localDay(zone, now, -1).start, to: localDay(zone, now).start };
  if (last !== undefined) return { from: epochMicros(now - durationOf("last", last) + 1), to: epochMicros(now + 1) };
  const end = to === undefined ? epochMicros(now + 1) : instantOf("to", to, zone, now);
  return { from: from === undefined ? epochMicros(Math.max(0, end - USUAL[kind])) : instantOf("from", from, zone, now), to: end };
}

function isWholeRows({ from, last }: ReportQuery): boolean {
  return from === undefined && last !== "today" && last !== "yesterday";
}

function durationOf(key: string, text: string): number {
  const result = duration().safeParse(text);
  if (result.success) return result.data;
  throw new Fault("bad_time", `${key}: ${result.error.issues[0]?.message ?? "expected a duration"}`, {
    hint: key === "last" ? 'write "24h", "7d", "today" or "yesterday"' : 'write "60m" or "24h"',
  });
}

function instantOf(key: string, text: string, zone: string, now: EpochMicros): EpochMicros {
  if (text === "now") return now;
  if (text === "today") return localDay(zone, now).start;
  if (text === "yesterday") return localDay(zone, now, -1).start;
  const bad = (got: string) => new Fault("bad_time", `${key}: expected a date or time, got ${got}`, { hint: TIME_HINT });
  let instant: EpochMicros;
  try {
    instant = parseLocal(zone, text);
  } catch (error) {
    if (error instanceof RangeError) throw bad(JSON.stringify(text));
    throw error;
  }
  if (instant < 0 || instant > END_OF_TIME) throw bad(`${JSON.stringify(text)}, which is not between 1970 and 2255`);
  return instant;
}
