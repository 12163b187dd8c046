/**
 * options: the keys of the config that say how a text is read, the same for every driver that reads texts.
 */
import { z } from "zod";
import { name, timeZone } from "../../../protocol/index.ts";
import { expression } from "./expression.ts";
import { isTimeFormat } from "./instants.ts";
import { pointer } from "./json.ts";

const COLUMN = z.int("expected a column's number, counted from 1").min(1).max(1_000);
const KEY = z.string("expected the text in front of the number, like T or temp").min(1).max(100);

/** Keys of a strict object; one of the first five says what the text looks like. */
export const TEXT_KEYS = {
  /** The channel's name, where the whole text is one number. */
  plain: name().optional(),
  /** By channel, where the number stands in a JSON text. */
  json: z.record(name(), pointer).optional(),
  /** By channel, the column, counted from 1. */
  csv: z.record(name(), COLUMN).optional(),
  /** By channel, the key in `key=value key=value`. */
  pairs: z.record(name(), KEY).optional(),
  /** By channel, the expression whose group is the number. */
  match: z.record(name(), expression).optional(),
  separator: z.string().length(1, "expected one character").default(","),
  decimal: z.enum([".", ","]).default("."),
  /** What stands for no value, beside nothing. */
  missing: z
    .array(z.union([z.string(), z.number()]).transform(String))
    .max(64)
    .default([]),
  /** Where the device's own instant stands: a pointer, a column or a key; without it the agent stamps. */
  at: z.union([z.string(), COLUMN], "expected where the instant stands: a JSON pointer, a column's number or a key").optional(),
  time_format: z
    .string()
    .refine(isTimeFormat, "expected iso, unix_s, unix_ms, unix_us or a pattern such as DD/MM/YYYY hh.mm.ss")
    .default("iso"),
  /** Of times without a zone; without it such a time is no instant. */
  time_zone: timeZone().optional(),
};

const SHAPE = z.object(TEXT_KEYS);

export type TextOptions = z.output<typeof SHAPE>;

const WAYS = ["plain", "json", "csv", "pairs", "match"] as const;

/** What the keys must be together. @param others ways of the driver itself. */
export function checkText(given: Partial<TextOptions>, context: z.RefinementCtx, others: readonly string[] = []): void {
  const refuse = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
  const all = [...WAYS, ...others];
  const used = all.filter((key) => (given as Readonly<Record<string, unknown>>)[key] !== undefined);
  if (used.length !== 1) refuse(used[1] ?? "json", `expected exactly one of ${all.slice(0, -1).join(", ")} and ${all.at(-1)}`);
  for (const key of WAYS) {
    if (key !== "plain" && given[key] !== undefined && Object.keys(given[key]).length === 0) refuse(key, "expected at least one channel");
  }
  if (given.csv !== undefined && given.separator === given.decimal) {
    refuse(given.decimal === "," ? "decimal" : "separator", 'expected two signs for separator and decimal, such as separator: ";"');
  }
  if (given.at === undefined) return;
  if (given.csv !== undefined && typeof given.at !== "number") refuse("at", "expected the number of the column");
  if (given.json !== undefined && !pointer.safeParse(given.at).success) refuse("at", "expected a JSON pointer like /time");
  if (given.pairs !== undefined && typeof given.at !== "string") refuse("at", "expected the key in front of the instant");
  if (given.plain !== undefined || given.match !== undefined) refuse("at", "expected json, csv or pairs beside it");
}

/** The channels that a text is read for. */
export function textChannels({ plain, json, csv, pairs, match }: Partial<TextOptions>): readonly string[] {
  return plain === undefined ? Object.keys(json ?? csv ?? pairs ?? match ?? {}) : [plain];
}
