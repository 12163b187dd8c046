/**
 * options: the config of the `file` driver, and what it means.
 */
import { z } from "zod";
import { isName, speed } from "../../../protocol/index.ts";
import { isTimeFormat } from "../text/instants.ts";

const column = z.union([z.int().min(1), z.string().min(1)], "expected a column's number, counted from 1, or its name in the header");

const columns = z
  .object({ time: z.union([column, z.array(column).min(1).max(4)]).optional() })
  .catchall(column)
  .refine((given) => Object.keys(given).some((key) => key !== "time"), { message: "expected at least one channel beside time" })
  .refine((given) => Object.keys(given).every(isName), { message: "expected channel names of a-z, 0-9, - and _" });

const condition = z.strictObject({ column, equals: z.union([z.string(), z.number()]).transform(String) });

/** `recorded` is the pace at which the file was written: 1x. */
const pace = z.preprocess((given) => (given === "recorded" ? "1x" : given), speed());

const SHAPE = z.strictObject({
  path: z.string().min(1),
  columns,
  header: z.enum(["yes", "no", "auto"]).default("auto"),
  separator: z.string().length(1, "expected one character").default(","),
  decimal: z.enum([".", ","]).default("."),
  time_format: z
    .string()
    .refine(isTimeFormat, { message: "expected unix_s, unix_ms, unix_us, iso or a pattern such as DD/MM/YYYY hh.mm.ss" })
    .default("iso"),
  time_zone: z.string().refine(isTimeZone, { message: "expected a time zone such as Europe/Berlin" }).default("UTC"),
  where: z.union([condition, z.array(condition).max(16)]).default([]),
  missing: z
    .array(z.union([z.string(), z.number()]).transform(String))
    .max(64)
    .default([]),
  speed: pace.prefault("max"),
  repeats: z.enum(["number", "keep"]).default("number"),
  at_end: z.enum(["stop", "follow"]).default("stop"),
  /** Of a followed file, at the very first start. */
  start: z.enum(["beginning", "end"]).default("beginning"),
});

export const fileOptions = SHAPE.superRefine(({ columns, at_end, start, speed }, context) => {
  const refuse = (path: readonly string[], message: string) => context.addIssue({ code: "custom", path: [...path], message });
  const isLive = at_end === "follow";
  if (columns.time === undefined && !isLive)
    refuse(["columns"], "expected a column for time; without it only a followed file (at_end) is read");
  if (columns.time === undefined && speed !== Infinity) refuse(["speed"], "expected max: rows without a time have no pace");
  if (start === "end" && !isLive) refuse(["start"], "expected at_end: follow beside it");
});

export type FileOptions = z.output<typeof fileOptions>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
