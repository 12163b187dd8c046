/**
 * periods: the local hours, days, weeks and months that are the rows of a report.
 *
 * - A local hour is the longest time with one offset and one hour on the clock: an hour that occurs twice is two
 *   rows, and where a clock moves by half an hour (Lord Howe) a row may be half as long. Nothing is merged.
 * - A local day reaches from its first instant to that of the next day: 23, 24 or 25 hours. Weeks (from Monday) and
 *   months are whole local days.
 * - All borders are quarters of UTC, so buckets fold into rows exactly, in half-hour zones too. It holds for every
 *   zone since 2012; where it does not, the report is refused rather than blurred.
 */
import { type CalendarUnit, firstDay, LONGEST_DAY, type LocalDay, regimesOf } from "../../protocol/calendar.ts";
import { bug, type EpochMicros, epochMicros, Fault, isoInstant, MICROS_PER_DAY, MICROS_PER_HOUR, QUARTER } from "../../protocol/index.ts";
import type { Span } from "../stores/contract.ts";
import { localLabel } from "./zone.ts";

export interface Period extends Span {
  /** Its start on the local clock, with offset. */
  readonly label: string;
}

/** Rows a report has for one series at most: eleven years of hours. */
const MOST = 100_000;

export type PeriodKind = "hour" | CalendarUnit;
/** What a row of a report is; a window is the one of `report last`. */
export type RowKind = PeriodKind | "window";

/** At least. */
const LENGTH: Readonly<Record<PeriodKind, number>> = {
  hour: MICROS_PER_HOUR,
  day: MICROS_PER_DAY,
  week: 7 * MICROS_PER_DAY,
  month: 28 * MICROS_PER_DAY,
};

/**
 * The periods that have a part in the span, whole, ascending.
 * @throws Fault `span_too_long`, and `unsupported_offset` for clocks that were set, or changed, off the quarters of an hour (until 2011 in Canada).
 */
export function periodsOf(kind: PeriodKind, zone: string, span: Span): readonly Period[] {
  if ((span.to - span.from) / LENGTH[kind] > MOST) {
    throw new Fault(
      "span_too_long",
      `expected a span of at most ${MOST} ${kind}s, got ${isoInstant(span.from)} to ${isoInstant(span.to)}`,
      {
        hint: "ask for a part of it with --from and --to",
      },
    );
  }
  const whole = kind === "hour" ? hoursOf(zone, span) : daysOf(kind, zone, span);
  const periods = whole.filter(({ from, to }) => to > span.from && from < span.to);
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

/** From the first to the last of stretches that follow one another. */
export function spanOf(stretches: readonly Span[]): Span {
  const [first, last] = [stretches[0], stretches.at(-1)];
  return first === undefined || last === undefined ? bug("there is no span of nothing") : { from: first.from, to: last.to };
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

/** Days, weeks or months. */
function daysOf(unit: CalendarUnit, zone: string, { from, to }: Span): Period[] {
  const periods: Period[] = [];
  for (let first = firstDay(unit, zone, from); first.start < to; ) {
    const next = nextAfter(unit, zone, first.start);
    periods.push({ from: first.start, to: next.start, label: localLabel(first.start, first.offset) });
    first = next;
  }
  return periods;
}

/** A day that a zone left out (Apia had no 2011-12-30) is no row. */
function nextAfter(unit: CalendarUnit, zone: string, start: EpochMicros): LocalDay {
  const next = firstDay(unit, zone, start, 1);
  return next.start > start ? next : firstDay(unit, zone, epochMicros(start + LONGEST_DAY));
}
