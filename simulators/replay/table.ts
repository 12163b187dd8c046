/**
 * table: the rows of a CSV file with their instants, whatever the file looks like.
 *
 * - Separator (comma, semicolon, tab), header and the column of time are found by a look at its beginning, unless
 *   they are given. The time may stand in several columns: they are joined by a blank.
 * - A row that cannot be read costs itself alone and is counted by reason.
 * - A file is read as a stream: it may be larger than the memory.
 */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { type Options, parse } from "csv-parse";
import { parse as parseNow } from "csv-parse/sync";
import { type EpochMicros, Fault } from "../../protocol/index.ts";
import type { ReadInstant } from "./instants.ts";

export interface TableOptions {
  /** Names or numbers (from 1 on) of the columns of time; undefined = the first that holds times. */
  readonly time: readonly string[] | undefined;
  readonly instant: ReadInstant;
  /** Output name to column; empty = all others under their own names. */
  readonly columns: ReadonlyMap<string, string>;
  /** Undefined = found. */
  readonly separator: string | undefined;
  readonly decimal: "." | ",";
  /** Texts that stand for no value. */
  readonly missing: ReadonlySet<string>;
}

export interface TableRow {
  readonly at: EpochMicros;
  /** Numbers, and texts as they are; a column without a value is absent. */
  readonly values: Readonly<Record<string, number | string>>;
}

interface Layout {
  readonly separator: string;
  readonly hasHeader: boolean;
  readonly time: readonly number[];
  readonly columns: readonly { readonly name: string; readonly index: number }[];
}

const HEAD_BYTES = 64 * 1024;
const LONGEST_ROW = 1024 * 1024;
const SEPARATORS = [";", "\t", ","];
const FORMAT: Options = { bom: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true, trim: true };

/** @param skipped counts by reason. @throws Fault `file_missing`, `not_a_table`, `missing_column`, `no_time_column`. */
export async function* tableRows(file: string, options: TableOptions, skipped: Map<string, number>): AsyncGenerator<TableRow> {
  const layout = layoutOf(await headOf(file), options, file);
  const records = createReadStream(file).pipe(parse({ ...FORMAT, delimiter: layout.separator, max_record_size: LONGEST_ROW }));
  let isFirst = true;
  try {
    for await (const record of records) {
      const isHeader = isFirst && layout.hasHeader;
      isFirst = false;
      if (isHeader) continue;
      const row = rowOf(record, layout, options);
      if (typeof row === "string") skipped.set(row, (skipped.get(row) ?? 0) + 1);
      else yield row;
    }
  } catch (error) {
    throw tableFault(error, file);
  }
}

/** Names of what a file gives, in their order. */
export async function columnNames(file: string, options: TableOptions): Promise<readonly string[]> {
  return layoutOf(await headOf(file), options, file).columns.map(({ name }) => name);
}

function rowOf(record: readonly string[], { time, columns }: Layout, { instant, decimal, missing }: TableOptions): TableRow | string {
  const at = instant(time.map((index) => record[index] ?? "").join(" "));
  if (at === undefined) return "bad_time";
  const values: Record<string, number | string> = {};
  for (const { name, index } of columns) {
    const text = record[index] ?? "";
    if (text !== "" && !missing.has(text)) values[name] = valueOfText(decimal === "," ? text.replace(",", ".") : text);
  }
  return Object.keys(values).length === 0 ? "empty_row" : { at, values };
}

function valueOfText(text: string): number | string {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : text;
}

/** The first two rows of the file as text. */
async function headOf(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      const text = buffer.toString("utf8", 0, bytesRead).replace(/^\uFEFF/, "");
      return text
        .split(/\r?\n/)
        .filter((line) => line.trim() !== "")
        .slice(0, 2)
        .join("\n");
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw tableFault(error, file);
  }
}

function layoutOf(head: string, options: TableOptions, file: string): Layout {
  const [line = ""] = head.split("\n");
  const counts = SEPARATORS.map((each) => ({ each, count: line.split(each).length }));
  const separator = options.separator ?? counts.reduce((most, next) => (next.count > most.count ? next : most)).each;
  const [first = [], second = first]: string[][] = parseNow(head, { ...FORMAT, delimiter: separator });
  const isTime = (text = "") => options.instant(text) !== undefined;
  const index = (reference: string) => columnIndex(reference, first, file);

  const time = options.time?.map(index) ?? [second.findIndex(isTime)];
  if (time.includes(-1)) {
    throw new Fault("no_time_column", `${file}: expected a column of times, got ${JSON.stringify(second.slice(0, 8))}`, {
      hint: `name it: --time COLUMN (or --time Date+Time), with --time-format where it is no ISO 8601; there is ${named(first)}`,
    });
  }
  const hasHeader = !isTime(time.map((each) => first[each] ?? "").join(" "));
  const others = first.map((name, each) => ({ name: hasHeader ? name : `column${each + 1}`, index: each }));
  const asked = [...options.columns].map(([name, column]) => ({ name, index: index(column) }));
  return {
    separator,
    hasHeader,
    time,
    columns: asked.length > 0 ? asked : others.filter((each) => each.name !== "" && !time.includes(each.index)),
  };
}

/** @param reference a column's name in the header, or its number, counted from 1. */
function columnIndex(reference: string, header: readonly string[], file: string): number {
  const index = header.indexOf(reference);
  if (index >= 0) return index;
  const number = /^\d{1,4}$/.test(reference) ? Number(reference) - 1 : -1;
  if (number >= 0 && number < header.length) return number;
  throw new Fault("missing_column", `${file}: expected a column ${JSON.stringify(reference)}, there is ${named(header)}`, {
    hint: "name one of these, or give the column's number, counted from 1",
  });
}

function named(header: readonly string[]): string {
  return header
    .filter((name) => name !== "")
    .map((name) => JSON.stringify(name))
    .join(", ");
}

function tableFault(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || error instanceof Fault) return error;
  const code = String(error.code);
  if (code.startsWith("CSV_")) {
    return new Fault("not_a_table", `${file}: expected rows of CSV, got ${error.message}`, {
      hint: "is this the file that was meant?",
      cause: error,
    });
  }
  if (!("syscall" in error)) return error;
  return new Fault("file_missing", `${file}: expected a file to read, got ${code}`, {
    hint: "name a CSV file that is there and yours to read",
    cause: error,
  });
}
