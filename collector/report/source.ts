/**
 * source: what a report is made from. The program hands it in, from the running collector or from its files.
 */
import type { EpochMicros } from "../../protocol/index.ts";
import type { SeriesInfo } from "../rollup/series.ts";
import type { SeriesNumber, Span, Store } from "../stores/contract.ts";

export interface ReportSource {
  /** Every series there is, in any order. */
  series(): readonly SeriesInfo[];
  readonly store: Pick<Store, "buckets" | "extent" | "loadHour" | "lastBefore">;
  now(): EpochMicros;
  /** IANA zone of reports that ask for none: the config's, else the machine's. */
  readonly zone: string;
  /** Version of the time zone rules (`process.versions.tz`). */
  readonly tzdata: string;
  /** Refused readings of one series whose instants lie inside the span, by start of their quarter hour. */
  quarantined(series: SeriesNumber, span: Span): Promise<ReadonlyMap<EpochMicros, number>>;
}
