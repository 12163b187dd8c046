/**
 * markdown: the table of a report for an issue, a wiki or a mail (GitHub's tables), newest first.
 */
import type { Format } from "./format.ts";
import { type ShownTable, shownTable, TABLE_COLUMNS } from "./shown-table.ts";
import { emptyText, footer } from "./table-words.ts";

export const markdown: Format = {
  contentType: "text/markdown; charset=utf-8",
  extension: ".md",
  columns: TABLE_COLUMNS,

  async *write(head, groups) {
    const table = await shownTable(head, groups);
    if (table === undefined) {
      yield await emptyText(head);
      return;
    }
    yield* lines(table);
    yield footer(head, table);
  },
};

function* lines({ columns, cells }: ShownTable): Generator<string> {
  const line = (row: readonly string[]) => `| ${row.map(escaped).join(" | ")} |\n`;
  yield line(columns.map(({ title }) => title));
  yield `| ${columns.map(({ align }) => (align === "right" ? "---:" : "---")).join(" | ")} |\n`;
  for (const row of cells) yield line(row);
}

/** A unit comes from an agent: it must neither end a cell nor be markup. */
function escaped(cell: string): string {
  return cell.replace(/[\\|`*_<>[\]]/g, "\\$&");
}
