/**
 * table: rows of a bench as text for people.
 */
import type { Bench } from "./bench.ts";

/** Rows with the same keys share a table: the keys as a heading of several lines, then a line a row. */
export function tablesOf(rows: readonly object[]): string {
  const groups = Map.groupBy(rows, (row) => Object.keys(row).join());
  return [...groups.values()].map((group) => `${tableOf(group)}\n`).join("");
}

/** Every row of every bench in a line: what it is about, and its main figures. */
export function summaryOf(results: readonly (readonly [name: string, bench: Bench, rows: readonly object[]])[]): string {
  const lines = results.flatMap(([name, { named, figures }, rows]) =>
    rows.map((row) => ({
      bench: name,
      of: pick(row, named)
        .map(([, value]) => value)
        .join(" "),
      figures: pick(row, figures)
        .map((pair) => pair.join(" "))
        .join(", "),
    })),
  );
  return lines.length === 0 ? "" : `${tableOf(lines, "padEnd")}\n`;
}

function pick(row: object, keys: readonly string[]): [key: string, value: string][] {
  const cells = new Map(Object.entries(row));
  return keys.filter((key) => cells.has(key)).map((key) => [key, cell(cells.get(key))]);
}

function tableOf(rows: readonly object[], align: "padStart" | "padEnd" = "padStart"): string {
  const heads = Object.keys(rows[0] ?? {}).map((key) => key.replace(/_bytes_per_reading$/, "_B/reading").split("_"));
  const height = Math.max(...heads.map((words) => words.length));
  const lines = Array.from({ length: height }, (_, line) => heads.map((words) => words[words.length - height + line] ?? ""));
  lines.push(...rows.map((row) => Object.values(row).map(cell)));
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((text, column) => text[align](widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cell(value: unknown): string {
  if (typeof value === "number") return value.toLocaleString("en", { maximumFractionDigits: 3 });
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Object.entries(value as object)
    .map(([key, number]) => `${key} ${number}`)
    .join(", ");
}
