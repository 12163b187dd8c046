/**
 * columns: everything that can be said of a row, by name. Each format has its usual ones; `--columns` chooses others.
 *
 * In files numbers are whole doubles, not rounded; what is unknown is null (empty in CSV); units are UCUM codes, and
 * beside them as a person writes them.
 */
import { localSecond } from "../../protocol/calendar.ts";
import { didYouMean, epochMicros, Fault, isoInstant, MICROS_PER_SECOND } from "../../protocol/index.ts";
import type { ReportRow } from "./fold-row.ts";
import { notesOf } from "./notes.ts";
import type { RowKind } from "./periods.ts";
import { shownUnit } from "./units.ts";

export type Cell = string | number | null;

/** What all rows of a report share. */
export interface RowContext {
  readonly kind: RowKind;
  readonly zone: string;
  /** Version of the time zone rules. */
  readonly tzdata: string;
}

export interface Column {
  readonly name: string;
  /** Of a table, where it is not the name. */
  readonly title?: string;
  /** `instant` is microseconds since the epoch, `count` an integer. Any of them may be null. */
  readonly type: "instant" | "text" | "number" | "count";
  of(row: ReportRow, context: RowContext): Cell;
}

type Of = Column["of"];
const text = (name: string, of: Of): Column => ({ name, type: "text", of });
const number = (name: string, of: Of): Column => ({ name, type: "number", of });
const count = (name: string, of: Of): Column => ({ name, type: "count", of });

const MEASURED: readonly Column[] = [
  text("series", ({ series }) => series.id),
  count("version", ({ series }) => series.version),
  number("min", ({ min }) => min),
  number("avg", ({ avg }) => avg),
  number("max", ({ max }) => max),
  text("unit", ({ series }) => series.spec.unit),
  text("unit_shown", ({ series }) => shownUnit(series.spec.unit)),
  text("kind", ({ series }) => series.spec.kind),
  count("count", (row) => row.count),
  { ...number("coverage_percent", ({ coverage }) => percent(coverage)), title: "cov %" },
  text("mean", ({ mean }) => mean),
  number("avg_samples", ({ avgSamples }) => avgSamples),
  number("avg_time", ({ avgTime }) => avgTime),
  number("sum", ({ sum }) => sum),
  number("increase", ({ increase }) => increase),
  number("first", ({ first }) => first),
  number("last", ({ last }) => last),
  number("covered_seconds", ({ covered }) => covered / MICROS_PER_SECOND),
  count("late", ({ late }) => late),
  count("quarantined", ({ quarantined }) => quarantined),
  count("suspect", ({ suspect }) => suspect),
  count("bad", ({ bad }) => bad),
  text("state", ({ state }) => state),
  count("revision", ({ revision }) => revision),
];

const MORE: readonly Column[] = [
  { name: "start", type: "instant", of: ({ period }) => period.from },
  { name: "end", type: "instant", of: ({ period }) => period.to },
  text("trend", ({ trend }) => trend.map((value) => value ?? "_").join(" ")),
  text("notes", (row, { kind }) => notesOf(row, kind)),
  text("zone", (_, { zone }) => zone),
  text("tzdata", (_, { tzdata }) => tzdata),
];

/** The usual columns of a file, behind those that say when. */
export const FILE_COLUMNS: readonly string[] = MEASURED.map(({ name }) => name);

/** The columns that say when: the row's start on the local clock, with offset. */
function whenColumns(kind: RowKind): readonly Column[] {
  if (kind !== "window") return [text(kind, ({ period }) => period.label)];
  return [text("from", ({ period }) => period.label), text("to", ({ period }, { zone }) => localSecond(zone, period.to))];
}

/**
 * The columns asked for, in their order, each once; else those that say when and the usual ones.
 * @param asked names with commas between.
 * @throws Fault `unknown_column`, offering the nearest.
 */
export function chooseColumns(kind: RowKind, asked: string | undefined, usual: readonly string[]): readonly Column[] {
  const when = whenColumns(kind);
  const known = new Map([...when, ...MEASURED, ...MORE].map((column) => [column.name, column]));
  const names = asked?.split(",").map((name) => name.trim()) ?? [...when.map(({ name }) => name), ...usual];
  return [...new Set(names)].map((name) => {
    const column = known.get(name);
    if (column !== undefined) return column;
    const shown = JSON.stringify(name.slice(0, 40));
    throw new Fault("unknown_column", `columns: expected names with commas between, got ${shown}${didYouMean(name, known.keys())}`, {
      hint: `there are ${[...known.keys()].join(", ")}`,
    });
  });
}

/** A cell as text formats carry it: an instant as ISO 8601 in UTC. */
export function writtenCell(column: Column, row: ReportRow, context: RowContext): Cell {
  const cell = column.of(row, context);
  return column.type === "instant" && typeof cell === "number" ? isoInstant(epochMicros(cell)) : cell;
}

/** A row as flat JSON. */
export function recordOf(columns: readonly Column[], row: ReportRow, context: RowContext): Readonly<Record<string, Cell>> {
  const record: Record<string, Cell> = {};
  for (const column of columns) record[column.name] = writtenCell(column, row, context);
  return record;
}

/** Percent to three decimals, rounded down: 100 means all of it. */
function percent(share: number | null): number | null {
  return share === null ? null : Math.floor(share * 100_000) / 1_000;
}
