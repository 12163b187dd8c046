/**
 * A year of many series is made while it is read: what is held in between does not grow with it.
 *
 * The store is a real one in a file. Growth is of what is reachable, so the collector runs before each measurement.
 */
import v8 from "node:v8";
import vm from "node:vm";
import { expect, test } from "vitest";
import type { ReportFormat } from "../../../collector/report/query.ts";
import { openReport } from "../../../collector/report/report.ts";
import type { ReportSource } from "../../../collector/report/source.ts";
import type { Bucket, Store } from "../../../collector/stores/contract.ts";
import { createSqliteStore } from "../../../collector/stores/sqlite.ts";
import { epochMicros, MICROS_PER_HOUR, micros } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { instant, seriesInfo } from "./report-bench.ts";

const MB = 1_048_576;
/** A year of one series is 2.1 MB of CSV; of ten they must not all be held. */
const MOST_GROWTH = 16 * MB;
/** The footer of a parquet file stands at its end, so it is held: some bytes a row, against some 70 a row in the file. */
const FOOTER_BYTES_PER_ROW = 8;
const SERIES = effort("series of a year", { quick: 10, test: 12, prove: 1_000 });
const HOURS = 8_760;
const [FROM, TO] = ["2025-01-01", "2026-01-01"];
const ONE_AN_HOUR = { period: micros(MICROS_PER_HOUR) };

/** One reading an hour: the bucket of its quarter, and the held value in the other three. */
function yearOf(series: number): Bucket[] {
  const start = instant(`${FROM}T00:00:00Z`);
  return Array.from({ length: HOURS }, (_, index) => {
    const at = epochMicros(start + index * MICROS_PER_HOUR);
    const value = series + Math.sin(index);
    const values = { n: 1, min: value, max: value, sum: value, first: value, last: value, weightedSum: value * 900e6 };
    return { series, start: at, firstAt: at, lastAt: at, ...values, covered: 900e6, suspect: 0, bad: 0, late: 0, revision: 0 };
  });
}

async function fill(store: Store): Promise<void> {
  await store.open();
  for (let number = 1; number <= SERIES; number++) {
    await store.put({ hours: [], buckets: yearOf(number), progress: { position: number, note: "" } });
  }
}

v8.setFlagsFromString("--expose-gc");
const collectGarbage = vm.runInNewContext("gc") as () => void;

function reachable(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Reads a report of the year to its end, and measures whenever it has read so much of the store. */
async function read(source: ReportSource, format: ReportFormat) {
  const before = reachable();
  const every = Math.ceil((SERIES * 12) / 15);
  let [reads, bytes, growth] = [0, 0, 0];
  const buckets: Store["buckets"] = (...asked) => {
    if (++reads % every === 0) growth = Math.max(growth, reachable() - before);
    return source.store.buckets(...asked);
  };
  const { loadHour, lastBefore, extent } = source.store;
  const measured = { ...source, store: { buckets, loadHour, lastBefore, extent } };
  for await (const piece of openReport("hourly", { from: FROM, to: TO, format }, measured, "csv").pieces) bytes += piece.length;
  return { bytes, growth };
}

test(
  "a year of every series in any file format is streamed, in memory that is bounded",
  async () => {
    await using dir = await tempDir();
    const store = createSqliteStore({ file: dir.join("store.db"), access: "write" });
    await fill(store);
    const infos = Array.from({ length: SERIES }, (_, index) => seriesInfo(index + 1, `house-${index}/air/temperature`, ONE_AN_HOUR));
    const now = () => epochMicros(instant("2026-02-01T00:00:00Z"));
    const quarantined = async () => new Map();
    const source: ReportSource = { series: () => infos, store, now, zone: "UTC", tzdata: "2026x", quarantined };
    for await (const _ of openReport("hourly", { from: FROM, to: "2025-02-01" }, source, "csv").pieces); // compiled code is no growth
    for (const format of ["csv", "json", "ndjson", "parquet"] as const) {
      const { bytes, growth } = await read(source, format);
      console.info(
        `${format}: ${SERIES} series, ${SERIES * HOURS} rows, ${Math.round(bytes / MB)} MB, grew by ${(growth / MB).toFixed(1)} MB`,
      );
      expect(bytes).toBeGreaterThan(SERIES * HOURS * (format === "parquet" ? 4 : 100));
      expect(growth).toBeLessThan(MOST_GROWTH + (format === "parquet" ? SERIES * HOURS * FOOTER_BYTES_PER_ROW : 0));
    }
    await store.close();
  },
  effort("minutes for a year", { quick: 2, test: 2, prove: 60 }) * 60_000,
);
