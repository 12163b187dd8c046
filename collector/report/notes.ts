/**
 * notes: what a person should know of a row beside its numbers; nothing where there is nothing.
 */
import { MICROS_PER_HOUR } from "../../protocol/index.ts";
import type { ReportRow } from "./fold-row.ts";
import type { RowKind } from "./periods.ts";

/** `open, late 3, quarantined 1, revised` */
export function notesOf(row: ReportRow, kind: RowKind): string {
  const counted = (["late", "quarantined", "suspect", "bad"] as const).map((name) => (row[name] > 0 ? `${name} ${row[name]}` : ""));
  const revised = row.revision > 0 ? "revised" : "";
  // A window ends now, so of course it is not final.
  const state = row.state === "final" || kind === "window" ? "" : row.state;
  return [state, ...counted, revised, oddLength(row, kind)].filter((note) => note !== "").join(", ");
}

/** Days, and hours, in which clocks were changed. */
function oddLength({ period }: ReportRow, kind: RowKind): string {
  const hours = (period.to - period.from) / MICROS_PER_HOUR;
  if (kind === "hour" && hours !== 1) return `${hours * 60} min`;
  return kind === "day" && hours !== 24 ? `${hours} h day` : "";
}
