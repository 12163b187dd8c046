/**
 * status: how the running agent is, in words.
 */
import { MICROS_PER_SECOND, showSize } from "../../protocol/index.ts";
import type { AgentStatus } from "../agent.ts";
import { describePace } from "./top-view.ts";

/** Clocks that differ by more are told of. */
const ODD_SECONDS = 2;

export function describeStatus({ agent, clock, uplink, spool, dropping, sensors, pace, account }: AgentStatus): string {
  const lines = [
    `agent     ${agent}`,
    `clock     ${clockWords(clock)}`,
    `uplink    ${uplinkWords(uplink)}`,
    `last ack  ${uplink.lastAckAgoMs === undefined ? "none yet" : `${Math.round(uplink.lastAckAgoMs / 1000)} s ago`}`,
    `spool     ${showSize(spool.usedBytes)} of ${showSize(spool.maxBytes)}: ${spool.open} open readings, ${spool.pendingReadings} sealed and not acked`,
    ...droppingLines(dropping),
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

function droppingLines(dropping: AgentStatus["dropping"]): readonly string[] {
  if (dropping === undefined) return [];
  const { code, message, hint, since } = dropping;
  const what = code === "spool_full" ? "spool FULL" : code === "disk_full" ? "disk FULL" : "NOT WRITTEN";
  const when = since === undefined ? "" : ` since ${since}`;
  return [`          ${what}: readings are being dropped${when}: ${message}${hint === undefined ? "" : ` -> ${hint}`}`];
}

function clockWords({ offset, source, collectorAhead }: AgentStatus["clock"]): string {
  const trust =
    offset === undefined
      ? "not trusted yet: readings are kept, and sealed once NTP or the collector tells the time"
      : `trusted (${source})`;
  const seconds = (collectorAhead ?? 0) / MICROS_PER_SECOND;
  if (Math.abs(seconds) <= ODD_SECONDS) return trust;
  const skew = `${Math.abs(seconds).toFixed(0)} s ${seconds < 0 ? "AHEAD OF" : "BEHIND"} the collector's`;
  return `${trust}, ${skew} -> compare both machines: timedatectl; date -u`;
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

function uplinkWords({ phase, url, isGateOpen, trouble, remedy, refusal }: AgentStatus["uplink"]): string {
  const advice = remedy === undefined ? "" : ` -> ${remedy}`;
  if (phase === "open" && refusal !== undefined) return `connected to ${url}, but ${refusal}${advice}`;
  if (phase === "open") return `connected to ${url}${isGateOpen ? "" : "; outside its hours only what is urgent goes"}`;
  return `not connected to ${url}: ${trouble ?? "connecting"}${advice}`;
}
