/**
 * tell: the words of a link: what happens on it, and what crossed it. One JSON object a line for programs.
 */
import { MICROS_PER_SECOND, type Micros, showDuration, showSize } from "../../protocol/index.ts";
import type { LinkFault } from "./faults.ts";
import type { OpenLink } from "./link.ts";
import type { ScriptEvent } from "./script.ts";

type Counts = ReturnType<OpenLink["counts"]>;

/** `at`: since the link opened. */
export function eventLine({ event, fault, lasts }: ScriptEvent, at: Micros, json: boolean): string {
  if (json) return `${JSON.stringify({ event, at_seconds: at / MICROS_PER_SECOND, ...inSeconds(fault), ...lastsOf(lasts) })}\n`;
  const span = lasts === undefined ? "" : ` for ${showDuration(lasts)}`;
  return `${(at / MICROS_PER_SECOND).toFixed(1).padStart(8)} s  ${{ begin: "begins", end: "ends", strike: "strikes" }[event]}: ${faultWords(fault)}${span}\n`;
}

export function countLine(counts: Counts, at: Micros, json: boolean): string {
  if (json) return `${JSON.stringify({ event: "counts", at_seconds: at / MICROS_PER_SECOND, ...counts })}\n`;
  return `${(at / MICROS_PER_SECOND).toFixed(1).padStart(8)} s  ${countWords(counts)}\n`;
}

/** All on one line, for a terminal. */
export function progressWords(counts: Counts, faults: readonly LinkFault[]): string {
  const now = faults.length === 0 ? "no fault" : faults.map(faultWords).join(", ");
  return `${countWords(counts)}; now: ${now}`;
}

function countWords(counts: Counts): string {
  const { open, connections, bytes_up, bytes_down, swallowed_up, swallowed_down } = counts;
  const happened = (["cut", "reset", "half_open", "doubled", "refused"] as const).filter((name) => counts[name] > 0);
  const lost = swallowed_up + swallowed_down;
  return [
    `${connections} connections (${open} open)`,
    `${showSize(bytes_up)} up`,
    `${showSize(bytes_down)} down`,
    ...(lost > 0 ? [`${showSize(lost)} swallowed`] : []),
    ...happened.map((name) => `${counts[name]} ${name.replace("_", "-")}`),
  ].join(", ");
}

function faultWords(fault: LinkFault): string {
  if (fault.fault === "latency") {
    const jitter = fault.jitter === undefined ? "" : ` + up to ${showDuration(fault.jitter)}`;
    return `latency ${showDuration(fault.latency)}${jitter}`;
  }
  return fault.fault === "throttle" ? `throttle ${showSize(fault.rate)}/s` : fault.fault;
}

function inSeconds(fault: LinkFault): object {
  if (fault.fault !== "latency") return fault;
  const { latency, jitter = 0 } = fault;
  return { fault: "latency", latency_seconds: latency / MICROS_PER_SECOND, jitter_seconds: jitter / MICROS_PER_SECOND };
}

function lastsOf(lasts: Micros | undefined): object {
  return lasts === undefined ? {} : { lasts_seconds: lasts / MICROS_PER_SECOND };
}
