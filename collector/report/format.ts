/**
 * The contract of a format: it gets what is said about a report and its rows, and makes pieces of text or bytes of them.
 */
import type { EpochMicros } from "../../protocol/index.ts";
import type { Column, RowContext } from "./columns.ts";
import type { ReportRow } from "./fold-row.ts";
import type { Period, RowKind } from "./periods.ts";

export type ReportName = "hourly" | "daily" | "weekly" | "monthly" | "last";

/** What a row of each report is. */
export const ROW_KINDS: Readonly<Record<ReportName, RowKind>> = {
  hourly: "hour",
  daily: "day",
  weekly: "week",
  monthly: "month",
  last: "window",
};

export const REPORT_NAMES = Object.keys(ROW_KINDS) as readonly ReportName[];

/** What is said about a report as a whole. */
export interface ReportHead extends RowContext {
  readonly report: ReportName;
  readonly now: EpochMicros;
  /** Ascending. */
  readonly periods: readonly Period[];
  readonly columns: readonly Column[];
  /** False where the columns are the format's usual ones: a table then leaves out those with nothing in them. */
  readonly columnsAsked: boolean;
  /** Series there are at all, and those that are asked for. */
  readonly known: number;
  readonly selected: number;
  /** Until when the selected series have data, to be pointed at where a span is empty. */
  newest(): Promise<EpochMicros | undefined>;
}

/** Rows of one series after the other, ascending. */
export type RowGroups = AsyncIterable<readonly ReportRow[]>;

/** A part of a report: UTF-8 text, or bytes where the format is binary. */
export type Piece = string | Uint8Array;

export interface Format {
  readonly contentType: string;
  /** What a file of it is called: `.csv`. */
  readonly extension: string;
  /** Names of its usual columns, behind those that say when. */
  readonly columns: readonly string[];
  write(head: ReportHead, rows: RowGroups): AsyncGenerator<Piece>;
}
