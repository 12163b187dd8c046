/**
 * A year of many series over HTTP: the collector sends more than it ever holds, also to a reader that pauses.
 */

import v8 from "node:v8";
import vm from "node:vm";
import { expect, test } from "vitest";
import type { Bucket } from "../../../collector/stores/contract.ts";
import { epochMicros, MICROS_PER_DAY } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";
import { instant, seriesInfo } from "../report/report-bench.ts";
import { open, served } from "./http-bench.ts";

const START = instant("2025-01-01T00:00:00Z");
const DAYS = 365;
const MOST_BYTES = 12 * 2 ** 20;

v8.setFlagsFromString("--expose-gc");
const collectGarbage = vm.runInNewContext("gc") as () => void;

/** Bytes that are really in use. */
function live(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** One bucket a day, as a sensor that wakes at noon leaves it. */
function bucketOn(series: number, day: number): Bucket {
  const start = epochMicros(START + day * MICROS_PER_DAY + MICROS_PER_DAY / 2);
  const value = series + day / 1_000;
  const measured = { n: 1, min: value, max: value, sum: value, first: value, firstAt: start, last: value, lastAt: start };
  return { series, start, ...measured, covered: 60e6, weightedSum: value * 60e6, suspect: 0, bad: 0, late: 0, revision: 0 };
}

test("a year of a thousand series is sent row by row: in bounded memory, complete, at the reader's pace", async () => {
  const count = effort("year-over-http", { quick: 150, test: 250, prove: 1_000 });
  const series = Array.from({ length: count }, (_, index) => seriesInfo(index + 1, `site-${index + 1}/air/temperature`));
  await using server = await served({ series });
  server.bench.setNow(START + DAYS * MICROS_PER_DAY);
  for (const { number } of series) {
    const buckets = Array.from({ length: DAYS }, (_, day) => bucketOn(number, day));
    await server.bench.store.put({ hours: [], buckets, progress: { position: 1, note: "" } });
  }
  const { hostname, port } = new URL(server.url);
  const before = live();
  let most = Number.NEGATIVE_INFINITY;
  let [bytes, rows, pieces] = [0, 0, 0];
  const path = "/api/v1/report/daily?from=2025-01-01&to=2026-01-01&format=ndjson";
  const answer = await open({ hostname, port, path, token: server.token("read") });
  expect(answer.statusCode).toBe(200);
  for await (const piece of answer) {
    bytes += piece.length;
    for (const byte of piece) if (byte === 10) rows += 1;
    // The loop itself is the pause: while garbage is collected nothing is read.
    if (++pieces % 100 === 0) most = Math.max(most, live() - before);
  }
  expect(rows).toBe(count * DAYS);
  expect(bytes).toBeGreaterThan(count * DAYS * 200);
  expect(pieces).toBeGreaterThan(200); // it was looked at more than once
  expect(most).toBeLessThan(MOST_BYTES);
  console.info(`year-over-http: ${rows} rows, ${(bytes / 2 ** 20).toFixed(0)} MiB sent, at most ${(most / 2 ** 20).toFixed(1)} MiB held`);
}, 600_000);
