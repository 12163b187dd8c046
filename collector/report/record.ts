/**
 * record: a row as files carry it, the same names and numbers in CSV and JSON.
 *
 * Numbers are whole doubles, not rounded; what is unknown is null (empty in CSV); units are UCUM codes.
 */
import { MICROS_PER_SECOND } from "../../protocol/index.ts";
import type { ReportRow } from "./fold-row.ts";
import type { PeriodKind } from "./periods.ts";

export type ReportRecord = Readonly<Record<string, string | number | null>>;

/** Percent to three decimals, rounded down: 100 means all of it. */
function percent(share: number | null): number | null {
  return share === null ? null : Math.floor(share * 100_000) / 1_000;
}

export function recordOf(kind: PeriodKind, row: ReportRow): ReportRecord {
  return {
    [kind]: row.period.label,
    series: row.series.id,
    version: row.series.version,
    min: row.min,
    avg: row.avg,
    max: row.max,
    unit: row.series.spec.unit,
    count: row.count,
    coverage_percent: percent(row.coverage),
    mean: row.mean,
    avg_samples: row.avgSamples,
    avg_time: row.avgTime,
    sum: row.sum,
    first: row.first,
    last: row.last,
    covered_seconds: row.covered / MICROS_PER_SECOND,
    late: row.late,
    quarantined: row.quarantined,
    suspect: row.suspect,
    bad: row.bad,
    state: row.state,
    revision: row.revision,
  };
}

/** Names of the fields, in order. */
export function recordFields(kind: PeriodKind): readonly string[] {
  return [kind, ...FIELDS];
}

const FIELDS = [
  ...["series", "version", "min", "avg", "max", "unit", "count", "coverage_percent", "mean", "avg_samples", "avg_time", "sum"],
  ...["first", "last", "covered_seconds", "late", "quarantined", "suspect", "bad", "state", "revision"],
];
