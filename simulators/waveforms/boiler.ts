/**
 * boiler: a heating circuit with a burner that switches, a slowly leaking pressure and a gas meter.
 */
import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE } from "../../protocol/index.ts";
import { clamp, constant, product, quantise, sum } from "./compose.ts";
import { counter } from "./counter.ts";
import { dayCycle } from "./day-cycle.ts";
import { duty, heat } from "./duty.ts";
import { seedFor } from "./hashed.ts";
import { noise } from "./noise.ts";
import { INSTALLED, type Profile } from "./profile.ts";
import { sawtooth } from "./sawtooth.ts";
import { walk } from "./walk.ts";
import type { Waveform } from "./waveform.ts";

export const boiler: Profile = {
  name: "boiler",
  about: "flow, return, pressure, burner and gas meter of a heating boiler",
  channels: [
    { name: "flow", unit: "Cel", kind: "gauge", range: [5, 95], waveform: flow },
    { name: "return", unit: "Cel", kind: "gauge", range: [5, 95], waveform: returned },
    { name: "pressure", unit: "bar", kind: "gauge", range: [0, 4], waveform: pressure },
    { name: "burner", unit: "1", kind: "state", range: [0, 1], waveform: (seed) => duty(cycle(seed)) },
    { name: "gas", unit: "m3", kind: "counter", range: [0, 10_000_000], waveform: gas },
  ],
};

function cycle(seed: number) {
  return { seed: seedFor(seed, "burner"), cycle: 24 * MICROS_PER_MINUTE };
}

/** Less demand at noon; the burner lifts the water by up to 9 degrees in each cycle. */
function water(seed: number, low: number, high: number): Waveform {
  const demand = dayCycle({ low, high, peak: 5 * MICROS_PER_HOUR });
  const own = walk({ seed: seedFor(seed, "water"), spread: 3, period: 5 * MICROS_PER_HOUR });
  return sum(demand, own, product(heat(cycle(seed)), constant(9)));
}

function flow(seed: number): Waveform {
  const chip = noise({ seed: seedFor(seed, "flow chip"), sigma: 0.04 });
  return quantise(clamp(sum(water(seed, 46, 55), chip), 5, 95), 2);
}

function returned(seed: number): Waveform {
  const chip = noise({ seed: seedFor(seed, "return chip"), sigma: 0.04 });
  return quantise(clamp(sum(water(seed, 33, 41), chip), 5, 95), 2);
}

function pressure(seed: number): Waveform {
  const leaking = sawtooth({ low: 1.3, high: 1.9, every: 90 * MICROS_PER_DAY });
  const chip = noise({ seed: seedFor(seed, "pressure chip"), sigma: 0.003 });
  return quantise(clamp(sum(leaking, chip), 0, 4), 2);
}

function gas(seed: number): Waveform {
  return quantise(counter({ seed: seedFor(seed, "gas"), perHour: 0.45, since: INSTALLED }), 2);
}
