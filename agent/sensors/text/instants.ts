/**
 * instants: a time as devices and files write it, as microseconds since the epoch, by its format.
 *
 * - `unix_s`, `unix_ms`, `unix_us`: a number, with a fraction or not.
 * - `iso`: `2026-11-20T10:00:00.123Z`, a blank instead of `T`, an offset instead of `Z`; without either of
 *   them the text is local time of `time_zone`, and no instant where there is none.
 * - Anything with `YYYY` in it is a pattern of YYYY MM DD hh mm ss, such as `DD/MM/YYYY hh.mm.ss`, local time. M, D and h are
 *   written with one digit where one is enough, and AM stands for AM or PM: `M/D/YYYY h:mm AM`.
 *
 * Before July 1684 and after May 2255 there are no instants: such dates (9999-12-31, 0001-01-01) stand for none.
 *
 * When clocks are set back an hour repeats. The first of its two instants is meant, unless the rows have stepped
 * back by more than half of the change: then it is the second pass. An hour that was skipped counts on from
 * the change, as RFC 5545 and Temporal ("compatible") have it.
 *
 * Written out instead of calling Temporal for each row, because a replay reads half a million of them; the zone
 * rules are Temporal's, asked once a quarter of an hour.
 */
import type { Temporal } from "temporal-polyfill";
import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_MS, MICROS_PER_SECOND, QUARTER } from "../../../protocol/index.ts";
import { parseNumber } from "./numbers.ts";

/** Microseconds since the epoch, or undefined where the text is no such instant. `before` = instant of the row before. */
export type InstantParser = (text: string, before: number | undefined) => number | undefined;

const UNIX: Readonly<Record<string, number>> = { unix_s: MICROS_PER_SECOND, unix_ms: MICROS_PER_MS, unix_us: 1 };
const ISO =
  /^(?<YYYY>\d{4})-(?<MM>\d\d)-(?<DD>\d\d)[Tt ](?<hh>\d\d):(?<mm>\d\d)(?::(?<ss>\d\d)(?:[.,](?<part>\d{1,9}))?)? ?(?<zone>[Zz]|[+-]\d\d(?::?\d\d)?)?$/;
/** In the order in which they are looked for: a pattern may have only one of each group. */
const PATTERN_PARTS: readonly (readonly [part: RegExp, group: string])[] = [
  [/YYYY/, "(?<YYYY>\\d{4})"],
  [/AM/, "(?<half>[AaPp])[Mm]"],
  [/MM/, "(?<MM>\\d{2})"],
  [/M/, "(?<MM>\\d{1,2})"],
  [/DD/, "(?<DD>\\d{2})"],
  [/D/, "(?<DD>\\d{1,2})"],
  [/hh/, "(?<hh>\\d{2})"],
  [/h/, "(?<hh>\\d{1,2})"],
  [/mm/, "(?<mm>\\d{2})"],
  [/ss/, "(?<ss>\\d{2})"],
];

export function isTimeFormat(format: string): boolean {
  return (
    Object.hasOwn(UNIX, format) ||
    format === "iso" ||
    [/YYYY/, /MM?/, /DD?/].every((part) => format.replace("AM", "").split(part).length === 2)
  );
}

/** A day, or an instant as `iso` has it. */
export function isIsoTime(text: string): boolean {
  const groups = ISO.exec(atMidnight(text))?.groups;
  return groups !== undefined && civil(groups) !== undefined;
}

/** A day is meant from its first moment on. */
export function atMidnight(text: string): string {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text;
}

/** @param zone of times without a zone; undefined = such a time is no instant. */
export async function instantParser(format: string, zone: string | undefined): Promise<InstantParser> {
  const unit = UNIX[format];
  if (unit !== undefined) return (text) => scaled(parseNumber(text), unit);
  const shape = format === "iso" ? ISO : patternOf(format);
  const toUtc = await localTime(zone);
  return (text, before) => {
    const groups = shape.exec(text)?.groups;
    const local = groups === undefined ? undefined : civil(groups);
    if (groups === undefined || local === undefined) return undefined;
    return exact(groups.zone === undefined ? toUtc(local, before) : local - offsetOf(groups.zone));
  };
}

function scaled(value: number | undefined, unit: number): number | undefined {
  return exact(value === undefined ? undefined : Math.round(value * unit));
}

/** Undefined before 1684 and after 2255, where microseconds are not exact any more. */
function exact(at: number | undefined): number | undefined {
  return Number.isSafeInteger(at) ? at : undefined;
}

function patternOf(format: string): RegExp {
  const literal = format.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  const parts = new Map<string, string>();
  const marked = PATTERN_PARTS.reduce((text, [part, group], index) => {
    const mark = String.fromCharCode(0xe000 + index); // of no script: a group's own letters are not looked at again
    parts.set(mark, group);
    return text.replace(part, mark);
  }, literal);
  return new RegExp(`^${marked.replace(/[\ue000-\uf8ff]/g, (mark) => parts.get(mark) ?? "")}$`);
}

/** Microseconds since 1970 of a date and time on the same wall; undefined where there is no such day or minute. */
function civil({ YYYY, MM, DD, hh = "0", mm = "0", ss = "0", part = "", half }: Record<string, string | undefined>): number | undefined {
  if (half !== undefined && (Number(hh) < 1 || Number(hh) > 12)) return undefined;
  const [year, month, day, hour, minute, second] = [
    YYYY,
    MM,
    DD,
    half === undefined ? hh : (Number(hh) % 12) + (/p/i.test(half) ? 12 : 0),
    mm,
    ss,
  ].map(Number) as [number, number, number, number, number, number];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59) return undefined;
  const micros = Number(part.slice(0, 6).padEnd(6, "0"));
  const time = hour * MICROS_PER_HOUR + minute * MICROS_PER_MINUTE + second * MICROS_PER_SECOND + micros;
  return daysSinceEpoch(year, month, day) * MICROS_PER_DAY + time;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Days from 1970-01-01 in the Gregorian calendar (Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2013). */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

function offsetOf(zone: string): number {
  if (zone === "Z" || zone === "z") return 0;
  const sign = zone.startsWith("-") ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * MICROS_PER_HOUR + Number(zone.slice(3).replace(":", "")) * MICROS_PER_MINUTE);
}

type ToUtc = (local: number, before: number | undefined) => number | undefined;

async function localTime(zone: string | undefined): Promise<ToUtc> {
  if (zone === undefined) return () => undefined;
  if (zone === "UTC") return (local) => local;
  const { Temporal } = await import("temporal-polyfill");
  let known = { quarter: Number.NaN, first: 0, second: 0 };
  return (local, before) => {
    const quarter = Math.floor(local / QUARTER);
    if (quarter !== known.quarter) known = { quarter, ...offsetsAt(Temporal, zone, quarter) };
    const [first, second] = [local - known.first, local - known.second];
    return before !== undefined && first < second && before - first >= (second - first) / 2 ? second : first;
  };
}

/** Both offsets of a local quarter of an hour; they differ only where it comes twice. */
function offsetsAt(temporal: typeof Temporal, zone: string, quarter: number): { first: number; second: number } {
  const wall = temporal.Instant.fromEpochMilliseconds((quarter * QUARTER) / MICROS_PER_MS)
    .toZonedDateTimeISO("UTC")
    .toPlainDateTime();
  const offset = (disambiguation: "compatible" | "later") => wall.toZonedDateTime(zone, { disambiguation }).offsetNanoseconds / 1_000;
  return { first: offset("compatible"), second: offset("later") };
}
