/**
 * table: a report for a person at a terminal: newest first, the open row on top, notes only where there are any.
 *
 * An empty table would leave him alone: in its place stands what is missing and what to do next.
 */
import { Fault, isoInstant } from "../../protocol/index.ts";
import type { ReportRow } from "./fold-row.ts";
import type { ReportHead, RowGroups } from "./format.ts";
import { type Column, layOut } from "./layout.ts";
import { shownNumber, shownUnit } from "./units.ts";

/** Nobody reads more; files have no such limit. */
const MOST_ROWS = 50_000;

export async function* writeTable(head: ReportHead, groups: RowGroups): AsyncGenerator<string> {
  const rows: ReportRow[] = [];
  for await (const group of groups) {
    rows.push(...group);
    if (rows.length > MOST_ROWS) throw tooManyRows(rows.length);
  }
  if (rows.length === 0) {
    yield await emptyText(head);
    return;
  }
  yield tableOf(head, newestFirst(rows));
  yield footer(head, rows);
}

function newestFirst(rows: readonly ReportRow[]): ReportRow[] {
  return rows.toSorted((a, b) => b.period.from - a.period.from || (a.series.id < b.series.id ? -1 : a.series.id > b.series.id ? 1 : 0));
}

function tableOf({ kind }: ReportHead, rows: readonly ReportRow[]): string {
  const versioned = new Set(rows.filter(({ series }) => series.version > 1).map(({ series }) => series.id));
  const cells = rows.map((row) => [...cellsOf(row, versioned), notesOf(row, kind)]);
  const hasNotes = cells.some((row) => row.at(-1) !== "");
  const columns = [left(kind), left("series"), ...NUMBERS, left("unit"), right("count"), right("cov %")];
  return hasNotes
    ? layOut([...columns, left("notes")], cells)
    : layOut(
        columns,
        cells.map((row) => row.slice(0, -1)),
      );
}

const left = (title: string): Column => ({ title, align: "left" });
const right = (title: string): Column => ({ title, align: "right" });
const NUMBERS = [right("min"), right("avg"), right("max")];

function cellsOf({ period, series, min, avg, max, mean, count, coverage }: ReportRow, versioned: ReadonlySet<string>): string[] {
  const weighted = mean === "time" ? "~" : "";
  const name = versioned.has(series.id) ? `${series.id} v${series.version}` : series.id;
  const share = coverage === null ? "" : String(Math.floor(coverage * 1_000) / 10);
  const numbers = [shownNumber(min), `${weighted}${shownNumber(avg)}`, shownNumber(max)];
  return [period.label, name, ...numbers, shownUnit(series.spec.unit), String(count), share];
}

function notesOf(row: ReportRow, kind: ReportHead["kind"]): string {
  const counted = (["late", "quarantined", "suspect", "bad"] as const).map((name) => (row[name] > 0 ? `${name} ${row[name]}` : ""));
  const revised = row.revision > 0 ? "revised" : "";
  const state = row.state === "final" ? "" : row.state;
  return [state, ...counted, revised, kind === "day" ? dayLength(row) : ""].filter((note) => note !== "").join(", ");
}

/** Days on which clocks were changed. */
function dayLength({ period }: ReportRow): string {
  const hours = (period.to - period.from) / 3_600e6;
  return hours === 24 ? "" : `${hours} h day`;
}

function footer({ zone, tzdata }: ReportHead, rows: readonly ReportRow[]): string {
  const weighted = rows.some(({ mean }) => mean === "time") ? " ~ = weighted by time, for series that report changes." : "";
  return `\n${rows.length} rows, zone ${zone} (rules ${tzdata}).${weighted}\n`;
}

async function emptyText({ known, selected, zone, newest }: ReportHead): Promise<string> {
  if (known === 0) return "No readings yet: no agent has sent any.\n  -> on a device: tributary-agent run --config agent.yaml\n";
  const end = await newest();
  if (end === undefined)
    return `No readings yet of the ${selected} series asked for.\n  -> look at the agents with: tributary-collector status\n`;
  const day = isoInstant(end).slice(0, 10);
  return `No readings in this time (zone ${zone}); the newest are from before ${isoInstant(end)}.\n  -> try: --from ${day} or --last 30d\n`;
}

function tooManyRows(count: number): Fault {
  return new Fault("too_many_rows", `expected a table of at most ${MOST_ROWS} rows, got over ${count}`, {
    hint: "choose series with --series or a shorter time, or write a file: --format csv --out FILE",
  });
}
