/**
 * The demo's verdict: whatever single number of an account is wrong, it is noticed.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { NO_TOTALS } from "../../../protocol/index.ts";
import { type AgentAccount, problemsOf } from "../../../simulators/demo/account.ts";
import { accountTable, verdict } from "../../../simulators/demo/account-words.ts";
import { WEEK } from "../../../simulators/demo/configs.ts";

const balanced: AgentAccount = {
  agent: "greenhouse",
  atAgent: { ...NO_TOTALS, read: 1_000, derived: 10, filtered: 300, summarised: 60, inWindow: 3, open: 2, sealed: 645 },
  pending: 0,
  atCollector: {
    agent: "greenhouse",
    received: 645,
    stored: 645,
    duplicate: 0,
    conflict: 0,
    quarantined: 0,
    waiting: 0,
    lost: {},
    missingBatches: 0,
    balanced: true,
  },
};

test("an account that adds up has no problem", () => {
  expect(problemsOf(balanced)).toEqual([]);
  expect(verdict({ agents: [balanced], problems: [] })).toContain("balances on both sides: 645 readings sealed, 645 stored");
});

test("any one count that is off is a problem, at the agent and at the collector", () => {
  const atAgent = Object.keys(balanced.atAgent).map((key) => ["atAgent", key] as const);
  const counts = ["received", "stored", "duplicate", "conflict", "quarantined", "waiting", "missingBatches"];
  const atCollector = counts.map((key) => ["atCollector", key] as const);
  fc.assert(
    fc.property(fc.constantFrom(...atAgent, ...atCollector), fc.integer({ min: 1, max: 1_000 }), ([side, key], off) => {
      const counts: Readonly<Record<string, unknown>> = { ...balanced[side] };
      const wrong = { ...balanced, [side]: { ...counts, [key]: (counts[key] as number) + off } };
      expect(problemsOf(wrong)).not.toEqual([]);
    }),
  );
});

test("a reading that waits, one that is declared lost, and an agent that sent nothing are problems", () => {
  expect(problemsOf({ ...balanced, pending: 1 })).toEqual(["greenhouse: 1 sealed readings are not acknowledged"]);
  expect(problemsOf({ ...balanced, atCollector: { ...balanced.atCollector, lost: { spool_full: 5 } } })).toEqual([
    "greenhouse: the agent declared 5 sealed readings lost",
  ]);
  const nothing = { ...balanced.atCollector, received: 0, stored: 0 };
  expect(problemsOf({ ...balanced, atAgent: NO_TOTALS, atCollector: nothing })).toEqual(["greenhouse: nothing was sealed"]);
});

test("the table says what does not add up, and the verdict why", () => {
  const lossy = { ...balanced, atCollector: { ...balanced.atCollector, stored: 644 } };
  expect(accountTable({ agents: [balanced], problems: [] })).not.toContain("NO");
  expect(accountTable({ agents: [lossy], problems: [] })).toMatch(/all that was sealed is stored +NO/);
  expect(verdict({ agents: [lossy], problems: problemsOf(lossy) })).toContain("- greenhouse: 645 readings were sealed, 644 are stored");
});

test("a week every ten seconds on five channels is 302,400 readings", () => {
  expect(WEEK.samples).toBe(7 * 24 * 360);
  expect(WEEK.readings).toBe(302_400);
});
