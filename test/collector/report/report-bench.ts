/**
 * report-bench: a real store with generated readings, and reports made from it, for tests.
 */
import type { ReportName } from "../../../collector/report/format.ts";
import type { ReportQuery } from "../../../collector/report/query.ts";
import { openReport } from "../../../collector/report/report.ts";
import type { ReportSource } from "../../../collector/report/source.ts";
import type { SeriesInfo } from "../../../collector/rollup/series.ts";
import type { Store } from "../../../collector/stores/contract.ts";
import { createSqliteStore } from "../../../collector/stores/sqlite.ts";
import { type EpochMicros, epochMicros, type SeriesSpec, seriesId } from "../../../protocol/index.ts";
import { type AnyReading, batchOf, mergeWhole, spec } from "../rollup/batches.ts";

export function seriesInfo(number: number, id: string, fields: Partial<SeriesSpec> = {}, version = 1): SeriesInfo {
  const [agent = "", sensor = "", channel = ""] = id.split("/");
  return { number, id: seriesId(agent, sensor, channel), spec: spec({ sensor, channel, ...fields }), version };
}

/** The record of one row as the JSON format carries it. */
export type JsonRow = Readonly<Record<string, string | number | null>> & {
  readonly hour: string;
  readonly day: string;
};

export interface ReportBench extends AsyncDisposable {
  readonly source: ReportSource;
  readonly store: Store;
  readonly quarantined: Map<EpochMicros, number>;
  setNow(at: number): void;
  /** Loads readings as one batch. @param receivedAt default: now. */
  load(readings: readonly AnyReading[], receivedAt?: number): Promise<void>;
  text(query: ReportQuery, report?: ReportName): Promise<string>;
  bytes(query: ReportQuery, report?: ReportName): Promise<Uint8Array<ArrayBuffer>>;
  rows(query: Omit<ReportQuery, "format">, report?: ReportName): Promise<readonly JsonRow[]>;
}

export async function reportBench(series: readonly SeriesInfo[], zone = "UTC"): Promise<ReportBench> {
  const store = createSqliteStore({ file: ":memory:", access: "write" });
  await store.open();
  const specs = new Map(series.map((info) => [info.number, info.spec]));
  const quarantined = new Map<EpochMicros, number>();
  let now = 0;
  let row = 0;
  const source: ReportSource = {
    series: () => series,
    store,
    now: () => epochMicros(now),
    zone,
    tzdata: "2026x",
    quarantined: async () => quarantined,
  };
  const bytes = async (query: ReportQuery, report: ReportName = "hourly") => {
    const pieces: Uint8Array[] = [];
    for await (const piece of openReport(report, query, source, "table").pieces) pieces.push(Buffer.from(piece));
    return Uint8Array.from(Buffer.concat(pieces));
  };
  const text = async (query: ReportQuery, report?: ReportName) => Buffer.from(await bytes(query, report)).toString();
  return {
    source,
    store,
    quarantined,
    setNow: (at) => {
      now = at;
    },
    async load(readings, receivedAt = now) {
      const merged = await mergeWhole(store, [batchOf({ row: ++row, receivedAt, readings }, specs)], epochMicros(now));
      await store.put({ ...merged.unit, progress: { position: row, note: "" } });
    },
    text,
    bytes,
    rows: async (query, report = "hourly") => JSON.parse(await text({ ...query, format: "json" }, report)).rows,
    [Symbol.asyncDispose]: () => store.close(),
  };
}

/** Microseconds of an ISO instant. */
export function instant(iso: string): number {
  return Date.parse(iso) * 1_000;
}
