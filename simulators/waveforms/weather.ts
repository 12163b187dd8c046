/**
 * weather: a small weather station: air by day and night, highs and lows of pressure, sun, and the voltage it runs on.
 */
import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE } from "../../protocol/index.ts";
import { clamp, constant, product, quantise, sum } from "./compose.ts";
import { dayCycle } from "./day-cycle.ts";
import { seedFor } from "./hashed.ts";
import { noise } from "./noise.ts";
import type { Profile } from "./profile.ts";
import { walk } from "./walk.ts";
import type { Waveform } from "./waveform.ts";

const HOUR = MICROS_PER_HOUR;

export const weather: Profile = {
  name: "weather",
  about: "a small weather station and the voltage it runs on",
  channels: [
    { name: "temperature", unit: "Cel", kind: "gauge", range: [-25, 45], waveform: temperature },
    { name: "humidity", unit: "%RH", kind: "gauge", range: [0, 100], waveform: humidity },
    { name: "pressure", unit: "hPa", kind: "gauge", range: [950, 1060], waveform: pressure },
    { name: "illuminance", unit: "lx", kind: "gauge", range: [0, 54_000], waveform: illuminance },
    { name: "supply", unit: "V", kind: "gauge", range: [2.8, 3.6], waveform: supply },
  ],
};

function temperature(seed: number): Waveform {
  const day = dayCycle({ low: 6, high: 15, peak: 15 * HOUR });
  const front = walk({ seed: seedFor(seed, "front"), spread: 6, period: 4 * MICROS_PER_DAY });
  const chip = noise({ seed: seedFor(seed, "temperature chip"), sigma: 0.02 });
  return quantise(clamp(sum(day, front, chip), -25, 45), 2);
}

function humidity(seed: number): Waveform {
  const day = dayCycle({ low: 55, high: 88, peak: 5 * HOUR });
  const own = walk({ seed: seedFor(seed, "humidity"), spread: 10, period: 12 * HOUR });
  const chip = noise({ seed: seedFor(seed, "humidity chip"), sigma: 0.05 });
  return quantise(clamp(sum(day, own, chip), 0, 100), 2);
}

function pressure(seed: number): Waveform {
  const highs = walk({ seed: seedFor(seed, "pressure"), spread: 25, period: 5 * MICROS_PER_DAY });
  const chip = noise({ seed: seedFor(seed, "pressure chip"), sigma: 0.02 });
  return quantise(clamp(sum(constant(1_013), highs, chip), 950, 1060), 2);
}

function illuminance(seed: number): Waveform {
  const sun = clamp(dayCycle({ low: -50_000, high: 50_000, peak: 12 * HOUR }), 0, 50_000);
  const clouds = sum(constant(0.6), walk({ seed: seedFor(seed, "clouds"), spread: 0.4, period: 40 * MICROS_PER_MINUTE }));
  return quantise(clamp(product(sun, clouds), 0, 54_000), 0);
}

function supply(seed: number): Waveform {
  const load = walk({ seed: seedFor(seed, "supply"), spread: 0.05, period: 2 * HOUR });
  const chip = noise({ seed: seedFor(seed, "supply chip"), sigma: 0.01 });
  return quantise(clamp(sum(constant(3.3), load, chip), 2.8, 3.6), 2);
}
