import { expect, test } from "vitest";
import { foldRow } from "../../../collector/report/fold-row.ts";
import { foldHour } from "../../../collector/rollup/fold.ts";
import { epochMicros } from "../../../protocol/index.ts";
import { spec } from "../rollup/batches.ts";

test("a row over five years of quarter hours is folded", () => {
  const samples = { at: Float64Array.of(1), value: Float64Array.of(20), quality: Uint8Array.of(0), late: Uint8Array.of(0) };
  const none = new Float64Array();
  const columns = {
    at: none,
    n: none,
    min: none,
    max: none,
    sum: none,
    first: none,
    last: none,
    lastAt: none,
    covered: none,
    weightedSum: none,
  };
  const summaries = { ...columns, quality: new Uint8Array(), late: new Uint8Array() };
  const [bucket] = foldHour(1, 0, { samples, summaries }, undefined, 0);
  const buckets = bucket === undefined ? [] : Array.from({ length: 5 * 366 * 96 }, () => bucket);
  const period = { from: epochMicros(0), to: epochMicros(5 * 366 * 86_400e6), label: "all" };
  const series = { number: 1, id: "a/air/temperature", spec: spec(), version: 1 } as never;
  const request = { series, period: period as never, buckets, quarantined: 0, fromReadings: undefined, trendParts: 0, mean: undefined };
  expect(foldRow({ ...request, now: period.to })).toMatchObject({ count: buckets.length, min: 20, max: 20 });
});
