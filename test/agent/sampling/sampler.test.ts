import { describe, expect, test } from "vitest";
import type { Sample } from "../../../agent/sensors/contract.ts";
import { Fault, micros } from "../../../protocol/index.ts";
import { account, type Bench, bench, channel, committed, isBalanced, polled, scripted, sensor } from "../../support/sampling.ts";

const SECOND = 1_000_000;

/** A sensor that counts its reads: 1, 2, 3 ... */
function counting(bus = "own") {
  let count = 0;
  return scripted(() =>
    polled(async () => {
      count += 1;
      return { values: { t: count } };
    }, bus),
  );
}

async function run(started: Bench, seconds: number): Promise<Bench> {
  started.sampler.start();
  await started.time.advance(seconds * SECOND);
  return started;
}

describe("the instant of a reading", () => {
  test("lies on the grid of a trusted wall clock, behind it by the sensor's phase", async () => {
    const started = bench([sensor("air", counting())]);
    started.time.setWall((started.time.clock.wall() + 123_456) as never);
    started.eventClock.offset = started.time.clock.wall() - started.time.clock.monotonic();
    const { journal, phase, eventClock } = await run(started, 5);
    const behind = committed(journal).map(([at]) => (at + (eventClock.offset ?? 0)) % SECOND);
    expect(behind).toEqual(Array(5).fill(phase("air")));
    expect(phase("air")).toBeLessThan(SECOND / 10);
    expect(journal.commits[0]?.frames[0]?.stamp).toBe("boot");
  });

  test("lies on the grid of the monotonic clock until the wall clock is trusted, and never steps back", async () => {
    const started = bench([sensor("air", counting())]);
    const offset = started.eventClock.offset;
    started.eventClock.offset = undefined;
    await run(started, 3);
    started.eventClock.offset = (offset ?? 0) + 400_000;
    await started.time.advance(3 * SECOND);
    const instants = committed(started.journal).map(([at]) => at);
    expect(instants.slice(0, 3).map((at) => at % SECOND)).toEqual(Array(3).fill(started.phase("air")));
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
    expect(((instants.at(-1) ?? 0) + started.eventClock.offset) % SECOND).toBe(started.phase("air"));
  });

  test("is that of the read where `exact` is asked for", async () => {
    const started = bench([sensor("air", counting(), { stamp: "exact" })]);
    await run(started, 3);
    const [first, second] = committed(started.journal).map(([at]) => at);
    expect((second ?? 0) - (first ?? 0)).toBe(SECOND);
  });

  test("is the device's own where it gives one, and is not restamped", async () => {
    const device = scripted(() => polled(async () => ({ at: 77 as Sample["at"] & number, values: { t: 1 } }), "own"));
    const { journal } = await run(bench([sensor("air", device)]), 2);
    expect(journal.commits[0]?.frames[0]).toMatchObject({ stamp: "device", at: Float64Array.from([77]) });
  });

  test("two agents do not fire in step", () => {
    const phases = ["a", "b", "c", "d"].map((name) => bench([sensor(name, counting())]).phase(name));
    expect(new Set(phases).size).toBeGreaterThan(1);
  });
});

describe("a slow sensor", () => {
  /** Answers when the test says so. */
  function slow(bus: string) {
    const waiting: (() => void)[] = [];
    const driver = scripted(() =>
      polled(async () => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        return { values: { t: 1 } };
      }, bus),
    );
    return { driver, waiting, answer: () => waiting.shift()?.() };
  }

  test("skips the turns it missed, counts them, and never piles up", async () => {
    const { driver, waiting, answer } = slow("own");
    const started = await run(bench([sensor("air", driver)]), 4.5);
    expect(waiting).toHaveLength(1);
    answer();
    await started.time.advance(SECOND);
    expect(started.sampler.tallies().air).toMatchObject({ read: 1, skipped: 3 });
    expect(waiting).toHaveLength(1);
    await started.sampler.stop();
    expect(committed(started.journal)).toHaveLength(1);
  });

  test.each([
    ["grid", 700, 15],
    ["exact", 700, 15],
    ["grid", 2_300, 9],
    ["exact", 2_300, 9],
  ] as const)("costs a neighbour, stamped %s, that waits %d ms no turn that is not counted", async (stamp, ms, reads) => {
    const driver = scripted(({ pause }) => polled((signal) => pause(ms, signal).then(() => ({ values: { t: 1 } })), "i2c-1"));
    const sensors = [
      sensor("slow", driver, { every: micros(4 * SECOND), offset: micros(0) }),
      sensor("beside", counting("i2c-1"), { stamp, offset: micros(100_000) }),
    ];
    const started = await run(bench(sensors), 15.4); // 15 turns; of each four one or three are behind the slow one
    expect(started.sampler.tallies().beside).toMatchObject({ read: reads, skipped: 15 - reads });
    await started.sampler.stop();
  });

  test("that hangs blocks its bus alone, shows since when, and is not waited for at the end", async () => {
    const { driver } = slow("i2c-1");
    const sensors = [sensor("hung", driver), sensor("beside", counting("i2c-1")), sensor("apart", counting("i2c-2"))];
    const started = await run(bench(sensors), 5.5);
    const tallies = started.sampler.tallies();
    expect([tallies.hung?.read, tallies.apart?.read]).toEqual([0, 5]);
    expect(tallies.beside?.read).toBeLessThanOrEqual(1); // it may have had its turn before
    expect(started.sampler.status()[0]).toMatchObject({ name: "hung", activity: "running", busySince: expect.any(Number) });
    await started.sampler.stop();
    expect(isBalanced(started.journal)).toBe(true);
  });
});

describe("a sensor that fails", () => {
  test("beside one that hangs on its bus is not waited for at the end, nor is its close", async () => {
    const answer = Promise.withResolvers<Sample>();
    const failing = scripted(() => polled(() => answer.promise, "i2c-1"));
    const hanging = scripted(() => polled(() => new Promise(() => {}), "i2c-1"));
    const started = await run(bench([sensor("a", failing), sensor("b", hanging)]), 2.5);
    answer.reject(new Fault("device_failed", "gone")); // while the other waits for the bus
    await started.time.advance(SECOND);
    expect(started.sampler.tallies().a?.failed).toEqual({ device_failed: 1 });
    expect(started.sampler.status()[1]).toMatchObject({ busySince: expect.any(Number) });
    await started.sampler.stop();
    expect(started.sampler.status().map(({ activity }) => activity)).toEqual(["stopped", "stopped"]);
  });

  test("with `retry` is asked again at its next turn", async () => {
    let reads = 0;
    const driver = scripted(() =>
      polled(async () => {
        reads += 1;
        if (reads % 2 === 1) throw new Fault("device_busy", "air: no answer", { retry: true });
        return { values: { t: reads } };
      }, "own"),
    );
    const started = await run(bench([sensor("air", driver)]), 4.5);
    expect(started.sampler.tallies().air).toMatchObject({ read: 2, failed: { device_busy: 2 }, skipped: 0 });
  });

  test("otherwise is closed and opened again after 1 to 60 seconds, again and again", async () => {
    const calls: string[] = [];
    let isThere = false;
    const driver = scripted(() =>
      polled(async () => ({ values: { t: 1 } }), "own", {
        async open() {
          calls.push("open");
          if (!isThere) throw new Fault("device_missing", "air: gone", { hint: "plug it in" });
        },
        async close() {
          calls.push("close");
        },
      }),
    );
    const started = await run(bench([sensor("air", driver)]), 0.9);
    expect(calls).toEqual(["open", "close"]);
    expect(started.sampler.status()).toMatchObject([{ activity: "waiting", fault: { code: "device_missing", hint: "plug it in" } }]);
    await started.time.advance(600 * SECOND);
    expect(calls.length).toBeGreaterThan(20);
    isThere = true;
    await started.time.advance(62 * SECOND);
    expect(started.sampler.status()).toMatchObject([{ activity: "running", fault: undefined }]);
    expect(started.log.entries.map(({ level }) => level)).toEqual(["warn", "info"]);
    await started.sampler.stop();
    expect(calls.slice(-2)).toEqual(["open", "close"]);
  });

  test("by a bug of its driver costs nobody else anything", async () => {
    const broken = scripted(() =>
      polled(async () => {
        throw new TypeError("x is undefined");
      }, "a"),
    );
    const started = await run(bench([sensor("bad", broken), sensor("air", counting("b"))]), 3.5);
    expect(started.sampler.status()).toMatchObject([{ activity: "waiting", fault: { code: "driver_bug" } }, { activity: "running" }]);
    expect(started.sampler.tallies().air?.read).toBe(3);
    expect(started.log.entries.some(({ level }) => level === "error")).toBe(true);
  });
});

describe("a commit", () => {
  test("is made every `commit_every`, and not where nothing happened", async () => {
    const started = await run(bench([sensor("air", counting(), { every: (3 * SECOND) as never })]), 12.9);
    expect(committed(started.journal).map(([, value]) => value)).toEqual([1, 2, 3, 4].slice(0, started.journal.commits.length));
    expect(started.journal.commits.length).toBe(4);
  });

  test("that the spool refuses costs its readings, counted by reason, and sampling goes on", async () => {
    const started = bench([sensor("air", counting())]);
    started.journal.fault = new Fault("spool_full", "the spool is full");
    await run(started, 4.5);
    started.journal.fault = undefined;
    await started.time.advance(3 * SECOND);
    await started.sampler.stop();
    expect(started.journal.saved?.tallies.air).toMatchObject({ read: 7, dropped: { spool_full: 4 } });
    expect(committed(started.journal).map(([, value]) => value)).toEqual([5, 6, 7]);
    expect(isBalanced(started.journal)).toBe(true);
    expect(started.log.entries.filter(({ level }) => level === "error")).toHaveLength(1);
  });

  test("carries each channel where it has a value, and counts what is no number", async () => {
    const values = [{ t: 1, rh: 50 }, { t: Number.NaN, rh: 51 }, { rh: 52 }, { t: 4, rh: Infinity }];
    const driver = scripted(() => polled(async () => ({ values: values.shift() ?? {} }), "own"), ["t", "rh"]);
    const started = await run(bench([sensor("air", driver, { channels: [channel("t"), channel("rh")] })]), 6);
    await started.sampler.stop();
    expect(committed(started.journal, 0).map(([, value]) => value)).toEqual([1, 4]);
    expect(committed(started.journal, 1).map(([, value]) => value)).toEqual([50, 51, 52]);
    expect(account(started.journal)).toMatchObject({ read: 7, dropped: 2, open: 5 });
  });

  test("at the end holds everything that was taken", async () => {
    const started = await run(bench([sensor("air", counting())]), 3.4);
    await started.sampler.stop();
    expect(committed(started.journal)).toHaveLength(started.sampler.tallies().air?.read ?? -1);
    expect(started.sampler.status()).toMatchObject([{ activity: "stopped" }]);
    expect(started.time.pending()).toEqual([]);
  });
});

test("a text that no filter of its channel takes is dropped and counted, and the sensor goes on", async () => {
  const values = ["open", 20, "x".repeat(65)];
  const driver = scripted(() => polled(async () => ({ values: { t: values.shift() ?? 21 } }), "a"));
  const { sampler, journal, time } = bench([sensor("door", driver)]);
  sampler.start();
  await time.advance(4_000_000);
  await sampler.stop();
  expect(committed(journal).map(([, value]) => value)).toEqual([20, 21]);
  expect(sampler.tallies().door?.dropped).toEqual({ not_a_number: 2 });
  expect(isBalanced(journal)).toBe(true);
});

test("names of states become numbers in the channel's map, and go on behind it", async () => {
  const values = ["open", "closed", "ajar", "open", 1, { value: "open", quality: "suspect", reason: "old" } as const];
  const driver = scripted(() => polled(async () => ({ values: { t: values.shift() ?? "closed" } }), "a"));
  const door = channel("t", [{ map: { states: { closed: 0, open: 1, 1: 5 } } }, { clamp: { max: 4 } }]);
  const { sampler, journal, time } = bench([sensor("door", driver, { channels: [door] })]);
  sampler.start();
  await time.advance(6_000_000);
  await sampler.stop();
  expect(committed(journal).map(([, value]) => value)).toEqual([1, 0, 1, 4, 1]);
  expect(sampler.tallies().door).toMatchObject({ read: 6, filtered: { unknown_state: 1 }, marked: { clamped: 1, old: 1 } });
  expect(sampler.status()[0]?.channels).toMatchObject([{ value: "open", quality: "suspect" }]);
  expect(isBalanced(journal)).toBe(true);
});
