/**
 * list: pages of flat rows, as JSON or CSV.
 *
 * - Every list has a limit and a cursor. The next page is named in the JSON and in a `Link` header (RFC 8288), as a
 *   relative address: it holds behind any proxy path.
 * - CSV is RFC 4180 with a header line; what has no place in a cell stands there as JSON. A text that a spreadsheet
 *   would run as a formula gets a `'` before it; numbers stay numbers. JSON carries every text as it is.
 */
import { stringify } from "csv-stringify/sync";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { acceptedMedia } from "./media.ts";
import type { Answer } from "./route.ts";

const JSON_TYPE = "application/json";
const CSV_TYPE = "text/csv";

/** `json` and `csv` for those who cannot set a header: it goes before Accept. */
export const listFormat = z.enum(["json", "csv"]).optional().describe("instead of Accept");

export function limitUpTo(most: number, usual = most): z.ZodDefault<z.ZodCoercedNumber> {
  return z.coerce.number().int().min(1).max(most).default(usual).describe("rows of a page");
}

export interface Page {
  readonly rows: readonly object[];
  /** Cursor of the page behind it; null = this is the last. */
  readonly next: string | null;
}

export interface List {
  /** What the rows are called in JSON; undefined = the JSON is the rows alone. */
  readonly name: string | undefined;
  /** Of a row, in the order of the columns. */
  readonly row: z.ZodObject;
}

export function listAnswer({ name, row }: List, description: string): Answer {
  const rows = z.array(row);
  const json =
    name === undefined ? rows : z.strictObject({ [name]: rows, next: z.string().nullable().describe("cursor of the next page") });
  return { status: 200, description, content: { [JSON_TYPE]: json, [CSV_TYPE]: z.string() } };
}

export function sendList(
  { name, row }: List,
  { rows, next }: Page,
  {
    request,
    reply,
    format,
  }: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly format: "json" | "csv" | undefined },
): FastifyReply {
  const asked =
    format === undefined ? acceptedMedia(request.headers.accept, [JSON_TYPE, CSV_TYPE]) : { json: JSON_TYPE, csv: CSV_TYPE }[format];
  reply.header("vary", "accept");
  if (next !== null) reply.header("link", `<${nextAddress(request.url, next)}>; rel="next"`);
  if (asked === CSV_TYPE) return reply.type(`${CSV_TYPE}; charset=utf-8`).send(csvOf(Object.keys(row.shape), rows));
  return reply.type(`${JSON_TYPE}; charset=utf-8`).send(JSON.stringify(name === undefined ? rows : { [name]: rows, next }));
}

function nextAddress(url: string, cursor: string): string {
  const query = new URLSearchParams(url.split("?")[1] ?? "");
  query.set("cursor", cursor);
  return `?${query}`;
}

function csvOf(columns: readonly string[], rows: readonly object[]): string {
  return stringify([[...columns], ...rows.map((row) => columns.map((column) => cellOf((row as Record<string, unknown>)[column])))]);
}

function cellOf(value: unknown): string | number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return value;
  if (typeof value === "string") return /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return typeof value === "boolean" ? String(value) : JSON.stringify(value);
}

/** A page of what lies in memory, by place: for lists that are short. */
export function pageOf<Row extends object>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  cursor: string | undefined,
  limit: number,
): Page {
  const rest = cursor === undefined ? rows : rows.filter((row) => keyOf(row) > cursor);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, next: rest.length > page.length && last !== undefined ? keyOf(last) : null };
}
