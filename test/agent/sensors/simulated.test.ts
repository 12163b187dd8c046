import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Burst, DriverContext, PolledDriver, Sample, StreamDriver } from "../../../agent/sensors/contract.ts";
import { simulated } from "../../../agent/sensors/simulated.ts";
import { epochMicros, isoInstant, MICROS_PER_DAY, MICROS_PER_MS, MICROS_PER_SECOND, micros } from "../../../protocol/index.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { quietLog } from "../../support/quiet-log.ts";

const FROM = 1_793_491_200_000_000; // 2026-11-01T00:00:00Z
const DAY = { from: "2026-11-01T00:00:00Z", for: "1d", step: "10s" };
const SIX_HOURS = { ...DAY, for: "6h" };
const signal = new AbortController().signal;

function bench(wall = FROM) {
  const clock = manualClock({ wall: epochMicros(wall) });
  const context: DriverContext = {
    sensor: "air",
    wall: () => clock.clock.wall(),
    monotonic: () => clock.clock.monotonic(),
    shared: (_key, make) => make(),
    root: "/",
    pause: (ms, signal) => clock.clock.sleep("pause", micros(ms * MICROS_PER_MS), signal),
    log: quietLog(),
  };
  return { clock, context };
}

const parsed = (config: object) => simulated.config.parse(config);
const live = (config: object, context: DriverContext) => simulated.create(parsed(config), context) as PolledDriver;
const replay = (options: object, context: DriverContext, seed = 1) =>
  simulated.create(parsed({ profile: "greenhouse", seed, replay: options }), context) as StreamDriver;

async function drain(driver: StreamDriver, cursor?: unknown): Promise<Burst[]> {
  await driver.open(cursor);
  const bursts: Burst[] = [];
  for (let burst = await driver.next(signal); burst !== undefined; burst = await driver.next(signal)) bursts.push(burst);
  await driver.close();
  return bursts;
}

const samplesOf = (bursts: readonly Burst[]): Sample[] => bursts.flatMap(({ samples }) => samples);

describe("the simulated sensor, polled", () => {
  test("shows what the time is, without a stamp of its own", async () => {
    const { clock, context } = bench();
    const driver = live({ profile: "greenhouse", seed: 7 }, context);
    await driver.open();
    const night = await driver.read(signal);
    await clock.advance(MICROS_PER_DAY / 2);
    const noon = await driver.read(signal);
    expect(night).toEqual({ values: { temperature: 13.55, humidity: 77.84, soil_moisture: 61, light: 0, door: 0 } });
    expect(noon.values.light).toBeGreaterThan(1_000);
    await driver.close();
    await driver.close();
  });

  test("says the same after a restart as if it had not stopped", async () => {
    const { context } = bench(FROM + 12_345_000_000);
    const [one, other] = [live({ profile: "office", seed: 3 }, context), live({ profile: "office", seed: 3 }, context)];
    expect(await one.read(signal)).toEqual(await other.read(signal));
  });

  test.each(["greenhouse", "boiler", "office", "weather"])(
    "%s has all its channels in every sample, and says so beforehand",
    async (profile) => {
      const config = parsed({ profile });
      const sample = await live({ profile }, bench().context).read(signal);
      expect(Object.keys(sample.values)).toEqual(simulated.channels(config).map(({ name }) => name));
    },
  );
});

describe("the simulated sensor, as a replay", () => {
  test("gives a whole stretch on the grid of its step, in bursts of at most a thousand, and then ends", async () => {
    const bursts = await drain(replay(DAY, bench().context));
    const instants = samplesOf(bursts).map(({ at }) => at);
    expect(instants).toEqual(Array.from({ length: 8_640 }, (_, index) => FROM + index * 10 * MICROS_PER_SECOND));
    expect(Math.max(...bursts.map(({ samples }) => samples.length))).toBe(1_000);
  });

  test("gives the values that the polled sensor would have shown", async () => {
    const { clock, context } = bench();
    const [first, second] = samplesOf(await drain(replay({ ...DAY, for: "20s" }, context, 7)));
    const driver = live({ profile: "greenhouse", seed: 7 }, context);
    expect((await driver.read(signal)).values).toEqual(first?.values);
    await clock.advance(10 * MICROS_PER_SECOND);
    expect((await driver.read(signal)).values).toEqual(second?.values);
  });

  test("goes on after a kill where the last committed burst ended: nothing twice, nothing skipped", async () => {
    const { context } = bench();
    const whole = samplesOf(await drain(replay(SIX_HOURS, context)));
    await fc.assert(
      fc.asyncProperty(fc.nat(3), fc.boolean(), async (committed, isCutInBetween) => {
        const before = replay(SIX_HOURS, context);
        await before.open(undefined);
        const kept: Burst[] = [];
        for (let count = 0; count < committed; count++) {
          const burst = await before.next(signal);
          if (burst !== undefined) kept.push(burst);
        }
        if (isCutInBetween) await before.next(signal); // drawn, never committed
        const cursor = kept.at(-1)?.cursor;
        const after = await drain(replay(SIX_HOURS, context), cursor === undefined ? undefined : JSON.parse(JSON.stringify(cursor)));
        expect(samplesOf([...kept, ...after])).toEqual(whole);
      }),
      { numRuns: 12 },
    );
  });

  test("a start counted back from now is fixed at the first start, whatever the clock says later", async () => {
    const options = { from: "now-7d", for: "1h", step: "1m" };
    const driver = replay(options, bench(FROM + 30 * MICROS_PER_SECOND).context);
    await driver.open(undefined);
    const first = await driver.next(signal);
    expect(isoInstant(first?.samples[0]?.at ?? epochMicros(0))).toBe("2026-10-25T00:00:00.000Z");
    const later = await drain(replay(options, bench(FROM + MICROS_PER_DAY).context), first?.cursor);
    expect(later).toEqual([]); // one burst was the whole hour
  });

  test("another beginning in the config is another replay, from its beginning", async () => {
    const { context } = bench();
    const cursor = (await drain(replay(DAY, context))).at(-1)?.cursor;
    expect(await drain(replay(DAY, context), cursor)).toEqual([]);
    const other = samplesOf(await drain(replay({ ...DAY, from: "2026-10-01T00:00:00Z" }, context), cursor));
    expect(other.length).toBe(8_640);
    expect(samplesOf(await drain(replay({ ...DAY, for: "2d" }, context), cursor)).length, "a longer one goes on").toBe(8_640);
  });

  test("at 60x an hour takes a minute of the clock, and an end of the agent cuts the pause", async () => {
    const { clock, context } = bench();
    const options = { ...DAY, for: "1h", speed: "60x" };
    const began = clock.clock.monotonic();
    const all = drain(replay(options, context));
    await clock.advance(60 * MICROS_PER_SECOND - 1);
    const early = await Promise.race([all, Promise.resolve("not yet")]);
    await clock.advance(1);
    expect([early, samplesOf(await all).length]).toEqual(["not yet", 360]);
    expect(clock.clock.monotonic() - began).toBe(60 * MICROS_PER_SECOND);
    const stop = new AbortController();
    const driver = replay(options, context);
    await driver.open(undefined);
    const waiting = driver.next(stop.signal);
    stop.abort(new Error("the agent ends"));
    await expect(waiting).rejects.toThrow("the agent ends");
  });

  test("a cursor of another driver is a fault that says what to do", async () => {
    await expect(replay(DAY, bench().context).open({ line: 7 })).rejects.toMatchObject({ code: "bad_cursor", hint: expect.any(String) });
  });
});

describe("the simulated sensor, with faults", () => {
  const FAULTY = { profile: "greenhouse", seed: 7, faults: { spike: 0.2, dropout: 0.2 } };

  test("polled, it fails as often as was asked, the same after a restart; silence is asked again", async () => {
    const { clock, context } = bench();
    const truth = live({ profile: "greenhouse", seed: 7 }, context);
    const [one, other] = [live(FAULTY, context), live(FAULTY, context)];
    const tally = { silent: 0, spikes: 0 };
    for (let turn = 0; turn < 500; turn++) {
      const answers = await Promise.allSettled([one, other].map((driver) => driver.read(signal)));
      expect(answers[0]).toEqual(answers[1]);
      const [answer] = answers;
      if (answer?.status === "rejected") {
        expect(answer.reason).toMatchObject({ code: "no_answer", retry: true });
        tally.silent++;
      } else if (answer?.value.values.temperature !== (await truth.read(signal)).values.temperature) tally.spikes++;
      await clock.advance(10 * MICROS_PER_SECOND);
    }
    expect(Math.abs(tally.silent - 100)).toBeLessThan(35);
    expect(Math.abs(tally.spikes - 80)).toBeLessThan(35);
  });

  test("a clock that fails stamps the samples itself; without such a fault the agent stamps them", async () => {
    const { context } = bench();
    const of = (faults: object) => live({ profile: "greenhouse", faults }, context).read(signal);
    expect((await of({ spike: 1 })).at).toBeUndefined();
    expect(Math.abs(((await of({ clock_step: { rate: 1, by: "2h" } })).at ?? 0) - FROM)).toBe(7_200 * MICROS_PER_SECOND);
    expect((await of({ clock_1970: 1 })).at).toBeLessThan(300 * MICROS_PER_SECOND);
  });

  test("a replay has what comes twice and late, in bursts of at most a thousand, and goes on after a kill", async () => {
    const { context } = bench();
    const faults = { duplicate: { rate: 1, times: 10 }, out_of_order: 0.1, dropout: { rate: 0.1, for: "1h" } };
    const make = () => simulated.create(parsed({ profile: "greenhouse", faults, replay: SIX_HOURS }), context) as StreamDriver;
    const bursts = await drain(make());
    expect(Math.max(...bursts.map(({ samples }) => samples.length))).toBeLessThanOrEqual(1_000);
    const late = samplesOf(bursts).filter(({ at = 0 }, index, all) => at < (all[index - 1]?.at ?? 0));
    expect(late.length).toBeGreaterThan(50);
    const rest = await drain(make(), bursts[1]?.cursor);
    expect([...bursts.slice(0, 2), ...rest]).toEqual(bursts);
  });

  test.each([
    [{ duplicate: 0.1 }, ["faults", "duplicate"], "expected replay beside it"],
    [{ spike: { rate: 0.1, channels: ["wind"] } }, ["faults", "spike", "channels"], "expected channels of greenhouse: temperature"],
    [{ spike: { at: "2026-11-01T06:00:00Z" } }, ["faults", "spike"], "expected for beside at"],
    [{ spike: { height: 3 } }, ["faults", "spike"], "expected rate"],
  ])("the faults %j are refused, with what was expected", (faults, path, message) => {
    const [issue] = simulated.config.safeParse({ profile: "greenhouse", faults }).error?.issues ?? [];
    expect([issue?.path, issue?.message]).toEqual([path, expect.stringContaining(message)]);
  });
});

test.each([
  [{ profile: "office", faults: { spikes: 0.1 } }],
  [{ profile: "office", faults: { spike: 2 } }],
  [{ profile: "submarine" }],
  [{ profile: "office", seed: 1.5 }],
  [{ profile: "office", replay: { ...DAY, from: "2026-11-01" } }],
  [{ profile: "office", replay: { ...DAY, step: "0s" } }],
  [{ profile: "office", replay: { ...DAY, speed: "fast" } }],
  [{ profile: "office", replay: { from: DAY.from, for: DAY.for } }],
  [{ profile: "office", sead: 7 }],
])("the config %j is refused", (config) => {
  expect(simulated.config.safeParse(config).success).toBe(false);
});
