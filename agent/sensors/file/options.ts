/**
 * options: the config of the `file` driver, and what it means.
 */
import { z } from "zod";
import { isName, speed, timeZone } from "../../../protocol/index.ts";
import { type NamedGroups, namedGroups } from "../text/expression.ts";
import { isIsoTime, isTimeFormat } from "../text/instants.ts";

const column = z.union([z.int().min(1), z.string().min(1)], "expected a column's number, counted from 1, or its name in the header");

const columns = z
  .object({ time: z.union([column, z.array(column).min(1).max(4)]).optional() })
  .catchall(column)
  .refine((given) => Object.keys(given).some((key) => key !== "time"), { message: "expected at least one channel beside time" })
  .refine((given) => Object.keys(given).every(isName), { message: "expected channel names of a-z, 0-9, - and _" });

const condition = z.strictObject({ column, equals: z.union([z.string(), z.number()]).transform(String) });

const LINES =
  "expected a regular expression (RE2) with a group for the time and one for each channel, like 'at (?<time>\\d+): T=(?<temperature>[-0-9.]+)'";

/** The named groups of an expression are the columns of a file that is no table. */
const lines = namedGroups(LINES, (names) => names.includes("time") && names.length > 1);

const BOUND = "expected a day or an instant, like 2026-01-31 or 2026-01-31T12:00:00Z";
const bound = z.string(BOUND).refine(isIsoTime, { message: BOUND });

/** Else a row is taken apart inside its numbers, and the halves are numbers too. */
const TWO_SIGNS =
  'expected two signs for separator and decimal, such as separator: ";"; where numbers stand in quotes ("21,5","40,2") use lines in place of columns';

/** `recorded` is the pace at which the file was written: 1x. */
const pace = z.preprocess((given) => (given === "recorded" ? "1x" : given), speed());

const SHAPE = z.strictObject({
  path: z.string().min(1),
  columns: columns.optional(),
  lines: lines.optional(),
  header: z.enum(["yes", "no", "auto"]).default("auto"),
  separator: z.string().length(1, "expected one character").default(","),
  decimal: z.enum([".", ","]).default("."),
  time_format: z
    .string()
    .refine(isTimeFormat, {
      message: "expected unix_s, unix_ms, unix_us, iso or a pattern such as DD/MM/YYYY hh.mm.ss or M/D/YYYY h:mm AM",
    })
    .default("iso"),
  /** Rows before and after are not taken: a device whose clock was lost writes such. */
  not_before: bound.optional(),
  not_after: bound.optional(),
  time_zone: timeZone().default("UTC"),
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

export const fileOptions = SHAPE.superRefine((given, context) => {
  const { columns, lines, at_end, start, speed, separator, decimal } = given;
  const refuse = (path: readonly string[], message: string) => context.addIssue({ code: "custom", path: [...path], message });
  if ((columns === undefined) === (lines === undefined)) return refuse(["columns"], "expected either columns or lines");
  if (!Object.keys(columnsOf(given)).every(isName)) refuse(["lines"], "expected channel names of a-z, 0-9 and _");
  if (columns !== undefined && separator === decimal) refuse([decimal === "," ? "decimal" : "separator"], TWO_SIGNS);
  const isLive = at_end === "follow";
  const isTimed = columnsOf(given).time !== undefined;
  if (!isTimed && !isLive) refuse(["columns"], "expected a column for time; without it only a followed file (at_end) is read");
  if (!isTimed && speed !== Infinity) refuse(["speed"], "expected max: rows without a time have no pace");
  if (start === "end" && !isLive) refuse(["start"], "expected at_end: follow beside it");
});

export type FileOptions = z.output<typeof fileOptions>;

type Columns = z.output<typeof columns>;

interface Layout {
  readonly columns?: Columns | undefined;
  readonly lines?: NamedGroups | undefined;
  readonly where: z.output<typeof condition> | readonly z.output<typeof condition>[];
}

/** The columns of a table; or the groups of a line, but for those that only tell which lines are meant. */
export function columnsOf({ columns, lines, where }: Layout): Columns {
  if (columns !== undefined) return columns;
  const conditions = [where].flat().map(({ column }) => column);
  const names = (lines?.names ?? []).filter((name) => !conditions.includes(name));
  return { time: "time", ...Object.fromEntries(names.map((name) => [name, name])) };
}
