/**
 * The contract of a format: it gets what is said about a report and its rows, and makes pieces of text of them.
 */
import type { EpochMicros } from "../../protocol/index.ts";
import type { ReportRow } from "./fold-row.ts";
import type { Period, PeriodKind } from "./periods.ts";

export type ReportName = "hourly" | "daily";
export const REPORT_NAMES: readonly ReportName[] = ["hourly", "daily"];

/** What is said about a report as a whole. */
export interface ReportHead {
  readonly report: ReportName;
  readonly kind: PeriodKind;
  readonly zone: string;
  readonly tzdata: string;
  readonly now: EpochMicros;
  /** Ascending. */
  readonly periods: readonly Period[];
  /** Series there are at all, and those that are asked for. */
  readonly known: number;
  readonly selected: number;
  /** Until when the selected series have data, to be pointed at where a span is empty. */
  newest(): Promise<EpochMicros | undefined>;
}

/** Rows of one series after the other, ascending. */
export type RowGroups = AsyncIterable<readonly ReportRow[]>;

export interface Format {
  readonly contentType: string;
  write(head: ReportHead, rows: RowGroups): AsyncGenerator<string>;
}
