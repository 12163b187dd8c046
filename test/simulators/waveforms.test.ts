import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type EpochMicros,
  epochMicros,
  isName,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
} from "../../protocol/index.ts";
import { counter } from "../../simulators/waveforms/counter.ts";
import { door } from "../../simulators/waveforms/door.ts";
import { duty, heat } from "../../simulators/waveforms/duty.ts";
import { seedFor, uniform } from "../../simulators/waveforms/hashed.ts";
import { PROFILES, profileOf, simulatedSensor } from "../../simulators/waveforms/index.ts";
import { noise } from "../../simulators/waveforms/noise.ts";
import { step } from "../../simulators/waveforms/step.ts";
import { walk } from "../../simulators/waveforms/walk.ts";

const START = 1_793_491_200_000_000; // 2026-11-01T00:00:00Z
const instants = (count: number, every: number): EpochMicros[] =>
  Array.from({ length: count }, (_, index) => epochMicros(START + index * every));
const anyInstant = fc.integer({ min: 0, max: 4_102_444_800_000 }).map((ms) => epochMicros(ms * 1_000)); // 1970 to 2100
const anySeed = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

describe.each(PROFILES.map((profile) => [profile.name, profile] as const))("the profile %s", (_name, profile) => {
  test("says the same for one seed and instant, whatever was asked before", () => {
    fc.assert(
      fc.property(anySeed, fc.array(anyInstant, { minLength: 1, maxLength: 20 }), (seed, asked) => {
        const inOrder = asked.map((at) => simulatedSensor(profile, seed).valuesAt(at));
        const one = simulatedSensor(profile, seed);
        const backwards = [...asked].reverse().map((at) => one.valuesAt(at));
        expect(backwards.reverse()).toEqual(inOrder);
      }),
    );
  });

  test("stays inside its physical ranges, finite and without -0, from 1970 to 2100", () => {
    fc.assert(
      fc.property(anySeed, anyInstant, (seed, at) => {
        const values = simulatedSensor(profile, seed).valuesAt(at);
        for (const { name, range } of profile.channels) {
          const value = values[name] ?? Number.NaN;
          expect(value).toBeGreaterThanOrEqual(range[0]);
          expect(value).toBeLessThanOrEqual(range[1]);
          expect(Object.is(value, -0)).toBe(false);
        }
      }),
    );
  });

  test("is quantised like a chip: no value has more than two decimals", () => {
    fc.assert(
      fc.property(anySeed, anyInstant, (seed, at) => {
        for (const value of Object.values(simulatedSensor(profile, seed).valuesAt(at))) expect(Number(value.toFixed(2))).toBe(value);
      }),
    );
  });

  test("moves, and differs from seed to seed", () => {
    const week = instants(7 * 24 * 12, 5 * MICROS_PER_MINUTE);
    const [a, b] = [simulatedSensor(profile, 1), simulatedSensor(profile, 2)];
    for (const { name } of profile.channels) {
      const column = week.map((at) => a.valuesAt(at)[name]);
      expect(new Set(column).size, name).toBeGreaterThan(1);
      expect(week.map((at) => b.valuesAt(at)[name])).not.toEqual(column);
    }
  });

  test("has channels with valid names", () => {
    expect(profile.channels.every(({ name }) => isName(name))).toBe(true);
  });
});

test("a profile that does not exist is named with those that do", () => {
  expect(() => profileOf("submarine")).toThrow(/expected one of greenhouse, boiler, office, weather, numbered, got "submarine"/);
});

test("a greenhouse is warmer and lighter at noon than at night, and damper at night", () => {
  const sensor = simulatedSensor(profileOf("greenhouse"), 7);
  for (let day = 0; day < 7; day++) {
    const [night, noon] = [2, 13].map((hour) => sensor.valuesAt(epochMicros(START + day * MICROS_PER_DAY + hour * MICROS_PER_HOUR)));
    expect(noon?.temperature).toBeGreaterThan(night?.temperature ?? Number.NaN);
    expect(night?.humidity).toBeGreaterThan(noon?.humidity ?? Number.NaN);
    expect([night?.light, noon?.light === 0]).toEqual([0, false]);
  }
});

describe("the waveforms", () => {
  test("hashed values fill [0, 1) evenly, without a pattern from one index to the next", () => {
    const bins = new Array<number>(20).fill(0);
    let together = 0;
    for (let index = -50_000; index < 50_000; index++) {
      const value = uniform(3, index * 10_000_000);
      bins[Math.floor(value * 20)] = (bins[Math.floor(value * 20)] ?? 0) + 1;
      together += (value - 0.5) * (uniform(3, (index + 1) * 10_000_000) - 0.5);
    }
    for (const bin of bins) expect(Math.abs(bin - 5_000)).toBeLessThan(6 * Math.sqrt(5_000));
    expect(Math.abs(together / 100_000) * 12).toBeLessThan(0.02); // correlation
  });

  test("noise has mean 0, the sigma it was given, and no value beyond 3.47 of them", () => {
    const wave = noise({ seed: 5, sigma: 2 });
    const values = instants(50_000, MICROS_PER_SECOND).map(wave);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(Math.sqrt(variance) - 2)).toBeLessThan(0.05);
    expect(Math.max(...values.map(Math.abs))).toBeLessThan(2 * 3.47);
  });

  test("a walk wanders, stays on its leash and never jumps", () => {
    const wave = walk({ seed: 9, spread: 5, period: MICROS_PER_DAY });
    const values = instants(8_640, 10 * MICROS_PER_SECOND).map(wave);
    expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(1);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(5);
    expect(Math.max(...values.slice(1).map((value, index) => Math.abs(value - (values[index] ?? value))))).toBeLessThan(0.2);
  });

  test("a counter starts at 0, never falls, and keeps its mean rate", () => {
    const wave = counter({ seed: 4, perHour: 2, since: epochMicros(START) });
    expect([wave(epochMicros(START - 1)), wave(epochMicros(START))]).toEqual([0, 0]);
    const values = instants(10_000, 7 * MICROS_PER_MINUTE).map(wave);
    expect(values.slice(1).every((value, index) => value >= (values[index] ?? Number.NaN))).toBe(true);
    expect(Math.abs((values.at(-1) ?? 0) / ((9_999 * 7) / 60) - 2)).toBeLessThan(0.01);
  });

  test("a step holds its level for its time and knows no other", () => {
    const wave = step({ seed: 4, levels: [1, 5, 9], every: MICROS_PER_HOUR });
    for (const hour of instants(100, MICROS_PER_HOUR)) expect(wave(epochMicros(hour + MICROS_PER_HOUR - 1))).toBe(wave(hour));
    expect(new Set(instants(100, MICROS_PER_HOUR).map(wave))).toEqual(new Set([1, 5, 9]));
  });

  test("a door opens about as often as it should, only in its hours, and is 0 or 1", () => {
    const wave = door({ seed: 1, opensPerDay: 9, from: 6 * MICROS_PER_HOUR, to: 20 * MICROS_PER_HOUR, longest: 25 * MICROS_PER_MINUTE });
    const values = instants(30 * 24 * 360, 10 * MICROS_PER_SECOND).map((at) => ({ at, open: wave(at) }));
    expect(new Set(values.map(({ open }) => open))).toEqual(new Set([0, 1]));
    const opened = values.filter(({ open }, index) => open === 1 && values[index - 1]?.open === 0).length;
    expect(Math.abs(opened / 30 - 9)).toBeLessThan(1.5);
    const hours = values.filter(({ open }) => open === 1).map(({ at }) => (at % MICROS_PER_DAY) / MICROS_PER_HOUR);
    expect(Math.min(...hours)).toBeGreaterThanOrEqual(6);
    expect(Math.max(...hours)).toBeLessThan(20);
  });

  test("what a burner heats rises while it is on and falls while it is off", () => {
    const options = { seed: 2, cycle: 20 * MICROS_PER_MINUTE };
    const [burner, warmth] = [duty(options), heat(options)];
    for (const at of instants(2_000, MICROS_PER_MINUTE)) {
      const soon = epochMicros(at + MICROS_PER_SECOND);
      if (burner(at) === burner(soon)) expect(warmth(soon) > warmth(at)).toBe(burner(at) === 1);
    }
  });

  test("two names of one seed have nothing in common", () => {
    const [a, b] = ["temperature", "humidity"].map((name) => seedFor(7, name));
    expect(a).not.toBe(b);
  });
});
