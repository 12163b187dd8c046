/**
 * instants: the time of a row, by the format that was asked for or the one that it shows.
 *
 * - `auto`: ISO 8601, or seconds, milliseconds or microseconds since 1970, told apart by their size (2001 to 2286).
 * - A pattern of YYYY MM DD hh mm ss, such as `DD/MM/YYYY hh.mm.ss`.
 * - Without an offset a time is local to the zone. An hour that comes twice is the first of the two, one that is
 *   skipped counts on from the change (RFC 5545, as Temporal's "compatible").
 */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { type EpochMicros, epochMicros, MICROS_PER_MS, MICROS_PER_SECOND } from "../../protocol/index.ts";

/** Undefined where the text is no such time. */
export type ReadInstant = (text: string) => EpochMicros | undefined;

const PARTS = { YYYY: "year", MM: "month", DD: "day", hh: "hour", mm: "minute", ss: "second" } as const;
const EXPECTED = "expected auto, or a pattern of YYYY MM DD hh mm ss such as DD/MM/YYYY hh.mm.ss";

export function timeFormat() {
  return z.string().refine((text) => text === "auto" || ["YYYY", "MM", "DD"].every((part) => text.split(part).length === 2), {
    error: ({ input }) => `${EXPECTED}, got ${JSON.stringify(input)}`,
  });
}

export function instantReader(format: string, zone: string): ReadInstant {
  return format === "auto" ? (text) => unix(text) ?? iso(text, zone) : pattern(format, zone);
}

function unix(text: string): EpochMicros | undefined {
  if (!/^\d{9,16}(\.\d+)?$/.test(text)) return undefined;
  const digits = text.replace(/\..*$/, "").length;
  const unit = digits <= 10 ? MICROS_PER_SECOND : digits <= 13 ? MICROS_PER_MS : 1;
  return epochMicros(Math.round(Number(text) * unit));
}

function iso(text: string, zone: string): EpochMicros | undefined {
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined;
  const hasOffset = /(?:Z|[+-]\d\d(?::?\d\d)?)$/.test(text.slice(10));
  return orNone(() => (hasOffset ? Temporal.Instant.from(text) : Temporal.PlainDateTime.from(text).toZonedDateTime(zone).toInstant()));
}

function pattern(format: string, zone: string): ReadInstant {
  const literal = format.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  const shape = new RegExp(`^${literal.replace(/YYYY|MM|DD|hh|mm|ss/g, (part) => `(?<${part}>\\d{${part.length}})`)}$`);
  return (text) => {
    const { groups } = shape.exec(text) ?? {};
    if (groups === undefined) return undefined;
    const fields = Object.fromEntries(Object.entries(groups).map(([part, digits]) => [PARTS[part as keyof typeof PARTS], Number(digits)]));
    return orNone(() =>
      Temporal.PlainDateTime.from(fields as { year: number; month: number; day: number }, { overflow: "reject" })
        .toZonedDateTime(zone)
        .toInstant(),
    );
  };
}

function orNone(read: () => Temporal.Instant): EpochMicros | undefined {
  try {
    return epochMicros(Number(read().epochNanoseconds / 1_000n));
  } catch (error) {
    if (error instanceof RangeError) return undefined; // RangeError is how Temporal says no
    throw error;
  }
}
