/**
 * cron: the instants that a cron line means in a time zone.
 *
 * - node-cron reads the line and says which days it means (`L`, `15W`, `1#2` included). It can tell the next instant
 *   only behind the machine's own clock and on timers of its own, so the step from a day to its instants is here,
 *   and any clock will do.
 * - Day of month and day of week must both fit, as node-cron has it.
 * - A local time that comes twice (clocks set back) is two instants; one that is skipped comes as much later as the
 *   clocks were moved, so that no run is lost.
 */
import { createTask, parse, validateDetailed } from "node-cron";
import {
  type EpochMicros,
  epochMicros,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_MS,
  type Micros,
  micros,
} from "../time.ts";
import { LONGEST_DAY, type LocalDay, localDay, type Regime, regimesOf } from "./zone.ts";

export interface CronLine {
  /** As written. */
  readonly line: string;
  /** IANA zone whose clocks it means. */
  readonly zone: string;
  /** The first instant after this one; undefined where there is none within eight years. */
  next(after: EpochMicros): EpochMicros | undefined;
}

/** 29 February may be eight years away. */
const MOST_DAYS = 8 * 366;
const HALF_A_DAY = 12 * MICROS_PER_HOUR;

/** What a cron line that is none should have been. */
export const CRON_EXPECTED = 'expected five cron fields like "5 * * * *" (minute, hour, day of month, month, day of week)';

/** What is wrong with a line, in the form "expected ..."; undefined where it is five fields or a nickname (`@daily`). */
export function cronProblem(line: string): string | undefined {
  const { errors } = validateDetailed(line);
  const isFive = line.trim().startsWith("@") || line.trim().split(/\s+/).length === 5;
  const wrong = errors[0];
  if (wrong === undefined) return isFive ? undefined : CRON_EXPECTED;
  if (isNever(line)) return "expected a time that comes, and that day is in none of these months";
  return wrong.field === "expression" ? CRON_EXPECTED : `${CRON_EXPECTED}; the ${wrong.field} is wrong`;
}

/** Right but for its months, as `0 0 31 2 *`. */
function isNever(line: string): boolean {
  const [minute, hour, day, month, ...rest] = line.trim().split(/\s+/);
  const ofMonths = `0 0 1 ${month} *`;
  return (
    rest.length === 1 && [`${minute} ${hour} ${day} * ${rest[0]}`, ofMonths].every((each) => validateDetailed(each).errors.length === 0)
  );
}

/** @param line one that `cronProblem` finds nothing wrong with. */
export function cronLine(line: string, zone: string): CronLine {
  const { minute, hour, dayOfMonth, month, dayOfWeek } = parse(line);
  const times = hour.flatMap((hours) => minute.map((minutes) => hours * MICROS_PER_HOUR + minutes * MICROS_PER_MINUTE));
  const everySecondOfTheDays = ["*", "*", "*", dayOfMonth.join(","), month.join(","), dayOfWeek.join(",")].join(" ");
  const days = createTask(everySecondOfTheDays, () => undefined, { timezone: zone });
  // biome-ignore lint/style/noRestrictedGlobals: node-cron takes its instants as Date; this one is handed in
  const isMeant = ({ start }: LocalDay) => days.match(new Date((start + HALF_A_DAY) / MICROS_PER_MS));

  return {
    line,
    zone,
    next(after) {
      let day = localDay(zone, after);
      for (let count = 0; count < MOST_DAYS; count++) {
        const next = dayAfter(zone, day);
        const found = isMeant(day) ? instantsOf(zone, day, next, times).find((instant) => instant > after) : undefined;
        if (found !== undefined) return found;
        day = next;
      }
      return undefined;
    },
  };
}

/** So many times, in so many days, tell how close two of a line come. */
const TIMES_TO_COMPARE = 100;
const DAYS_TO_COMPARE = 2 * 366;
/** Any instant would do, but another one with every start would be another catalog. */
const SOME_DAY = epochMicros(1_704_067_200_000_000); // 2024-01-01, a leap year

/**
 * The shortest distance of two times of a line, by a clock that is never moved: what "periodic" means of readings that
 * are taken by it. The same line always gives the same; a line that comes at most once gives a year.
 */
export function nominalPeriod(line: string): Micros {
  const { next } = cronLine(line, "UTC");
  let shortest: number = 366 * MICROS_PER_DAY;
  let before = next(SOME_DAY);
  const end = SOME_DAY + DAYS_TO_COMPARE * MICROS_PER_DAY;
  for (let count = 0; count < TIMES_TO_COMPARE && before !== undefined && before < end; count++) {
    const after = next(before);
    if (after !== undefined) shortest = Math.min(shortest, after - before);
    before = after;
  }
  return micros(shortest);
}

/** Ascending, each once. */
function instantsOf(zone: string, day: LocalDay, next: LocalDay, times: readonly number[]): readonly EpochMicros[] {
  const regimes = regimesOf(zone, epochMicros(day.start - LONGEST_DAY / 2), next.start);
  const midnight = Math.floor((day.start + day.offset) / MICROS_PER_DAY) * MICROS_PER_DAY;
  const instants = new Set(times.flatMap((time) => instantsAt(midnight + time, regimes)));
  return [...instants].filter((instant) => instant >= day.start && instant < next.start).sort((a, b) => a - b);
}

/** The instants at which clocks show `wall`; where they jump over it, the one that it would have been. */
function instantsAt(wall: number, regimes: readonly Regime[]): readonly EpochMicros[] {
  const shown = regimes.filter(({ from, to, offset }) => wall - offset >= from && wall - offset < to);
  const before = shown.length > 0 ? undefined : regimes.findLast(({ to, offset }) => wall - offset >= to);
  return (before === undefined ? shown : [before]).map(({ offset }) => epochMicros(wall - offset));
}

/** A day that a zone left out (Apia had no 2011-12-30) is passed over. */
function dayAfter(zone: string, { start }: LocalDay): LocalDay {
  const next = localDay(zone, start, 1);
  return next.start > start ? next : localDay(zone, epochMicros(start + LONGEST_DAY));
}
