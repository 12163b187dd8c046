/**
 * status: how the running agent is, in words.
 */
import { showSize } from "../../protocol/index.ts";
import type { AgentStatus } from "../agent.ts";
import { describePace } from "./top-view.ts";

export function describeStatus({ agent, clock, uplink, spool, sensors, pace, account }: AgentStatus): string {
  const lines = [
    `agent     ${agent}`,
    `clock     ${clock.offset === undefined ? "not trusted yet: readings are kept, and sealed once NTP or the collector tells the time" : `trusted (${clock.source})`}`,
    `uplink    ${uplinkWords(uplink)}`,
    `last ack  ${uplink.lastAckAgoMs === undefined ? "none yet" : `${Math.round(uplink.lastAckAgoMs / 1000)} s ago`}`,
    `spool     ${showSize(spool.usedBytes)} of ${showSize(spool.maxBytes)}: ${spool.open} open readings, ${spool.pendingReadings} sealed and not acked`,
    `pace      ${describePace(pace)}`,
    `account   ${accountLine(account)}`,
    "sensors",
    ...sensors.map(({ name, driver, activity, fault, tally }) => {
      const trouble = fault === undefined ? "" : `: ${fault.message}${fault.hint === undefined ? "" : ` -> ${fault.hint}`}`;
      return `  ${name} (${driver}) ${activity}, ${tally.read} readings${trouble}`;
    }),
  ];
  return `${lines.join("\n")}\n`;
}

function accountLine(account: AgentStatus["account"]): string {
  const { read, derived, filtered, inWindow, summarised, open, sealed, dropped, balanced } = account;
  const parts = [
    `${filtered} filtered`,
    `${inWindow} in windows`,
    `${summarised} summarised`,
    `${open} open`,
    `${sealed} sealed`,
    `${dropped} dropped`,
  ];
  return `${read} read + ${derived} derived = ${parts.join(" + ")}${balanced ? "" : "  DOES NOT BALANCE"}`;
}

function uplinkWords({ phase, url, isGateOpen, trouble, remedy }: AgentStatus["uplink"]): string {
  if (phase === "open") return `connected to ${url}${isGateOpen ? "" : "; outside its hours only what is urgent goes"}`;
  return `not connected to ${url}: ${trouble ?? "connecting"}${remedy === undefined ? "" : ` -> ${remedy}`}`;
}
