/**
 * answers: what the collector's API says, as far as the page shows it. `/api/v1/openapi.json` has all of it.
 */
export interface CollectorStatus {
  /** Where agents reach it. */
  readonly mqtt: string;
  readonly clock_trusted: boolean;
}

export interface AgentInfo {
  readonly agent: string;
  readonly online: boolean;
  /** ISO instants. */
  readonly last_hello: string | null;
  readonly last_batch: string | null;
  readonly software: string | null;
  /** When it last connected: was its clock vouched for, and by what. */
  readonly clock_trusted: boolean | null;
  readonly clock_source: string | null;
  /** Batches that waited in its spool when it last connected. */
  readonly pending: number | null;
}

export interface AgentAccount {
  readonly agent: string;
  readonly received: number;
  readonly stored: number;
  readonly quarantined: number;
  readonly lost: Readonly<Record<string, number>>;
  readonly missingBatches: number;
  readonly pendingBatches: number;
  readonly balanced: boolean;
}

export interface SeriesInfo {
  readonly id: string;
  /** Unit and kind are identity: where one changed there is another version. */
  readonly version: number;
  readonly unit: string;
  readonly kind: string;
  readonly sampling: string;
  readonly period_seconds: number;
  /** ISO instants; null before the first reading. */
  readonly from: string | null;
  readonly to: string | null;
}

export interface Report {
  /** IANA zone of its rows. */
  readonly zone: string;
  readonly tzdata: string;
  readonly rows: readonly ReportRow[];
}

/** Of the columns that are asked for. */
export interface ReportRow {
  /** Its start on the local clock, with offset. */
  readonly hour?: string;
  readonly day?: string;
  readonly week?: string;
  readonly month?: string;
  /** ISO instants. */
  readonly start: string;
  readonly end: string;
  readonly series: string;
  readonly version: number;
  readonly min: number | null;
  readonly avg: number | null;
  readonly max: number | null;
  readonly unit_shown: string;
  readonly count: number;
  readonly coverage_percent: number | null;
  readonly quarantined: number;
  readonly notes: string;
}

/** A stored reading, or a window that the device summarised. */
export interface Sample {
  readonly series: string;
  readonly version: number;
  /** ISO instant; of a summary its first reading. */
  readonly at: string;
  /** Of a summary the mean. */
  readonly value: number;
  readonly quality: "good" | "suspect" | "bad";
  readonly kind: "sample" | "summary";
  /** Readings it stands for. */
  readonly n: number;
  readonly min: number;
  readonly max: number;
  readonly late: boolean;
}
