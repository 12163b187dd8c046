/**
 * What a deadband costs a report: readings pass the real filter, and the hourly average of those that are left stays
 * within twice its width of the average of all, where the plain mean of what is left is further off.
 *
 * The true average is computed here from all readings: each holds until the next, at most as long as the collector
 * would hold it. Compared is every hour that was measured throughout, no silence longer than the heartbeat. Widths are
 * such that values move: of one that never leaves its deadband only heartbeats are left, evenly spaced, and their
 * plain mean is as good.
 */
import { expect, test } from "vitest";
import { deadband } from "../../agent/filters/deadband.ts";
import { epochMicros, micros, reading } from "../../protocol/index.ts";
import { bme280Pair } from "../bench/data-sets/bme280-pair.ts";
import type { DataSet } from "../bench/data-sets/recording.ts";
import { roomClimate } from "../bench/data-sets/room-climate.ts";
import { reportBench, seriesInfo } from "../collector/report/report-bench.ts";
import { effort } from "../support/effort.ts";
import { needs } from "../support/needs.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { openFilter, TRACE_SERIES } from "../support/traces.ts";

const SECOND = 1e6;
const HOUR = 3_600 * SECOND;
const HEARTBEAT = 300 * SECOND;

interface Point {
  readonly at: number;
  readonly value: number;
}

/** What the report of one filtered series is off by, in units of the series. */
interface Verdict {
  readonly readings: number;
  readonly kept: number;
  /** Of each hour: of the report's average, and of the plain mean of the readings that were kept. */
  readonly errors: readonly { readonly report: number; readonly plain: number }[];
}

async function judge(points: readonly Point[], period: number, width: number): Promise<Verdict> {
  const config = deadband.config.parse({ width, heartbeat: "5m" });
  const before = { kind: "periodic", period: micros(period), heartbeat: micros(0) } as const;
  const { kind, ...promise } = deadband.sampling?.(config, before) ?? before;
  const filter = openFilter(deadband, { width, heartbeat: "5m" }, { sampling: before });
  const kept = points.filter(({ at, value }) => "keep" in filter.apply(reading(TRACE_SERIES, epochMicros(at), value, "good")));
  await using bench = await reportBench([seriesInfo(1, TRACE_SERIES, { sampling: kind, ...promise })]);
  const end = (points.at(-1) as Point).at;
  bench.setNow(end + 24 * HOUR);
  await bench.load(kept.map((point) => ({ series: 1, quality: 0, ...point })));
  const span = { from: new Date((points[0] as Point).at / 1_000).toISOString(), to: new Date(end / 1_000).toISOString() };
  const truth = trueMeans(points);
  const rows = await bench.rows(span);
  const errors = rows.flatMap(({ hour, avg, mean, avg_samples: plain }) => {
    const all = truth.get(Date.parse(hour) * 1_000);
    if (all === undefined) return [];
    expect(mean).toBe("time");
    return [{ report: Math.abs(Number(avg) - all), plain: Math.abs(Number(plain) - all) }];
  });
  expect(errors).toHaveLength(truth.size);
  return { readings: points.length, kept: kept.length, errors };
}

/** Time-weighted means of the UTC hours that were measured throughout. */
function trueMeans(points: readonly Point[]): Map<number, number> {
  const hours = new Map<number, { covered: number; weighted: number }>();
  for (const [index, { at, value }] of points.entries()) {
    const until = points[index + 1]?.at ?? at;
    if (until - at > HEARTBEAT) continue;
    for (let from = at; from < until; ) {
      const hour = from - (from % HOUR);
      const to = Math.min(until, hour + HOUR);
      const sums = hours.get(hour) ?? { covered: 0, weighted: 0 };
      hours.set(hour, { covered: sums.covered + to - from, weighted: sums.weighted + value * (to - from) });
      from = to;
    }
  }
  return new Map([...hours].filter(([, { covered }]) => covered === HOUR).map(([hour, { weighted }]) => [hour, weighted / HOUR]));
}

/** Prints what was seen, then holds it to the promise. */
function expectClose(name: string, width: number, verdicts: readonly Verdict[]): void {
  const errors = verdicts.flatMap((verdict) => verdict.errors);
  const total = (of: (verdict: Verdict) => number) => verdicts.reduce((sum, verdict) => sum + of(verdict), 0);
  const mean = (which: "report" | "plain") => errors.reduce((sum, error) => sum + error[which], 0) / errors.length;
  const worst = (which: "report" | "plain") => Math.max(...errors.map((error) => error[which]));
  const [readings, kept] = [total((verdict) => verdict.readings), total((verdict) => verdict.kept)];
  console.info(
    `${name}, width ${width}: ${readings} readings, ${((100 * kept) / readings).toFixed(1)} % kept, ${errors.length} hours; off by ` +
      `${(mean("report") / width).toFixed(3)} widths on average and ${(worst("report") / width).toFixed(3)} at worst ` +
      `(plain mean of the kept: ${(mean("plain") / width).toFixed(3)} and ${(worst("plain") / width).toFixed(3)})`,
  );
  expect(errors.length).toBeGreaterThan(0);
  expect(worst("report")).toBeLessThanOrEqual(2 * width);
  expect(mean("report")).toBeLessThan(mean("plain"));
}

/** One channel of every recording, in order and each instant once. */
function pointsOf(dataSet: DataSet, channel: string): Point[][] {
  const index = dataSet.channels.findIndex(([name]) => name === channel);
  return dataSet.recordings.map(({ at, channels }) => {
    const points = Array.from(at, (instant, row) => ({ at: instant, value: channels[index]?.[row] as number }));
    return points.toSorted((a, b) => a.at - b.at).filter((point, row, all) => point.at !== all[row - 1]?.at);
  });
}

test("a 1 Hz BME280 behind a deadband is reported within twice its width, closer than the plain mean", async () => {
  const dataSet = bme280Pair(needs("data:bme280_pair"));
  for (const [channel, width] of [
    ["temperature", 0.1],
    ["humidity", 0.5],
    ["pressure", 0.1],
  ] as const) {
    const verdicts = await Promise.all(pointsOf(dataSet, channel).map((points) => judge(points, SECOND, width)));
    expectClose(`bme280_pair ${channel}`, width, verdicts);
  }
});

test("twelve rooms behind a deadband are reported within twice its width, closer than the plain mean", async () => {
  needs("xz");
  const dataSet = roomClimate(needs("data:room_climate"));
  for (const [channel, width] of [
    ["temperature", 0.05],
    ["humidity", 0.1],
    ["light1", 2],
  ] as const) {
    const whole = pointsOf(dataSet, channel).filter((points) => trueMeans(points).size > 0);
    const verdicts: Verdict[] = [];
    const count = effort(`deadband-rooms ${channel}`, { quick: 10, test: whole.length, prove: whole.length });
    for (const points of whole.slice(0, count)) verdicts.push(await judge(points, 4 * SECOND, width));
    expectClose(`room_climate ${channel}`, width, verdicts);
  }
});

test("a generated week behind a deadband is reported within twice its width, closer than the plain mean", async () => {
  const random = seededRandom("deadband-week");
  const points: Point[] = [];
  let [walk, at] = [0, 1_772_000_000 * SECOND];
  for (let index = 0; index < 151_200; index++) {
    if (random.below(40_000) === 0) at += random.below(7_200) * SECOND;
    at += 4 * SECOND;
    walk += (random.fraction() - 0.5) / 20;
    const heated = (at / HOUR) % 6 < 0.5 ? 8 * ((at / HOUR) % 6) : 0; // short ramps: many changes in little time
    const value = 20 + 6 * Math.sin((2 * Math.PI * at) / (24 * HOUR)) + walk + heated + (random.fraction() - 0.5) / 10;
    points.push({ at, value: Math.round(value * 100) / 100 });
  }
  expectClose("generated", 0.2, [await judge(points, 4 * SECOND, 0.2)]);
});
