/**
 * account-words: the account as a person reads it: two columns of numbers, and a verdict.
 */
import Table from "cli-table3";
import { imbalance } from "../../protocol/index.ts";
import type { Account, AgentAccount } from "./account.ts";
import { number } from "./teller.ts";

type Line = readonly [words: string, count: (account: AgentAccount) => number];

const AT_AGENT: readonly Line[] = [
  ["read from sensors", ({ atAgent }) => atAgent.read],
  ["+ made by filters (summaries)", ({ atAgent }) => atAgent.derived],
  ["- ended by a filter (inside a deadband)", ({ atAgent }) => atAgent.filtered],
  ["- gone into a summary", ({ atAgent }) => atAgent.summarised],
  ["- in a window that is still open", ({ atAgent }) => atAgent.inWindow],
  ["- on disk, not sealed yet", ({ atAgent }) => atAgent.open],
  ["- given up", ({ atAgent }) => atAgent.dropped],
  ["= sealed, to be sent", ({ atAgent }) => atAgent.sealed],
];

const AT_COLLECTOR: readonly Line[] = [
  ["arrived", ({ atCollector }) => atCollector.received],
  ["stored", ({ atCollector }) => atCollector.stored],
  ["there already (duplicates)", ({ atCollector }) => atCollector.duplicate],
  ["in conflict with one that is stored", ({ atCollector }) => atCollector.conflict],
  ["refused (quarantine)", ({ atCollector }) => atCollector.quarantined],
  ["on the way into the store", ({ atCollector }) => atCollector.waiting],
  ["declared lost by the agent", ({ atCollector }) => sum(atCollector.lost)],
  ["batches that never arrived", ({ atCollector }) => atCollector.missingBatches],
];

/** The account as a table, without the verdict. */
export function accountTable({ agents }: Account): string {
  const plain = { style: { head: [], border: [], "padding-left": 0, "padding-right": 3 }, chars: NO_LINES };
  const table = new Table({
    ...plain,
    head: ["", ...agents.map(({ agent }) => agent)],
    colAligns: ["left", ...agents.map(() => "right" as const)],
  });
  const add = (lines: readonly Line[]) =>
    table.push(...lines.map(([words, count]) => [`  ${words}`, ...agents.map((one) => number(count(one)))]));
  table.push(["at the agent", ...agents.map(() => "")]);
  add(AT_AGENT);
  table.push(["  adds up", ...agents.map(({ atAgent }) => (imbalance(atAgent) === 0 ? "yes" : "NO"))]);
  table.push(["at the collector", ...agents.map(() => "")]);
  add(AT_COLLECTOR);
  table.push([
    "  all that was sealed is stored",
    ...agents.map(({ atAgent, atCollector }) => (atAgent.sealed === atCollector.stored ? "yes" : "NO")),
  ]);
  const lines = table.toString().split("\n");
  return lines.map((line) => `   ${line.trimEnd()}`).join("\n");
}

export function verdict({ agents, problems }: Account): string {
  if (problems.length > 0) return `The account does NOT balance:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`;
  const stored = agents.reduce((total, { atCollector }) => total + atCollector.stored, 0);
  return `The account balances on both sides: ${number(stored)} readings sealed, ${number(stored)} stored, 0 missing, 0 twice.`;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

const NO_LINES = Object.fromEntries(
  ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"]
    .concat(["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"])
    .map((name) => [name, ""]),
);
