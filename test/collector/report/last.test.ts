/**
 * The rolling window: a row a series of the time just past, made from single readings.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { foldParts } from "../../../collector/rollup/fold.ts";
import { epochMicros, micros } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";
import { faultCode } from "../fault-code.ts";
import { instant, type JsonRow, type ReportBench, reportBench, seriesInfo } from "./report-bench.ts";

const SECOND = 1e6;
const MINUTE = 60 * SECOND;
/** Neither a quarter hour nor a minute. */
const NOW = instant("2026-03-10T12:07:31Z");
const AIR = seriesInfo(1, "greenhouse-1/air/temperature");
const DOOR = seriesInfo(2, "greenhouse-1/door/opening", { sampling: "on_change", period: micros(0), heartbeat: micros(60 * MINUTE) });

async function bench(): Promise<ReportBench> {
  const made = await reportBench([AIR, DOOR], "Europe/Berlin");
  made.setNow(NOW);
  await made.load([
    ...Array.from({ length: 120 }, (_, index) => ({ series: 1, at: NOW - (index + 1) * MINUTE, value: index, quality: 0 })),
    { series: 2, at: NOW - 90 * MINUTE, value: 10, quality: 0 },
    { series: 2, at: NOW - 15 * MINUTE, value: 30, quality: 0 },
  ]);
  return made;
}

const last = (it: ReportBench, query: Parameters<ReportBench["rows"]>[0] = {}) => it.rows(query, "last");

test("the last hour ends now, to the second, and holds what was read in it", async () => {
  await using it = await bench();
  const [air, door] = await last(it);
  expect(air).toMatchObject({ from: "2026-03-10T12:07:31+01:00", to: "2026-03-10T13:07:31+01:00" });
  expect(air).toMatchObject({ count: 60, min: 0, avg: 29.5, max: 59, first: 59, last: 0, coverage_percent: 100, mean: "samples" });
  expect(door).toMatchObject({ count: 1, min: 30, avg: (45 * 10 + 15 * 30) / 60, mean: "time", coverage_percent: 100 });
});

test("a window may be of any length up to a week, and cut any quarter hour", async () => {
  await using it = await bench();
  expect((await last(it, { span: "90s", series: AIR.id }))[0]).toMatchObject({ count: 1, avg: 0 });
  expect((await last(it, { span: "7d", series: AIR.id }))[0]).toMatchObject({ count: 120, avg: 59.5 });
});

test("a series that said nothing in the window has a row with count 0, one that never did has none", async () => {
  await using it = await reportBench([AIR, DOOR]);
  it.setNow(NOW);
  await it.load([{ series: 1, at: NOW - 300 * MINUTE, value: 5, quality: 0 }]);
  expect(await last(it)).toMatchObject([{ series: AIR.id, count: 0, avg: null, coverage_percent: 0 }]);
});

test("refused readings of the window are counted, also those of its first and last, cut, quarter hour", async () => {
  await using it = await bench();
  it.quarantined.set(epochMicros(instant("2026-03-10T11:00:00Z")), 2);
  it.quarantined.set(epochMicros(instant("2026-03-10T12:00:00Z")), 1);
  expect((await last(it, { series: AIR.id }))[0]).toMatchObject({ quarantined: 3 });
});

test("in a terminal it is one line a series with a sparkline, and no state", async () => {
  await using it = await bench();
  const lines = (await it.text({ series: AIR.id }, "last")).split("\n");
  expect(lines[0]).toMatch(/^series +min/);
  expect(lines.at(-2)).toBe("1 row, 2026-03-10T12:07:31+01:00 to 2026-03-10T13:07:31+01:00, zone Europe/Berlin (rules 2026x).");
  expect(lines[2]).toMatch(/ 29\.50 +59\.00 +°C +60 +100 +█▇▇▆▅▅▄▄▃▂▂▁ +late 38$/);
});

test("readings in summaries count where the window of the device began", async () => {
  await using it = await bench();
  const times = { at: NOW - 10 * MINUTE, lastAt: NOW - 9 * MINUTE, covered: 2 * MINUTE, weightedSum: 2 * 200 * MINUTE };
  await it.load([{ series: 1, quality: 0, n: 2, min: 100, max: 300, sum: 400, first: 100, last: 300, ...times }]);
  expect((await last(it, { span: "12m", series: AIR.id }))[0]).toMatchObject({ count: 14, max: 300, sum: 66 + 400 });
  expect((await last(it, { span: "9.5m", series: AIR.id }))[0]).toMatchObject({ count: 9, max: 8 });
});

test.each([
  ["bad_span", { last: "2h" }],
  ["bad_span", { from: "2026-03-10" }],
  ["bad_time", { span: "60" }],
  ["bad_time", { span: "-5m" }],
  ["bad_time", { span: "0s" }],
  ["span_too_long", { span: "8d" }],
])("%s is the fault of %o", async (code, query) => {
  await using it = await bench();
  expect(await faultCode(it.text(query, "last"))).toBe(code);
});

test("a span is no word of the other reports", async () => {
  await using it = await bench();
  expect(await faultCode(it.text({ span: "60m" }))).toBe("bad_span");
});

/** One line of arithmetic a number, over every microsecond-exact interval between readings. */
function plain(readings: readonly { at: number; value: number; quality: number }[], from: number, to: number, hold: number) {
  const good = readings.filter(({ quality }) => quality < 2);
  const inside = good.filter(({ at }) => at >= from && at < to);
  let [covered, weighted] = [0, 0];
  for (const [index, { at, value }] of good.entries()) {
    const until = Math.min(good[index + 1]?.at ?? to, at + hold, to);
    const held = Math.max(0, until - Math.max(at, from));
    covered += held;
    weighted += held * value;
  }
  return { count: inside.length, sum: inside.reduce((sum, { value }) => sum + value, 0), covered, weighted };
}

test("any window of any readings equals the plain computation", async () => {
  const runs = effort("last-windows", { quick: 20, test: 60, prove: 600 });
  const reading = fc.record({
    gap: fc.integer({ min: 1, max: 40 * 60 }),
    value: fc.integer({ min: -1_000, max: 1_000 }),
    quality: fc.constantFrom(0, 0, 0, 1, 2),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(reading, { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 6 * 3600 }), async (gaps, span) => {
      let at: number = NOW;
      const readings = gaps.map(({ gap, value, quality }) => {
        at -= gap * SECOND;
        return { series: 2, at, value, quality };
      });
      readings.reverse();
      await using it = await reportBench([DOOR]);
      it.setNow(NOW);
      await it.load(readings);
      const [row] = await last(it, { span: `${span}s` });
      const expected = plain(readings, NOW - span * SECOND, NOW, 120 * MINUTE);
      if (row === undefined) return expect(expected.covered + expected.count).toBe(0);
      expectPlain(row, expected);
    }),
    { numRuns: runs },
  );
});

function expectPlain(row: JsonRow, { count, sum, covered, weighted }: ReturnType<typeof plain>): void {
  expect([row.count, row.covered_seconds, row.sum]).toEqual([count, covered / SECOND, count === 0 ? null : sum]);
  if (covered === 0) expect(row.avg_time).toBeNull();
  else expect(row.avg_time).toBeCloseTo(weighted / covered, 9);
}

test("parts that are cut anywhere cover no more than their width", () => {
  const column = (...values: number[]) => Float64Array.from(values);
  const none = { at: column(), value: column(), quality: new Uint8Array(), late: new Uint8Array() };
  const times = { at: column(0), n: column(1), min: column(4), max: column(4), sum: column(4), first: column(4), last: column(4) };
  const summaries = {
    ...times,
    lastAt: column(0),
    covered: column(100),
    weightedSum: column(400),
    quality: Uint8Array.of(0),
    late: Uint8Array.of(0),
  };
  expect(foldParts(1, [0, 10, 30], { samples: none, summaries }, undefined, 0)).toMatchObject([
    { start: 0, n: 1, covered: 10, weightedSum: 40 },
    { start: 10, n: 0, covered: 0 },
  ]);
});
