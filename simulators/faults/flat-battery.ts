/**
 * flat_battery: noise that grows to a twentieth of the range, then silence, then a new battery.
 *
 * The first half of an occasion is noise, the second silence. States do not get noisy.
 */
import { MICROS_PER_HOUR, micros } from "../../protocol/index.ts";
import { seedFor, uniform } from "../waveforms/index.ts";
import { type FaultKind, rounded } from "./fault.ts";

const MOST_NOISE = 0.05;

export const flatBattery: FaultKind = {
  name: "flat_battery",
  about: "noise that grows, then silence, then a new battery",
  lasts: micros(6 * MICROS_PER_HOUR),
  of: "asked",
  own: {},
  create(_own, { channels, occasions, seed }) {
    const happens = occasions();
    const noisy = channels.filter(({ kind }) => kind === "gauge");
    return (telling) => {
      const occasion = happens.at(telling.trueAt);
      if (occasion === undefined) return;
      const part = (2 * (telling.trueAt - occasion.from)) / (occasion.until - occasion.from);
      telling.faults.push("flat_battery");
      telling.isSilent ||= part >= 1;
      for (const { name, range } of noisy) {
        const value = telling.values[name];
        if (value === undefined) continue;
        const noise = (2 * uniform(seedFor(seed, name), telling.trueAt) - 1) * MOST_NOISE * part * (range[1] - range[0]);
        telling.values[name] = rounded(value + noise);
      }
    };
  },
};
