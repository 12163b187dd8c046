/**
 * span: from which instant to which a report goes.
 */
import { duration, type EpochMicros, epochMicros, Fault, isoInstant, MICROS_PER_DAY } from "../../protocol/index.ts";
import type { Span } from "../stores/contract.ts";
import { type Period, type PeriodKind, periodsOf } from "./periods.ts";
import type { ReportQuery } from "./query.ts";
import { localDay, parseLocal } from "./zone.ts";

/** Before 2255 every microsecond is exact; nothing was measured before 1970. */
const END_OF_TIME = epochMicros(8_993_721_600_000_000);

const TIME_HINT = 'write "2026-11-20", "2026-11-20T14:00", "2026-11-20T14:00+01:00", "today" or "yesterday"';

/**
 * The rows that are asked for, ascending; the last may be open, none lies in the future.
 * `--last` counts whole rows back from the open one; else a row that has a part in the span is shown whole.
 * @throws Fault `bad_time`, `bad_span`
 */
export function askedPeriods(kind: PeriodKind, query: ReportQuery, zone: string, now: EpochMicros): readonly Period[] {
  const { from, to } = askedSpan(query, zone, now);
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
  return isWholeRows(query) ? periods.filter((period) => period.from >= from) : periods;
}

function askedSpan({ from, to, last }: ReportQuery, zone: string, now: EpochMicros): Span {
  if (last !== undefined && (from !== undefined || to !== undefined)) {
    throw new Fault("bad_span", `expected either last, or from and to, got last ${JSON.stringify(last)} and one of these`, {
      hint: "leave one of them out",
    });
  }
  if (last === "today") return { from: localDay(zone, now).start, to: localDay(zone, now, 1).start };
  if (last === "yesterday") return { from: localDay(zone, now, -1).start, to: localDay(zone, now).start };
  if (last !== undefined) return { from: epochMicros(now - durationOf(last) + 1), to: epochMicros(now + 1) };
  const end = to === undefined ? epochMicros(now + 1) : instantOf("to", to, zone, now);
  return { from: from === undefined ? epochMicros(end - MICROS_PER_DAY) : instantOf("from", from, zone, now), to: end };
}

function isWholeRows({ from, last }: ReportQuery): boolean {
  return from === undefined && last !== "today" && last !== "yesterday";
}

function durationOf(text: string): number {
  const result = duration().safeParse(text);
  if (result.success) return result.data;
  throw new Fault("bad_time", `last: ${result.error.issues[0]?.message ?? "expected a duration"}`, {
    hint: 'write "24h", "7d", "today" or "yesterday"',
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
