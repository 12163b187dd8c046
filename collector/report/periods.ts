/**
 * periods: the local hours and days that are the rows of a report.
 *
 * - A local hour is the longest time with one offset and one hour on the clock: an hour that occurs twice is two
 *   rows, and where a clock moves by half an hour (Lord Howe) a row may be half as long. Nothing is merged.
 * - A local day reaches from its first instant to that of the next day: 23, 24 or 25 hours.
 * - All borders are quarters of UTC, so buckets fold into rows exactly, in half-hour zones too. It holds for every
 *   zone since 2012; where it does not, the report is refused rather than blurred.
 */
import { type EpochMicros, epochMicros, Fault, isoInstant, MICROS_PER_HOUR, QUARTER } from "../../protocol/index.ts";
import type { Span } from "../stores/contract.ts";
import { LONGEST_DAY, localDay, localLabel, regimesOf } from "./zone.ts";

export interface Period extends Span {
  /** Its start on the local clock, with offset. */
  readonly label: string;
}

/** Rows a report has for one series at most: eleven years of hours. */
const MOST = 100_000;

export type PeriodKind = "hour" | "day";

/**
 * The periods that have a part in the span, whole, ascending.
 * @throws Fault `span_too_long`, and `unsupported_offset` for clocks that were set, or changed, off the quarters of an hour (until 2011 in Canada).
 */
export function periodsOf(kind: PeriodKind, zone: string, span: Span): readonly Period[] {
  const shortest = kind === "hour" ? MICROS_PER_HOUR : 24 * MICROS_PER_HOUR;
  if ((span.to - span.from) / shortest > MOST) {
    throw new Fault(
      "span_too_long",
      `expected a span of at most ${MOST} ${kind}s, got ${isoInstant(span.from)} to ${isoInstant(span.to)}`,
      {
        hint: "ask for a part of it with --from and --to",
      },
    );
  }
  const periods = (kind === "hour" ? hoursOf : daysOf)(zone, span).filter(({ from, to }) => to > span.from && from < span.to);
  const odd = periods.find(({ from }) => from % QUARTER !== 0);
  if (odd === undefined) return periods;
  throw new Fault(
    "unsupported_offset",
    `${zone}: expected clocks that keep to quarters of an hour of UTC, got ${isoInstant(odd.from)} as the start of an hour`,
    {
      hint: "use another zone for this time, for example --tz UTC",
    },
  );
}

function hoursOf(zone: string, { from, to }: Span): Period[] {
  const hours: Period[] = [];
  for (const regime of regimesOf(zone, epochMicros(from - 2 * MICROS_PER_HOUR), epochMicros(to + 2 * MICROS_PER_HOUR))) {
    const firstHour = Math.floor((regime.from + regime.offset) / MICROS_PER_HOUR) * MICROS_PER_HOUR - regime.offset;
    for (let hour = firstHour; hour < regime.to; hour += MICROS_PER_HOUR) {
      const start = epochMicros(Math.max(hour, regime.from));
      hours.push({ from: start, to: epochMicros(Math.min(hour + MICROS_PER_HOUR, regime.to)), label: localLabel(start, regime.offset) });
    }
  }
  return hours;
}

function daysOf(zone: string, { from, to }: Span): Period[] {
  const days: Period[] = [];
  for (let day = localDay(zone, from); day.start < to; ) {
    const next = nextDay(zone, day.start);
    days.push({ from: day.start, to: next.start, label: localLabel(day.start, day.offset) });
    day = next;
  }
  return days;
}

/** A day that a zone left out (Apia had no 2011-12-30) is no row. */
function nextDay(zone: string, start: EpochMicros) {
  const next = localDay(zone, start, 1);
  return next.start > start ? next : localDay(zone, epochMicros(start + LONGEST_DAY));
}
