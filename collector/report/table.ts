/**
 * table: a report for a person at a terminal: newest first, the open row on top, notes only where there are any.
 *
 * An empty table would leave him alone: in its place stands what is missing and what to do next.
 */
import type { Format } from "./format.ts";
import { layOut } from "./layout.ts";
import { shownTable, TABLE_COLUMNS } from "./shown-table.ts";
import { emptyText, footer } from "./table-words.ts";

export const table: Format = {
  contentType: "text/plain; charset=utf-8",
  extension: ".txt",
  columns: TABLE_COLUMNS,

  async *write(head, groups) {
    const shown = await shownTable(head, groups);
    if (shown === undefined) {
      yield await emptyText(head);
      return;
    }
    yield layOut(shown.columns, shown.cells);
    yield footer(head, shown);
  },
};
