/**
 * query: what a report may be asked for, the same words on the command line and over HTTP.
 */
import { z } from "zod";
import { Fault } from "../../protocol/index.ts";

export const REPORT_FORMATS = ["table", "csv", "json", "ndjson", "markdown", "parquet"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Length of any value: nothing that means something is longer. */
const LONGEST = 500;
const text = z.string().min(1).max(LONGEST).optional();

const schema = z.strictObject({
  /** Pattern of ids, several with commas; fewer levels stand for all below: `greenhouse-*` is a whole agent. */
  series: text,
  /** Labels of agents, all of which must hold: `site=kiel,customer=12`; `*` stands for any text. */
  where: text,
  /** Inclusive. An ISO instant, a local time, a date (its local midnight), `today` or `yesterday`. */
  from: text,
  /** Exclusive, written like `from`; default: now. */
  to: text,
  /** `24h`, `7d`, `today` or `yesterday`, instead of from and to. */
  last: text,
  /** Of a rolling window (`report last`) its length: `60m`. */
  span: text,
  tz: text,
  format: z.enum(REPORT_FORMATS).optional(),
  /** Which average is shown, where not the one that suits the series. */
  mean: z.enum(["time", "samples"]).optional(),
  /** Names with commas between, instead of the format's usual ones. */
  columns: text,
});

export type ReportQuery = z.infer<typeof schema>;

/** @throws Fault `bad_query` that names the key. */
export function parseQuery(query: unknown): ReportQuery {
  const result = schema.safeParse(query);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.join(".") ?? "";
  throw new Fault("bad_query", `report${where === "" ? "" : `, ${where}`}: ${issue?.message ?? "expected another query"}`, {
    hint: `use ${Object.keys(schema.shape).join(", ")}, each at most once`,
  });
}

export { schema as reportQuery };
