/**
 * shown-table: the rows of a report as a person reads them: short numbers, units as they are written, newest first.
 */
import { Fault } from "../../protocol/index.ts";
import { type Column, writtenCell } from "./columns.ts";
import type { ReportRow } from "./fold-row.ts";
import type { ReportHead, RowGroups } from "./format.ts";
import type { TableColumn } from "./layout.ts";
import { type Scale, scalesOf, sparkline } from "./sparkline.ts";
import { shownNumber, shownUnit } from "./units.ts";

/** Nobody reads more; files have no such limit. */
const MOST_ROWS = 50_000;

export const TABLE_COLUMNS = ["series", "min", "avg", "max", "unit", "increase", "count", "coverage_percent", "trend", "notes"];
/** Of the usual columns those that are left out where they are empty from top to bottom. */
const OPTIONAL = new Set(["increase", "trend", "notes"]);
/** The same in every row of a window: said below the table. */
const OF_WINDOW = new Set(["from", "to"]);

export interface ShownTable {
  readonly columns: readonly TableColumn[];
  readonly cells: readonly (readonly string[])[];
  /** Some of the averages are weighted by time. */
  readonly isWeighted: boolean;
}

/** Undefined where there are no rows. @throws Fault `too_many_rows` */
export async function shownTable(head: ReportHead, groups: RowGroups): Promise<ShownTable | undefined> {
  const rows: ReportRow[] = [];
  for await (const group of groups) {
    for (const row of group) rows.push(row); // years of them: too many for arguments of one call
    if (rows.length > MOST_ROWS) throw tooManyRows(rows.length);
  }
  if (rows.length === 0) return undefined;
  const show = shower(head, rows);
  const all = newestFirst(rows).map((row) => head.columns.map((column) => show(column, row)));
  const says = (name: string, index: number) =>
    head.columnsAsked || !(OF_WINDOW.has(name) || (OPTIONAL.has(name) && all.every((row) => row[index] === "")));
  const kept = head.columns.flatMap(({ name }, index) => (says(name, index) ? [index] : []));
  return {
    columns: kept.map((index) => tableColumn(head.columns[index] as Column)),
    cells: all.map((row) => kept.map((index) => row[index] as string)),
    isWeighted: rows.some(({ mean }) => mean === "time"),
  };
}

function newestFirst(rows: readonly ReportRow[]): ReportRow[] {
  return rows.toSorted((a, b) => b.period.from - a.period.from || (a.series.id < b.series.id ? -1 : a.series.id > b.series.id ? 1 : 0));
}

function tableColumn({ name, title, type }: Column): TableColumn {
  return { title: title ?? name, align: type === "number" || type === "count" ? "right" : "left" };
}

/** How each cell is written, which for some depends on the other rows. */
function shower(head: ReportHead, rows: readonly ReportRow[]): (column: Column, row: ReportRow) => string {
  const versioned = new Set(rows.filter(({ series }) => series.version > 1).map(({ series }) => series.id));
  const scales = scalesOf(rows);
  const special: Readonly<Record<string, (row: ReportRow) => string>> = {
    series: ({ series }) => (versioned.has(series.id) ? `${series.id} v${series.version}` : series.id),
    unit: ({ series }) => shownUnit(series.spec.unit),
    avg: ({ mean, avg }) => `${mean === "time" ? "~" : ""}${shownNumber(avg)}`,
    coverage_percent: ({ coverage }) => (coverage === null ? "" : String(Math.floor(coverage * 1_000) / 10)),
    trend: ({ series, trend }) => sparkline(trend, scales.get(series.number) as Scale),
  };
  return (column, row) => {
    const own = special[column.name];
    if (own !== undefined) return own(row);
    const cell = writtenCell(column, row, head);
    return typeof cell === "number" && column.type === "number" ? shownNumber(cell) : String(cell ?? "");
  };
}

function tooManyRows(count: number): Fault {
  return new Fault("too_many_rows", `expected a table of at most ${MOST_ROWS} rows, got over ${count}`, {
    hint: "choose series with --series or a shorter time, or write a file: --format csv --out FILE",
  });
}
