/**
 * reboot: silence while it starts, and counters that begin at zero again.
 */
import { MICROS_PER_SECOND, micros } from "../../protocol/index.ts";
import { type FaultKind, rounded } from "./fault.ts";

export const reboot: FaultKind = {
  name: "reboot",
  about: "silence while it starts, then counters from zero",
  lasts: micros(45 * MICROS_PER_SECOND),
  of: "asked",
  own: {},
  create(_own, { profile, occasions, truthAt }) {
    const happens = occasions();
    const counters = profile.channels.filter(({ kind }) => kind === "counter").map(({ name }) => name);
    return (telling) => {
      if (happens.at(telling.trueAt) !== undefined) {
        telling.isSilent = true;
        telling.faults.push("reboot");
        return;
      }
      const last = counters.length === 0 ? undefined : happens.before(telling.trueAt);
      if (last === undefined) return;
      const zero = truthAt(last.until);
      for (const name of counters) {
        const value = telling.values[name];
        if (value === undefined) continue;
        telling.values[name] = Math.max(0, rounded(value - (zero[name] ?? 0)));
        telling.faults.push(`reboot:${name}`);
      }
    };
  },
};
