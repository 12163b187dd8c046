/**
 * scheduler: all scheduled reports of a collector, and what is to be said of them.
 */
import { bug, type Environment, type EpochMicros, isoInstant, withoutQuery } from "../../protocol/index.ts";
import type { ReportDestination, ReportJob } from "../config/config.ts";
import { openReport } from "../report/report.ts";
import type { ReportSource } from "../report/source.ts";
import type { Deliver, Delivery } from "./delivery.ts";
import { Job } from "./job.ts";
import { fillTemplate, runKey } from "./run-period.ts";
import { faultOfRun, type Run, type RunFault, type Runs } from "./runs.ts";
import { toFolder } from "./to-folder.ts";
import { toMqtt } from "./to-mqtt.ts";
import { toPost } from "./to-post.ts";
import { isUnderWay, type UnderWaySource } from "./under-way.ts";

export interface SchedulerParts {
  readonly jobs: readonly ReportJob[];
  readonly runs: Runs;
  readonly source: ReportSource;
  readonly underWay: Pick<UnderWaySource, "store" | "pendingAgents">;
  readonly isClockTrusted: () => boolean;
  readonly environment: Environment;
  readonly onBug: (error: unknown) => void;
}

/** One run as plain JSON. */
export interface RunStatus {
  readonly period: { readonly from: string; readonly to: string };
  readonly state: Run["state"];
  readonly attempts: number;
  /** When it came to its end; null while it is pending. */
  readonly done: string | null;
  readonly fault: RunFault | null;
}

export interface JobStatus {
  readonly name: string;
  readonly report: string;
  readonly cron: string;
  readonly time_zone: string;
  readonly to: string;
  /** null where the cron line never comes, or nobody vouches for the clock. */
  readonly next: string | null;
  readonly last: RunStatus | null;
  readonly pending: number;
  /** The oldest run that waits. */
  readonly waiting: RunStatus | null;
  /** Refused or expired, the newest first, at most five. */
  readonly failed: readonly RunStatus[];
  /** What keeps it from being delivered now. */
  readonly trouble: RunFault | null;
}

const SHOWN_FAILURES = 5;

export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #jobs: ReadonlyMap<string, Job>;
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(parts: SchedulerParts) {
    const { runs, environment, isClockTrusted, source, underWay } = parts;
    const { clock, random, log } = environment;
    const waiting: UnderWaySource = { ...underWay, series: () => source.series(), now: () => source.now() };
    this.#parts = parts;
    this.#jobs = new Map(
      parts.jobs.map((job) => [
        job.name,
        new Job({
          job,
          runs,
          make: (run) => makeDelivery(source, job, run),
          deliver: destinationOf(job.to),
          isUnderWay: (run) => isUnderWay(waiting, job.series, run),
          isClockTrusted,
          clock,
          random,
          log,
          signal: this.#stopping.signal,
        }),
      ]),
    );
  }

  start(): void {
    this.#running = Promise.all([...this.#jobs.values()].map((job) => job.run())).catch(this.#parts.onBug);
  }

  status(): readonly JobStatus[] {
    return this.#parts.jobs.map((job) => this.#statusOf(job));
  }

  /** Breaks off what is under way; it is tried again at the next start. May be called twice. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the collector stops"));
    await this.#running;
  }

  #statusOf({ name, report, cron, timeZone, to }: ReportJob): JobStatus {
    const { runs, isClockTrusted } = this.#parts;
    const job = this.#jobs.get(name) ?? bug(`no job ${name}`);
    const pending = runs.pending(name);
    const [last, oldest, next] = [runs.lastDone(name), pending[0], isClockTrusted() ? job.next() : undefined];
    return {
      name,
      report,
      cron,
      time_zone: timeZone,
      to: shownDestination(to),
      next: next === undefined ? null : isoInstant(next),
      last: last === undefined ? null : statusOfRun(last),
      pending: pending.length,
      waiting: oldest === undefined ? null : statusOfRun(oldest),
      failed: runs.failed(name, SHOWN_FAILURES).map(statusOfRun),
      trouble: job.trouble === undefined ? null : faultOfRun(job.trouble),
    };
  }
}

/** Everything that can be wrong with the question is thrown here, before the first piece. */
function makeDelivery(source: ReportSource, job: ReportJob, run: Run): Delivery {
  const { report, series, format, columns, mean, timeZone, to } = job;
  const isWindow = typeof job.span === "number";
  // A window ends when it was due, however late it is delivered.
  const asOf = isWindow ? { ...source, now: (): EpochMicros => run.dueAt } : source;
  const span = isWindow ? { span: `${job.span / 1_000}ms` } : { from: isoInstant(run.from), to: isoInstant(run.to) };
  const made = openReport(report, { series, ...span, tz: timeZone, format, columns, mean }, asOf, format);
  const fileName = fillTemplate(to.kind === "folder" ? to.file : `{name}-{from}.${format}`, job, run);
  return { key: runKey(job.name, run), fileName, contentType: made.contentType, pieces: made.pieces };
}

function destinationOf(to: ReportDestination): Deliver {
  if (to.kind === "folder") return toFolder(to.folder);
  return to.kind === "post" ? toPost(to) : toMqtt(to);
}

function shownDestination(to: ReportDestination): string {
  if (to.kind === "folder") return `folder ${to.folder}`;
  return to.kind === "post" ? `post ${withoutQuery(to.url)}` : `mqtt ${to.broker} ${to.topic}`;
}

function statusOfRun({ from, to, state, attempts, doneAt, fault }: Run): RunStatus {
  const period = { from: isoInstant(from), to: isoInstant(to) };
  return { period, state, attempts, done: doneAt === null ? null : isoInstant(doneAt), fault };
}
