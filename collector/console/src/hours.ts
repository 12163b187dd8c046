/**
 * hours: the hourly report of one series, asked for and made ready to be drawn.
 */
import type { ReportRow } from "./answers.ts";
import { api } from "./api.ts";
import { msOf } from "./instant.ts";

export interface Hour extends ReportRow {
  /** Milliseconds since the Unix epoch. */
  readonly from: number;
  readonly to: number;
}

export interface Hours {
  /** IANA zone in which they are hours. */
  readonly zone: string;
  /** As a person reads it. */
  readonly unit: string;
  /** Ascending, without a hole: an hour without readings is there with count 0. */
  readonly hours: readonly Hour[];
}

const COLUMNS = "start,end,series,version,min,avg,max,unit_shown,count,coverage_percent,quarantined,notes";

/**
 * Of the newest version of a series.
 * @param tz IANA name, or "" for the collector's zone. @param last `24h`, `7d` ...
 * @throws Problem
 */
export async function askHours(series: string, tz: string, last: string, signal: AbortSignal): Promise<Hours> {
  const { zone, rows } = await api.report("hourly", { series, tz, last, columns: COLUMNS }, signal);
  const newest = Math.max(...rows.map(({ version }) => version));
  const hours = rows.filter(({ version }) => version === newest).map((row) => ({ ...row, from: msOf(row.start), to: msOf(row.end) }));
  return { zone, unit: hours[0]?.unit_shown ?? "", hours };
}
