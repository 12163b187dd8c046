/**
 * numbered: a sensor that counts: every reading has a number of its own, so it can be told at the end which came.
 *
 * The number is the time since 2024-01-01T00:00:00Z in seconds, to the hundredth, in a lane of its own for each seed: a
 * reading that turns up in the series of another sensor is seen.
 */
import { MICROS_PER_MS } from "../../protocol/index.ts";
import { seedFor } from "./hashed.ts";
import { INSTALLED, type Profile } from "./profile.ts";
import type { Waveform } from "./waveform.ts";

/** Readings closer together than this share a number. */
export const NUMBER_STEP = 10 * MICROS_PER_MS;

const LANES = 1_000;
const LANE_SECONDS = 1e10;

export const numbered: Profile = {
  name: "numbered",
  about: "a number of its own for every reading, for tributary-simulate oracle",
  channels: [{ name: "number", unit: "1", kind: "gauge", range: [-LANE_SECONDS, LANES * LANE_SECONDS], waveform: numberOf }],
};

/** The number of a reading at an instant. One division at the end, so that it is the nearest double of its decimals. */
export function numberOf(seed: number): Waveform {
  const lane = (seedFor(seed, "number") % LANES) * LANE_SECONDS * 100;
  return (at) => (lane + Math.floor((at - INSTALLED) / NUMBER_STEP)) / 100;
}
