/**
 * clock-evidence: what on this machine vouches for its wall clock.
 *
 * Raspberry Pis up to the 4 have no clock of their own: they boot in the past and step when NTP answers. A wall
 * clock is believed only where something stands behind it.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type EpochMicros, epochMicros } from "./time.ts";

/** No right clock shows less: 2026-11-20, the day this version was made. */
export const BUILD_DATE: EpochMicros = epochMicros(1_795_132_800_000_000);

const NTP_MARK = "run/systemd/timesync/synchronized";

/** `ntp`: synchronised now; `system`: a battery-backed clock or a hypervisor's; undefined: nobody vouches. */
export function clockEvidence(root: string): "ntp" | "system" | undefined {
  if (ntpMark(root) !== undefined) return "ntp";
  return hasRealClock(root) ? "system" : undefined;
}

/**
 * When NTP last set or confirmed the clock, as milliseconds of a clock that may itself be wrong: good for telling
 * two of them apart, and nothing else. Undefined where the clock is not synchronised.
 * Source: systemd-timesyncd.service(8): the file is touched on each successful synchronisation.
 */
export function ntpMark(root: string): number | undefined {
  return statSync(join(root, NTP_MARK), { throwIfNoEntry: false })?.mtimeMs;
}

/** A clock that runs while the machine is off: battery-backed, or a hypervisor's. */
export function hasRealClock(root: string): boolean {
  if (statSync(join(root, "sys/class/rtc/rtc0"), { throwIfNoEntry: false }) !== undefined) return true;
  try {
    return /^flags\s*:.*\bhypervisor\b/m.test(readFileSync(join(root, "proc/cpuinfo"), "latin1"));
  } catch {
    return false; // no /proc: nothing vouches
  }
}
