/**
 * account-words: the account as a person reads it: two columns of numbers, and a verdict.
 */
import { imbalance } from "../../protocol/index.ts";
import type { Account, AgentAccount } from "./account.ts";
import { number } from "./teller.ts";

type Line = readonly [words: string, count: (account: AgentAccount) => number];

const WORDS_WIDTH = 42;
const CELL_WIDTH = 14;

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
  const row = (words: string, cell: (account: AgentAccount) => string) =>
    `   ${words.padEnd(WORDS_WIDTH)}${agents.map((account) => cell(account).padStart(CELL_WIDTH)).join("")}`.trimEnd();
  const rows = (lines: readonly Line[]) => lines.map(([words, count]) => row(`  ${words}`, (account) => number(count(account))));
  const yes = (holds: boolean) => (holds ? "yes" : "NO");
  return [
    row("", ({ agent }) => agent),
    "   at the agent",
    ...rows(AT_AGENT),
    row("  adds up", ({ atAgent }) => yes(imbalance(atAgent) === 0)),
    "   at the collector",
    ...rows(AT_COLLECTOR),
    row("  all that was sealed is stored", ({ atAgent, atCollector }) => yes(atAgent.sealed === atCollector.stored)),
  ].join("\n");
}

export function verdict({ agents, problems }: Account): string {
  if (problems.length > 0) return `The account does NOT balance:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`;
  const stored = agents.reduce((total, { atCollector }) => total + atCollector.stored, 0);
  return `The account balances on both sides: ${number(stored)} readings sealed, ${number(stored)} stored, 0 missing, 0 twice.`;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
