/**
 * fleet-rows: what the page says of each agent, those that need a look first.
 */
import type { AgentAccount, AgentInfo } from "./answers.ts";
import { counted } from "./words.ts";

/** From worst to best; the order of the fleet. */
export const HEALTHS = ["bad", "warn", "off", "good"] as const;
export type Health = (typeof HEALTHS)[number];

export interface FleetRow {
  readonly agent: string;
  readonly health: Health;
  readonly state: string;
  /** ISO instant of its newest batch here. */
  readonly lastAck: string | null;
  /** null until it was asked twice. */
  readonly readingsPerSecond: number | null;
  readonly clock: string;
  readonly waitingBatches: number;
  readonly stored: number;
  readonly account: string;
  readonly isBalanced: boolean;
  readonly software: string;
}

/** How many readings had come from each agent at an instant in ms. */
export interface Arrivals {
  readonly at: number;
  readonly received: ReadonlyMap<string, number>;
}

export function arrivalsOf(at: number, accounts: readonly AgentAccount[]): Arrivals {
  return { at, received: new Map(accounts.map(({ agent, received }) => [agent, received])) };
}

/** @param before an earlier answer, of which the rate is made; undefined the first time. */
export function fleetRows(
  agents: readonly AgentInfo[],
  accounts: readonly AgentAccount[],
  now: Arrivals,
  before: Arrivals | undefined,
): readonly FleetRow[] {
  const byAgent = new Map(accounts.map((account) => [account.agent, account]));
  const rows = agents.map((info) => fleetRow(info, byAgent.get(info.agent), rateOf(info.agent, now, before)));
  return rows.sort((a, b) => HEALTHS.indexOf(a.health) - HEALTHS.indexOf(b.health) || (a.agent < b.agent ? -1 : 1));
}

function fleetRow(info: AgentInfo, account: AgentAccount | undefined, readingsPerSecond: number | null): FleetRow {
  const troubles = account === undefined ? [] : troublesOf(account);
  const isOdd = troubles.length > 0 || info.clock_trusted === false;
  const isBalanced = account?.balanced ?? true;
  const health = !isBalanced ? "bad" : !info.online ? "off" : isOdd ? "warn" : "good";
  return {
    agent: info.agent,
    health,
    state: info.online ? "online" : "offline",
    lastAck: info.last_batch,
    readingsPerSecond,
    clock: clockWords(info),
    waitingBatches: account?.pendingBatches ?? info.pending ?? 0,
    stored: account?.stored ?? 0,
    account: account === undefined ? "no readings yet" : [isBalanced ? "balanced" : "does not balance", ...troubles].join(", "),
    isBalanced,
    software: info.software ?? "",
  };
}

function troublesOf({ missingBatches, quarantined, lost }: AgentAccount): string[] {
  const losses = Object.entries(lost).map(([reason, count]) => `${counted(count, "reading")} lost (${reason.replaceAll("_", " ")})`);
  const refused = quarantined > 0 ? [`${counted(quarantined, "reading")} in quarantine`] : [];
  return [...(missingBatches > 0 ? [`${counted(missingBatches, "batch", "batches")} missing`] : []), ...losses, ...refused];
}

/** Until somebody vouches for its clock an agent keeps its readings. */
function clockWords({ clock_trusted, clock_source }: AgentInfo): string {
  if (clock_trusted === null) return "–";
  return clock_trusted ? `by ${clock_source}` : "nobody vouches for it";
}

function rateOf(agent: string, now: Arrivals, before: Arrivals | undefined): number | null {
  const [first, last] = [before?.received.get(agent), now.received.get(agent)];
  if (before === undefined || first === undefined || last === undefined || now.at <= before.at) return null;
  return Math.max(0, (last - first) / ((now.at - before.at) / 1_000));
}
