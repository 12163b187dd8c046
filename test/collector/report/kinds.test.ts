/**
 * Counters, angles and states: what buckets cannot tell comes from single readings.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { increasesOf } from "../../../collector/report/increase.ts";
import { epochMicros, micros, type SeriesSpec } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";
import type { AnyReading } from "../rollup/batches.ts";
import { instant, reportBench, seriesInfo } from "./report-bench.ts";

const SECOND = 1e6;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MIDNIGHT = instant("2026-03-10T00:00:00Z");

const RANGE = { from: "2026-03-10", to: "2026-03-11" };

/** The rows of a day of one series. @param at minutes since midnight. */
async function dayOf(fields: Partial<SeriesSpec>, readings: readonly (readonly [at: number, value: number, quality?: number])[]) {
  const bench = await reportBench([seriesInfo(1, "house/meter/energy", fields)]);
  bench.setNow(MIDNIGHT + 3 * DAY);
  await bench.load(readings.map(([at, value, quality = 0]) => ({ series: 1, at: MIDNIGHT + at * MINUTE, value, quality })));
  return bench;
}

/** A window of readings as an agent summarises it. */
function summary(at: number, values: readonly number[], every: number): AnyReading {
  const [first = 0, last = 0] = [values[0], values.at(-1)];
  const sum = values.reduce((total, value) => total + value, 0);
  const lastAt = at + (values.length - 1) * every;
  const times = { at, lastAt, covered: values.length * every, weightedSum: sum * every };
  return { series: 1, quality: 0, n: values.length, min: Math.min(...values), max: Math.max(...values), sum, first, last, ...times };
}

describe("a counter", () => {
  const HALF_HOURLY = { kind: "counter", unit: "kW.h", period: micros(30 * MINUTE) } as const;

  test("rises by the differences of its readings, each in the row of the later one", async () => {
    await using it = await dayOf(HALF_HOURLY, [
      [0, 100],
      [30, 101],
      [60, 103],
      [90, 103],
      [120, 110],
    ]);
    const rows = await it.rows({ ...RANGE, columns: "increase,first,last" });
    expect(rows.slice(0, 4)).toEqual([
      { increase: 1, first: 100, last: 101 },
      { increase: 2, first: 103, last: 103 },
      { increase: 7, first: 110, last: 110 },
      { increase: null, first: null, last: null },
    ]);
    expect((await it.rows(RANGE, "daily"))[0]).toMatchObject({ increase: 10, avg: null, min: 100, max: 110 });
    expect(await it.text(RANGE, "daily")).toMatch(/increase +count/);
  });

  test("that shows less than before began again at 0", async () => {
    await using it = await dayOf(HALF_HOURLY, [
      [0, 100],
      [30, 120],
      [60, 4],
      [90, 9],
    ]);
    expect((await it.rows(RANGE, "daily"))[0]?.increase).toBe(29);
  });

  test("makes up nothing over a gap", async () => {
    await using it = await dayOf(HALF_HOURLY, [
      [0, 100],
      [30, 110],
      [300, 500],
      [330, 505],
    ]);
    expect((await it.rows(RANGE, "daily"))[0]).toMatchObject({ increase: 15, first: 100, last: 505 });
  });

  test("forgives two readings that are missing", async () => {
    await using it = await dayOf(HALF_HOURLY, [
      [0, 100],
      [90, 130],
    ]);
    expect((await it.rows(RANGE, "daily"))[0]?.increase).toBe(30);
  });

  test("does not count what a bad reading shows", async () => {
    await using it = await dayOf(HALF_HOURLY, [
      [0, 100],
      [30, 1e9, 2],
      [60, 102, 1],
    ]);
    expect((await it.rows(RANGE, "daily"))[0]?.increase).toBe(2);
  });

  test.each([
    ["without a heartbeat any silence is a promise kept", 0, 400],
    ["a silence longer than two heartbeats is a gap", 30, null],
    ["a silence of two heartbeats is none", 240, 400],
  ])("that reports changes only: %s", async (_title, heartbeat, increase) => {
    const sampling = { sampling: "on_change", period: micros(MINUTE), heartbeat: micros(heartbeat * MINUTE) } as const;
    await using it = await dayOf({ kind: "counter", ...sampling }, [
      [0, 100],
      [480, 500],
    ]);
    expect((await it.rows(RANGE, "daily"))[0]?.increase).toBe(increase);
  });

  test("that a device summarised rises the same, restarts inside a window included", async () => {
    const period = micros(10 * MINUTE);
    await using it = await dayOf({ kind: "counter", period }, []);
    await it.load([
      summary(MIDNIGHT - 10 * MINUTE, [90, 95], MINUTE),
      summary(MIDNIGHT, [97, 100, 104], MINUTE),
      summary(MIDNIGHT + 10 * MINUTE, [110, 2, 5], MINUTE),
    ]);
    // 95 -> 97 -> 104 -> 110, and from 0 to 5
    expect((await it.rows(RANGE))[0]?.increase).toBe(2 + 7 + 6 + 5);
  });

  test("of which there is one reading alone has an increase that is unknown, not 0", async () => {
    await using it = await dayOf(HALF_HOURLY, [[0, 100]]);
    expect((await it.rows(RANGE, "daily"))[0]).toMatchObject({ count: 1, increase: null });
  });

  test("has an unknown increase where its readings are kept no longer, for buckets do not tell", async () => {
    await using it = await dayOf(HALF_HOURLY, [
      [0, 100],
      [30, 101],
    ]);
    const nothing = await it.store.loadHour(99, epochMicros(MIDNIGHT));
    const store = { buckets: it.store.buckets, lastBefore: it.store.lastBefore, loadHour: async () => nothing };
    const day = { from: epochMicros(MIDNIGHT), to: epochMicros(MIDNIGHT + DAY) };
    expect(await increasesOf(it.store, seriesInfo(1, "house/meter/energy", HALF_HOURLY), [day])).toEqual([1]);
    expect(await increasesOf(store, seriesInfo(1, "house/meter/energy", HALF_HOURLY), [day])).toEqual([null]);
  });

  test("rises in its hours by what it rises in its days and its month, in any zone", async () => {
    const runs = effort("counter-additive", { quick: 10, test: 30, prove: 300 });
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: -3, max: 20 })), { minLength: 1, maxLength: 60 });
    const zone = fc.constantFrom("UTC", "Asia/Kolkata", "Pacific/Chatham", "America/New_York");
    await fc.assert(
      fc.asyncProperty(steps, zone, async (all, tz) => {
        let [at, value] = [0, 50];
        const readings = all.map(([minutes, more]): [number, number] => {
          value = more < -1 ? 0 : value + Math.max(0, more);
          at += minutes;
          return [at, value];
        });
        await using it = await dayOf(HALF_HOURLY, readings);
        it.setNow(MIDNIGHT + 60 * DAY);
        const total = async (report: "hourly" | "daily" | "weekly") => {
          const rows = await it.rows({ from: "2026-03-01", to: "2026-04-20", tz, series: "house" }, report);
          return rows.reduce((sum, { increase }) => sum + Number(increase), 0);
        };
        const hourly = await total("hourly");
        expect(await total("daily")).toBe(hourly);
        expect(await total("weekly")).toBe(hourly);
        const near = readings.map(([minute, now], index) => {
          const before = readings[index - 1];
          return before === undefined || minute - before[0] > 90 ? 0 : now >= before[1] ? now - before[1] : now;
        });
        expect(hourly).toBe(near.reduce((sum, each) => sum + each, 0));
      }),
      { numRuns: runs },
    );
  });
});

test("a gauge that a device summarised is averaged by its readings, never by its windows", async () => {
  await using it = await dayOf({ period: micros(10 * MINUTE) }, [[50, 100]]);
  await it.load([summary(MIDNIGHT, [10, 10, 10, 50], MINUTE), summary(MIDNIGHT + 15 * MINUTE, [80], 10 * MINUTE)]);
  const [row] = await it.rows(RANGE);
  const time = (80 * MINUTE + 80 * 10 * MINUTE + 100 * 10 * MINUTE) / (24 * MINUTE);
  expect(row).toMatchObject({
    count: 6,
    min: 10,
    max: 100,
    sum: 260,
    first: 10,
    last: 100,
    covered_seconds: 24 * 60,
    coverage_percent: 40,
  });
  expect([row?.avg_samples, row?.avg_time]).toEqual([expect.closeTo(260 / 6, 12), expect.closeTo(time, 12)]);
});

describe("an angle", () => {
  const WIND = { kind: "angle", unit: "deg", period: micros(MINUTE) } as const;
  const avg = async (fields: Partial<SeriesSpec>, readings: readonly (readonly [number, number, number?])[], mean?: "time" | "samples") => {
    await using it = await dayOf(fields, readings);
    return (await it.rows(mean === undefined ? RANGE : { ...RANGE, mean }))[0]?.avg;
  };

  test.each([
    [[350, 10], 0],
    [[350, 20], 5],
    [[90, 180], 135],
    [[-10, -30], 340],
    [[710, 10], 0],
    [[270], 270],
  ])("%j has the mean %d", async (values, mean) => {
    const shown = Number(
      await avg(
        WIND,
        values.map((value, minute) => [minute, value]),
      ),
    );
    expect(Math.min(Math.abs(shown - mean), 360 - Math.abs(shown - mean))).toBeLessThan(1e-9);
    expect(shown).toBeGreaterThanOrEqual(0);
    expect(shown).toBeLessThan(360);
  });

  test("that points every way has none", async () => {
    expect(
      await avg(WIND, [
        [0, 0],
        [1, 90],
        [2, 180],
        [3, 270],
      ]),
    ).toBeNull();
  });

  test("in radians has it in radians", async () => {
    expect(
      await avg({ ...WIND, unit: "rad" }, [
        [0, 1],
        [1, 2],
      ]),
    ).toBeCloseTo(1.5, 12);
  });

  test("that reports changes is weighted by how long it pointed there", async () => {
    const vane = { ...WIND, sampling: "on_change", heartbeat: micros(HOUR) } as const;
    expect(
      await avg(vane, [
        [0, 0],
        [45, 90],
      ]),
    ).toBeCloseTo((Math.atan2(15, 45) * 180) / Math.PI, 9);
    expect(
      await avg(
        vane,
        [
          [0, 0],
          [45, 90],
        ],
        "samples",
      ),
    ).toBeCloseTo(45, 9);
  });

  test("is held into the next row", async () => {
    const vane = { ...WIND, sampling: "on_change", heartbeat: micros(HOUR) } as const;
    await using it = await dayOf(vane, [
      [0, 200],
      [30, 210],
    ]);
    expect((await it.rows(RANGE))[1]).toMatchObject({ count: 0, avg: expect.closeTo(210, 9), mean: "time" });
  });

  test("that a device summarised is unknown, for sums of angles say nothing", async () => {
    await using it = await dayOf(WIND, [[20, 90]]);
    await it.load([summary(MIDNIGHT, [350, 10], MINUTE)]);
    expect((await it.rows(RANGE))[0]).toMatchObject({ count: 3, avg: null, min: null, max: null });
  });
});

test("a state shows how often it was read, its first and last value, and no more", async () => {
  await using it = await dayOf({ kind: "state", unit: "1" }, [
    [0, 0],
    [10, 1],
    [20, 1],
  ]);
  const row = (await it.rows(RANGE))[0];
  expect(row).toMatchObject({ count: 3, first: 0, last: 1, min: null, avg: null, max: null, sum: null, increase: null });
  expect(await it.text({ ...RANGE, columns: "hour,trend" })).not.toMatch(/[▁-█]/);
});
