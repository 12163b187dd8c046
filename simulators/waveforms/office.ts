/**
 * office: a room that people enter: warmth, stale air, a plug that switches, an energy meter; its CO2 sensor ages.
 */
import { MICROS_PER_HOUR, MICROS_PER_MINUTE } from "../../protocol/index.ts";
import { clamp, constant, product, quantise, sum } from "./compose.ts";
import { counter } from "./counter.ts";
import { dayCycle } from "./day-cycle.ts";
import { door } from "./door.ts";
import { drift } from "./drift.ts";
import { seedFor } from "./hashed.ts";
import { noise } from "./noise.ts";
import { INSTALLED, type Profile } from "./profile.ts";
import { step } from "./step.ts";
import { walk } from "./walk.ts";
import type { Waveform } from "./waveform.ts";

const HOUR = MICROS_PER_HOUR;

export const office: Profile = {
  name: "office",
  about: "climate, CO2, door, power and energy of an office",
  channels: [
    { name: "temperature", unit: "Cel", kind: "gauge", range: [5, 40], waveform: temperature },
    { name: "humidity", unit: "%RH", kind: "gauge", range: [0, 100], waveform: humidity },
    { name: "co2", unit: "[ppm]", kind: "gauge", range: [350, 5_000], waveform: co2 },
    { name: "power", unit: "W", kind: "gauge", range: [0, 4_000], waveform: power },
    { name: "energy", unit: "kW.h", kind: "counter", range: [0, 10_000_000], waveform: energy },
    { name: "door", unit: "1", kind: "state", range: [0, 1], waveform: doorOpen },
  ],
};

function temperature(seed: number): Waveform {
  const day = dayCycle({ low: 19.5, high: 23, peak: 15 * HOUR });
  const own = walk({ seed: seedFor(seed, "temperature"), spread: 1.2, period: 8 * HOUR });
  const chip = noise({ seed: seedFor(seed, "temperature chip"), sigma: 0.02 });
  return quantise(clamp(sum(day, own, chip), 5, 40), 2);
}

function humidity(seed: number): Waveform {
  const own = walk({ seed: seedFor(seed, "humidity"), spread: 12, period: 30 * HOUR });
  const chip = noise({ seed: seedFor(seed, "humidity chip"), sigma: 0.05 });
  return quantise(clamp(sum(constant(43), own, chip), 0, 100), 2);
}

/** Fresh air at night, up to about 1,200 ppm in the afternoon; 0.4 ppm a day is the sensor's age. */
function co2(seed: number): Waveform {
  const people = clamp(dayCycle({ low: -900, high: 700, peak: 13 * HOUR }), 0, 700);
  const crowd = sum(constant(0.7), walk({ seed: seedFor(seed, "crowd"), spread: 0.5, period: 3 * HOUR }));
  const chip = noise({ seed: seedFor(seed, "co2 chip"), sigma: 4 });
  return quantise(clamp(sum(constant(425), product(people, crowd), drift({ perDay: 0.4, since: INSTALLED }), chip), 350, 5_000), 0);
}

function power(seed: number): Waveform {
  const used = step({ seed: seedFor(seed, "power"), levels: [4, 4, 60, 120, 180, 350], every: 12 * MICROS_PER_MINUTE });
  const chip = noise({ seed: seedFor(seed, "power chip"), sigma: 0.4 });
  return quantise(clamp(sum(used, chip), 0, 4_000), 1);
}

function energy(seed: number): Waveform {
  return quantise(counter({ seed: seedFor(seed, "energy"), perHour: 0.12, since: INSTALLED }), 2);
}

function doorOpen(seed: number): Waveform {
  return door({ seed: seedFor(seed, "door"), opensPerDay: 15, from: 7 * HOUR, to: 19 * HOUR, longest: 8 * MICROS_PER_MINUTE });
}
