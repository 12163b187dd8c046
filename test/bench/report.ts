/**
 * report: how long a report takes, in this process and over HTTP on loopback, from a store in a file.
 *
 * The store holds a value each quarter hour: two days of a thousand series, a year of ten of them; and for the rolling
 * window a reading every ten seconds of the last two hours of each.
 */
import http from "node:http";
import { createHttp } from "../../collector/http/http.ts";
import type { ReportName } from "../../collector/report/format.ts";
import type { ReportQuery } from "../../collector/report/query.ts";
import { openReport, type Report } from "../../collector/report/report.ts";
import type { ReportSource } from "../../collector/report/source.ts";
import type { Bucket, HourPut, Store } from "../../collector/stores/contract.ts";
import { createSqliteStore } from "../../collector/stores/sqlite.ts";
import { type EpochMicros, epochMicros, MICROS_PER_DAY, MICROS_PER_HOUR, micros, QUARTER } from "../../protocol/index.ts";
import { httpParts } from "../collector/http/http-bench.ts";
import { instant, seriesInfo } from "../collector/report/report-bench.ts";
import { tempDir } from "../support/temp-dir.ts";
import type { Bench } from "./bench.ts";

const SERIES = 1_000;
const WITH_A_YEAR = 10;
const NOW = instant("2026-03-10T12:00:00Z");
const PERIOD = 10_000_000;

/** A measurement ends after so many runs, or this long, but not before so many. */
interface Patience {
  readonly mostRuns: number;
  readonly longestMs: number;
  readonly leastRuns: number;
}
const WHOLE: Patience = { mostRuns: 200, longestMs: 5_000, leastRuns: 10 };
const QUICK: Patience = { mostRuns: 10, longestMs: 100, leastRuns: 1 };

interface Question {
  readonly report: ReportName;
  readonly series: number;
  readonly span: "1h" | "1d" | "1y";
  readonly format: "csv" | "json";
}

const QUESTIONS: readonly Question[] = [
  { report: "hourly", series: 1, span: "1d", format: "csv" },
  { report: "hourly", series: 1, span: "1y", format: "json" },
  { report: "daily", series: 1, span: "1y", format: "csv" },
  { report: "hourly", series: WITH_A_YEAR, span: "1y", format: "csv" },
  { report: "hourly", series: SERIES, span: "1d", format: "csv" },
  { report: "last", series: 1, span: "1h", format: "csv" },
  { report: "last", series: SERIES, span: "1h", format: "csv" },
];

interface ReportTime {
  readonly query: string;
  readonly series: number;
  readonly span: string;
  readonly over: "process" | "http";
  readonly rows: number;
  readonly runs: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

export const report: Bench = {
  about: "how long a report takes, in the process and over HTTP",
  named: ["query", "series", "span", "over"],
  figures: ["p50_ms", "p99_ms"],
  async run({ quick, print }) {
    for await (const row of measureReports(quick ? QUICK : WHOLE)) print(row);
  },
};

async function* measureReports(patience: Patience): AsyncGenerator<ReportTime> {
  await using dir = await tempDir();
  const store = createSqliteStore({ file: dir.join("store.db"), access: "write" });
  await fill(store);
  const source = sourceOf(store);
  const { parts, close } = httpParts(source);
  const server = createHttp(parts);
  const url = await server.listen({ host: "127.0.0.1", port: 0 }, { from: "loopback", withoutToken: "loopback" });
  try {
    for (const question of QUESTIONS) {
      yield await measure(question, patience, "process", (query) =>
        lengthOf(openReport(question.report, query, source, question.format).pieces),
      );
      yield await measure(question, patience, "http", (query) =>
        fetchLength(`${url}/api/v1/report/${question.report}?${parametersOf(query)}`),
      );
    }
  } finally {
    await server.close();
    close();
    await store.close();
  }
}

async function measure(
  { report, series, span, format }: Question,
  { mostRuns, longestMs, leastRuns }: Patience,
  over: ReportTime["over"],
  ask: (query: ReportQuery) => Promise<number>,
): Promise<ReportTime> {
  const query = queryOf(report, series, span, format);
  const rows = await ask(query); // the first run compiles
  const times: number[] = [];
  const began = performance.now();
  while (times.length < leastRuns || (times.length < mostRuns && performance.now() - began < longestMs)) {
    const start = performance.now();
    await ask(query);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] as number;
  return { query: `${report} ${format}`, series, span, over, rows, runs: times.length, p50_ms: at(0.5), p99_ms: at(0.99) };
}

function queryOf(report: ReportName, series: number, span: Question["span"], format: Question["format"]): ReportQuery {
  const chosen = { series: series === SERIES ? "*" : Array.from({ length: series }, (_, index) => `house-${index}`).join(",") };
  if (report === "last") return { ...chosen, format, span };
  return { ...chosen, format, last: span === "1y" ? "365d" : "24h" };
}

function parametersOf(query: ReportQuery): URLSearchParams {
  return new URLSearchParams(query as Record<string, string>);
}

/** Lines behind the head. */
async function lengthOf(pieces: Report["pieces"] | http.IncomingMessage): Promise<number> {
  let lines = -1;
  for await (const piece of pieces) {
    const bytes = Buffer.from(piece);
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
  }
  return lines;
}

async function fetchLength(url: string): Promise<number> {
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) => http.get(url, resolve).on("error", reject));
  if (answer.statusCode !== 200) throw new Error(`expected the report, got HTTP ${answer.statusCode}`);
  return await lengthOf(answer);
}

function sourceOf(store: Store): ReportSource {
  const infos = Array.from({ length: SERIES }, (_, index) =>
    seriesInfo(index + 1, `house-${index}/air/temperature`, { period: micros(PERIOD) }),
  );
  const now = () => epochMicros(NOW);
  return { series: () => infos, store, now, zone: "Europe/Berlin", tzdata: process.versions.tz ?? "", quarantined: async () => new Map() };
}

async function fill(store: Store): Promise<void> {
  await store.open();
  for (let series = 1; series <= SERIES; series++) {
    const days = series <= WITH_A_YEAR ? 366 : 2;
    const buckets = Array.from({ length: days * 96 }, (_, index) => bucketOf(series, NOW - days * MICROS_PER_DAY + index * QUARTER));
    const hours = [2, 1].map((ago) => hourOf(series, epochMicros(NOW - ago * MICROS_PER_HOUR)));
    await store.put({ hours, buckets, progress: { position: series, note: "" } });
  }
}

/** Ninety readings of one quarter hour. */
function bucketOf(series: number, at: number): Bucket {
  const start = epochMicros(at);
  const value = 20 + 5 * Math.sin(at / MICROS_PER_DAY);
  const values = { n: 90, min: value - 1, max: value + 1, sum: 90 * value, first: value, last: value, weightedSum: value * QUARTER };
  return { series, start, firstAt: start, lastAt: start, ...values, covered: QUARTER, suspect: 0, bad: 0, late: 0, revision: 0 };
}

function hourOf(series: number, hour: EpochMicros): HourPut {
  const count = MICROS_PER_HOUR / PERIOD;
  const at = Float64Array.from({ length: count }, (_, index) => hour + index * PERIOD);
  const samples = { at, value: at.map((each) => 20 + Math.sin(each)), quality: new Uint8Array(count), late: new Uint8Array(count) };
  const none = new Float64Array();
  const values = { at: none, n: none, min: none, max: none, sum: none, first: none, last: none, lastAt: none };
  const summaries = { ...values, covered: none, weightedSum: none, quality: new Uint8Array(), late: new Uint8Array() };
  return {
    series,
    hour,
    whole: { samples, summaries },
    changedSamples: Array.from({ length: count }, (_, index) => index),
    changedSummaries: [],
  };
}
