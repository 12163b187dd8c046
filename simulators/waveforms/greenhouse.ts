/**
 * greenhouse: warm by day, damp by night, watered every other morning; the door stands open now and then.
 */
import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE } from "../../protocol/index.ts";
import { clamp, constant, product, quantise, sum } from "./compose.ts";
import { dayCycle } from "./day-cycle.ts";
import { door } from "./door.ts";
import { seedFor } from "./hashed.ts";
import { noise } from "./noise.ts";
import type { Profile } from "./profile.ts";
import { sawtooth } from "./sawtooth.ts";
import { walk } from "./walk.ts";
import type { Waveform } from "./waveform.ts";

const HOUR = MICROS_PER_HOUR;

export const greenhouse: Profile = {
  name: "greenhouse",
  about: "air, soil, light and door of a greenhouse",
  channels: [
    { name: "temperature", unit: "Cel", kind: "gauge", range: [-10, 50], waveform: temperature },
    { name: "humidity", unit: "%RH", kind: "gauge", range: [0, 100], waveform: humidity },
    { name: "soil_moisture", unit: "%", kind: "gauge", range: [0, 100], waveform: soilMoisture },
    { name: "light", unit: "lx", kind: "gauge", range: [0, 100_000], waveform: light },
    { name: "door", unit: "1", kind: "state", range: [0, 1], waveform: doorOpen },
  ],
};

/** Clouds: the same for temperature, humidity and light of one seed; -1 overcast, 1 clear. */
function sky(seed: number): Waveform {
  return walk({ seed: seedFor(seed, "sky"), spread: 1, period: 2 * MICROS_PER_DAY });
}

function temperature(seed: number): Waveform {
  const day = dayCycle({ low: 14, high: 27, peak: 14 * HOUR });
  const own = walk({ seed: seedFor(seed, "temperature"), spread: 2, period: 6 * HOUR });
  const chip = noise({ seed: seedFor(seed, "temperature chip"), sigma: 0.02 });
  return quantise(clamp(sum(day, product(sky(seed), constant(4)), own, chip), -10, 50), 2);
}

function humidity(seed: number): Waveform {
  const day = dayCycle({ low: 52, high: 84, peak: 4 * HOUR });
  const own = walk({ seed: seedFor(seed, "humidity"), spread: 5, period: 3 * HOUR });
  const chip = noise({ seed: seedFor(seed, "humidity chip"), sigma: 0.05 });
  return quantise(clamp(sum(day, product(sky(seed), constant(-8)), own, chip), 0, 100), 2);
}

function soilMoisture(seed: number): Waveform {
  const watered = sawtooth({ low: 38, high: 61, every: 2 * MICROS_PER_DAY });
  const chip = noise({ seed: seedFor(seed, "soil chip"), sigma: 0.1 });
  return quantise(clamp(sum(watered, chip), 0, 100), 1);
}

function light(seed: number): Waveform {
  const sun = clamp(dayCycle({ low: -60_000, high: 60_000, peak: 12 * HOUR }), 0, 60_000);
  const clear = sum(constant(0.6), product(sky(seed), constant(0.4)));
  const flicker = sum(constant(1), walk({ seed: seedFor(seed, "light"), spread: 0.2, period: 30 * MICROS_PER_MINUTE }));
  return quantise(clamp(product(sun, clear, flicker), 0, 100_000), 0);
}

function doorOpen(seed: number): Waveform {
  return door({ seed: seedFor(seed, "door"), opensPerDay: 9, from: 6 * HOUR, to: 20 * HOUR, longest: 25 * MICROS_PER_MINUTE });
}
