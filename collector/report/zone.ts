/**
 * zone: wall clocks. Everything a report knows of time zones, from IANA rules.
 */
import { Temporal } from "temporal-polyfill";
import { type EpochMicros, epochMicros, Fault, isoInstant, MICROS_PER_MINUTE, MICROS_PER_MS, timeZone } from "../../protocol/index.ts";

/** @throws Fault `unknown_zone`, offering the nearest. */
export function checkZone(text: string): string {
  const result = timeZone().safeParse(text);
  if (result.success) return result.data;
  throw new Fault("unknown_zone", result.error.issues[0]?.message ?? `there is no time zone ${text}`, {
    hint: "use a name as in https://en.wikipedia.org/wiki/List_of_tz_database_time_zones",
  });
}

/** `2024-10-27T02:00+01:00`: where an hour occurs twice, the offset tells which. */
export function localLabel(at: EpochMicros, offset: number): string {
  const minutes = Math.abs(offset) / MICROS_PER_MINUTE;
  const pad = (number: number) => String(number).padStart(2, "0");
  const shown = `${offset < 0 ? "-" : "+"}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
  return `${isoInstant(epochMicros(at + offset)).slice(0, 16)}${shown}`;
}

/**
 * The instant a person wrote: ISO with an offset, a local time, or a date (its first instant).
 * Of a local time that occurs twice the first; one that is skipped moves on by the gap.
 * @throws RangeError where it is none of these.
 */
export function parseLocal(zone: string, text: string): EpochMicros {
  const isAbsolute = /(?:z|[+-]\d\d:?(?:\d\d)?)$/i.test(text.replace(/^\S{10}/, ""));
  const milliseconds = isAbsolute
    ? Temporal.Instant.from(text).epochMilliseconds
    : text.length === "2026-11-20".length
      ? Temporal.PlainDate.from(text).toZonedDateTime(zone).epochMilliseconds
      : Temporal.PlainDateTime.from(text).toZonedDateTime(zone).epochMilliseconds;
  return epochMicros(milliseconds * MICROS_PER_MS);
}
