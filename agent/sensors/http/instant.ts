/**
 * instant: a device's own time in a JSON answer. A local time without its offset is no instant, and is refused.
 */
import {
  type EpochMicros,
  epochMicros,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_MS,
  MICROS_PER_SECOND,
} from "../../../protocol/index.ts";

export type TimeFormat = "iso" | "unix_s" | "unix_ms";

/** RFC 3339; seconds may be left out, digits behind microseconds are. */
const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):?(\d\d))$/i;

/** undefined where it is none after 1970. */
export function instantOf(found: unknown, format: TimeFormat): EpochMicros | undefined {
  const micros = format === "iso" ? isoMicros(found) : unixMicros(found, format === "unix_s" ? MICROS_PER_SECOND : MICROS_PER_MS);
  return Number.isSafeInteger(micros) && micros > 0 ? epochMicros(micros) : undefined;
}

function unixMicros(found: unknown, unit: number): number {
  return typeof found === "number" ? Math.round(found * unit) : Number.NaN;
}

function isoMicros(found: unknown): number {
  const parts = typeof found === "string" ? ISO.exec(found) : null;
  if (parts === null) return Number.NaN;
  const [year, month, day, hour, minute, second, , , offsetHours, offsetMinutes] = parts
    .slice(1)
    .map((part) => Number(part ?? 0)) as number[];
  if (!isDate(year, month, day) || !((hour ?? 0) < 24) || !((minute ?? 0) < 60) || !((second ?? 0) < 61)) return Number.NaN;
  const offset = ((offsetHours ?? 0) * MICROS_PER_HOUR + (offsetMinutes ?? 0) * MICROS_PER_MINUTE) * (parts[8] === "-" ? -1 : 1);
  const clock = (hour ?? 0) * MICROS_PER_HOUR + (minute ?? 0) * MICROS_PER_MINUTE + (second ?? 0) * MICROS_PER_SECOND;
  return daysSince1970(year, month, day) * MICROS_PER_DAY + clock + Number((parts[7] ?? "").slice(0, 6).padEnd(6, "0")) - offset;
}

function isDate(year = 0, month = 0, day = 0): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const [nextYear, nextMonth] = month === 12 ? [year + 1, 1] : [year, month + 1];
  return day <= daysSince1970(nextYear, nextMonth, 1) - daysSince1970(year, month, 1);
}

/** Gregorian calendar, year 1 on (Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2013). */
function daysSince1970(year = 0, month = 0, day = 0): number {
  const fromMarch = month > 2 ? year : year - 1;
  const century = Math.floor(fromMarch / 400);
  const yearOfEra = fromMarch - century * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return century * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}
