import { expect, test } from "vitest";
import type { AgentAccount, AgentInfo } from "../../../collector/console/src/answers.ts";
import { arrivalsOf, fleetRows } from "../../../collector/console/src/fleet-rows.ts";

function agent(name: string, fields: Partial<AgentInfo> = {}): AgentInfo {
  const seen = { last_hello: "2026-11-20T10:00:00.000Z", last_batch: "2026-11-20T10:05:00.000Z" };
  return { agent: name, online: true, ...seen, software: "0.1.0", clock_trusted: true, clock_source: "ntp", pending: 0, ...fields };
}

function account(name: string, fields: Partial<AgentAccount> = {}): AgentAccount {
  const counts = { received: 100, stored: 100, quarantined: 0, missingBatches: 0, pendingBatches: 0 };
  return { agent: name, ...counts, lost: {}, balanced: true, ...fields };
}

const NOW = arrivalsOf(10_000, []);

test("agents that need a look come first, then those that are away, each by name", () => {
  const agents = ["good-b", "good-a", "away", "lossy", "broken", "clockless"].map((name) =>
    agent(name, { online: name !== "away", clock_trusted: name !== "clockless" }),
  );
  const accounts = [account("lossy", { lost: { spool_full: 3 } }), account("broken", { balanced: false, missingBatches: 2 })];
  const rows = fleetRows(agents, accounts, NOW, undefined);
  expect(rows.map(({ agent, health }) => `${agent} ${health}`)).toEqual([
    "broken bad",
    "clockless warn",
    "lossy warn",
    "away off",
    "good-a good",
    "good-b good",
  ]);
});

test("an agent that is away and does not balance is not among those that are merely away", () => {
  const rows = fleetRows([agent("box", { online: false })], [account("box", { balanced: false })], NOW, undefined);
  expect(rows[0]).toMatchObject({ health: "bad", state: "offline", account: "does not balance" });
});

test("the account says what is missing, lost and refused", () => {
  const fields = { missingBatches: 1, lost: { spool_full: 1 }, quarantined: 1_200, balanced: false };
  expect(fleetRows([agent("box")], [account("box", fields)], NOW, undefined)[0]?.account).toBe(
    "does not balance, 1 batch missing, 1 reading lost (spool full), 1\u202f200 readings in quarantine",
  );
});

test("readings a second are what came between two answers, over the time between them", () => {
  const before = arrivalsOf(0, [account("box", { received: 100 }), account("reset", { received: 100 })]);
  const now = arrivalsOf(10_000, [account("box", { received: 350 }), account("reset", { received: 20 }), account("new")]);
  const rates = fleetRows([agent("box"), agent("new"), agent("reset")], [], now, before).map(({ readingsPerSecond }) => readingsPerSecond);
  expect(rates).toEqual([25, null, 0]);
  expect(fleetRows([agent("box")], [], now, undefined)[0]?.readingsPerSecond).toBeNull();
  expect(fleetRows([agent("box")], [], now, now)[0]?.readingsPerSecond).toBeNull();
});

test("an agent that has sent nothing yet has no account to balance", () => {
  const fields = { last_batch: null, software: null, clock_trusted: null, clock_source: null, pending: 4 };
  expect(fleetRows([agent("box", fields)], [], NOW, undefined)[0]).toMatchObject({
    ...{ account: "no readings yet", clock: "–", waitingBatches: 4, lastAck: null, stored: 0, isBalanced: true },
  });
});
