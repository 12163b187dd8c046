/**
 * table-words: what is said below a table, and in the place of one without rows.
 */
import { localSecond } from "../../protocol/calendar.ts";
import { isoInstant } from "../../protocol/index.ts";
import type { ReportHead } from "./format.ts";
import type { ShownTable } from "./shown-table.ts";

export function footer({ kind, periods, zone, tzdata }: ReportHead, { cells, isWeighted }: ShownTable): string {
  const window =
    kind === "window" ? periods.map(({ from, to }) => `, ${localSecond(zone, from)} to ${localSecond(zone, to)}`).join("") : "";
  const weighted = isWeighted ? " ~ = weighted by time, for series that report changes." : "";
  return `\n${cells.length} row${cells.length === 1 ? "" : "s"}${window}, zone ${zone} (rules ${tzdata}).${weighted}\n`;
}

export async function emptyText({ known, selected, zone, newest }: ReportHead): Promise<string> {
  if (known === 0) return "No readings yet: no agent has sent any.\n  -> on a device: tributary-agent run --config agent.yaml\n";
  const end = await newest();
  if (end === undefined)
    return `No readings yet of the ${selected} series asked for.\n  -> look at the agents with: tributary-collector status\n`;
  const day = isoInstant(end).slice(0, 10);
  return `No readings in this time (zone ${zone}); the newest are from before ${isoInstant(end)}.\n  -> try: --from ${day} or --last 30d\n`;
}
