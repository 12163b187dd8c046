/**
 * words: a verdict as a person reads it.
 */
import { totalOf } from "./judge.ts";
import type { Verdict } from "./oracle.ts";

const HEAD = ["agent", "sent", "stored once", "duplicated", "missing", "declared", "why"];

export function verdictText({ agents, balanced, ...all }: Verdict): string {
  const rows = agents.map(({ agent, sent, stored_once, duplicated, missing, declared }) => [
    agent,
    ...[sent, stored_once, duplicated, missing, totalOf(declared)].map(number),
    Object.entries(declared)
      .map(([reason, count]) => `${reason} ${number(count)}`)
      .join(", "),
  ]);
  const sums = ["all", ...[all.sent, all.stored_once, all.duplicated, all.missing, all.declared].map(number), ""];
  const problems = agents.flatMap(({ agent, problems }) => problems.map((problem) => `  ${agent}: ${problem}`));
  const verdict = balanced
    ? `Balanced: ${number(all.sent)} sent = ${number(all.stored_once)} stored once + ${number(all.declared)} declared lost.`
    : `NOT balanced:\n${problems.join("\n")}`;
  return `${table([HEAD, ...rows, ...(agents.length > 1 ? [sums] : [])])}\n\n${verdict}\n`;
}

function number(count: number): string {
  return count.toLocaleString("en");
}

/** Names and reasons to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const widths = HEAD.map((_, column) => width(column));
  const cell = (text: string, column: number) =>
    column === 0 || column === HEAD.length - 1 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}
