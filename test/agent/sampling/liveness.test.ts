import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSampling, type SensorPulse } from "../../../agent/sampling/liveness.ts";
import { Fault, micros } from "../../../protocol/index.ts";
import { bench, polled, scripted, sensor } from "../../support/sampling.ts";

const SECOND = 1_000_000;
const PATIENCE = micros(60 * SECOND);
const NOW = micros(10_000 * SECOND);

/** Seconds from now: when work is due, and when the last sample came. */
function pulse(due?: number, sample?: number): SensorPulse {
  const at = (seconds?: number) => (seconds === undefined ? undefined : micros(NOW + seconds * SECOND));
  return { dueAt: at(due), lastSampleAt: at(sample) };
}

describe("sampling moves", () => {
  for (const [when, sensors] of [
    ["while a sensor waits for a turn in a quarter of an hour", [pulse(880, -20)]],
    ["while a turn is late within the patience", [pulse(-60)]],
    ["while one sensor of three answers", [pulse(-9_000), pulse(0.4, -0.6), pulse(-9_000)]],
    ["while a sensor that failed waits to be opened again", [pulse(30)]],
    ["while a slow sensor gave a sample lately, and its next turn is overdue", [pulse(-100, -5)]],
    ["while a stream gives samples, and all else hangs", [pulse(-9_000), pulse(undefined, -10)]],
    ["while there are streams alone, which wait as long as they like", [pulse(undefined, -9_000), pulse()]],
    ["where there is no sensor", []],
  ] as const) {
    test(when, () => expect(isSampling(sensors, NOW, PATIENCE)).toBe(true));
  }
});

describe("sampling is stuck", () => {
  for (const [when, sensors] of [
    ["when the only sensor has been due for longer than the patience", [pulse(-61, -62)]],
    ["when all are overdue, those that wait for a hung one's bus too", [pulse(-61, -61), pulse(-100, -3_000), pulse(-62)]],
    ["when all are overdue, and a stream has long been silent", [pulse(-61), pulse(undefined, -61)]],
  ] as const) {
    test(when, () => expect(isSampling(sensors, NOW, PATIENCE)).toBe(false));
  }
});

test("one more sensor that moves never makes it stuck, and time never makes it move", () => {
  const seconds = fc.option(fc.integer({ min: -200, max: 200 }), { nil: undefined });
  const sensors = fc.array(
    fc.tuple(seconds, seconds).map(([due, sample]) => pulse(due, sample)),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(sensors, fc.integer({ min: 0, max: 500 }), (some, later) => {
      const moves = isSampling(some, NOW, PATIENCE);
      expect(isSampling([...some, pulse(10, -1)], NOW, PATIENCE)).toBe(true);
      if (!moves) expect(isSampling(some, micros(NOW + later * SECOND), PATIENCE)).toBe(false);
    }),
  );
});

describe("a sampler", () => {
  test("with a sensor every 15 minutes moves at every minute of an hour", async () => {
    const slow = scripted(() => polled(async () => ({ values: { t: 1 } }), "own"));
    const { sampler, time } = bench([sensor("slow", slow, { every: micros(15 * 60 * SECOND) })]);
    sampler.start();
    for (let minute = 0; minute < 60; minute++) {
      await time.advance(60 * SECOND);
      expect(isSampling(sampler.status(), time.clock.monotonic(), PATIENCE)).toBe(true);
    }
  });

  test("whose only sensor hangs is stuck a patience after the turn, and moves again when it answers", async () => {
    const hung = Promise.withResolvers<void>();
    let reads = 0;
    const driver = scripted(() =>
      polled(async () => {
        reads += 1;
        if (reads === 3) await hung.promise;
        return { values: { t: 1 } };
      }, "own"),
    );
    const { sampler, time } = bench([sensor("air", driver)]);
    const moves = () => isSampling(sampler.status(), time.clock.monotonic(), PATIENCE);
    sampler.start();
    await time.advance(62 * SECOND);
    expect([reads, moves()]).toEqual([3, true]);
    await time.advance(SECOND);
    expect(moves()).toBe(false);
    hung.resolve();
    await time.advance(2 * SECOND);
    expect(moves()).toBe(true);
  });

  for (const retry of [true, false]) {
    test(`whose only sensor fails for hours, with retry ${retry}, moves: every failure is a turn that was completed`, async () => {
      const broken = scripted(() => polled(() => Promise.reject(new Fault("device_failed", "no", { retry })), "own"));
      const { sampler, time } = bench([sensor("air", broken, { every: micros(10 * SECOND) })]);
      sampler.start();
      for (let minute = 0; minute < 180; minute++) {
        await time.advance(60 * SECOND);
        expect(isSampling(sampler.status(), time.clock.monotonic(), PATIENCE)).toBe(true);
      }
    });
  }

  test("whose sensors wait for a bus that one of them holds is stuck", async () => {
    const hanging = scripted(() => polled(() => new Promise<never>(() => {}), "w1"));
    const waiting = scripted(() => polled(async () => ({ values: { t: 1 } }), "w1"));
    const { sampler, time } = bench([sensor("a", hanging), sensor("b", waiting)]);
    sampler.start();
    await time.advance(70 * SECOND);
    expect(isSampling(sampler.status(), time.clock.monotonic(), PATIENCE)).toBe(false);
  });
});
