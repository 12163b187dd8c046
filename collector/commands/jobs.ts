/**
 * jobs: the scheduled reports of the running collector as a table, then what a person should know of each.
 */
import { layOut, type TableColumn } from "../report/layout.ts";
import type { JobStatus, RunStatus } from "../schedule/scheduler.ts";

const COLUMNS: readonly TableColumn[] = [
  { title: "name", align: "left" },
  { title: "report", align: "left" },
  { title: "last", align: "left" },
  { title: "result", align: "left" },
  { title: "next", align: "left" },
  { title: "waiting", align: "right" },
  { title: "to", align: "left" },
];

export function describeJobs(jobs: readonly JobStatus[]): string {
  if (jobs.length === 0) return "There are no scheduled reports: write them under reports: in the collector's config.\n";
  const rows = jobs.map(({ name, report, last, next, pending, to }) => [
    name,
    report,
    minute(last?.period.from),
    last?.state ?? "-",
    minute(next),
    String(pending),
    to,
  ]);
  return layOut(COLUMNS, rows) + jobs.flatMap(remarks).join("");
}

/** 0 where every report goes its way, 1 where one waits for a person or its receiver. */
export function exitCodeOfJobs(jobs: readonly JobStatus[]): number {
  return jobs.every(({ trouble, failed }) => trouble === null && failed.length === 0) ? 0 : 1;
}

function remarks({ name, trouble, failed }: JobStatus): readonly string[] {
  const now = trouble === null ? [] : [`\n${name}: ${trouble.message}\n${remedy(trouble.hint)}`];
  return [...now, ...failed.map((run) => `\n${name}: ${told(run)}`)];
}

function told({ period, state, attempts, fault }: RunStatus): string {
  const asked = `${attempts} attempt${attempts === 1 ? "" : "s"}`;
  return `${minute(period.from)} was ${state} after ${asked}${fault === null ? "" : `: ${fault.message}\n${remedy(fault.hint).trimEnd()}`}\n`;
}

function remedy(hint: string | undefined): string {
  return hint === undefined ? "" : `  -> ${hint}\n`;
}

function minute(instant: string | null | undefined): string {
  return instant === null || instant === undefined ? "-" : `${instant.slice(0, 16)}Z`;
}
