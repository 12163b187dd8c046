/**
 * job-bench: one job over a real table and a real destination, on a clock that the test moves.
 */

import type { ReportJob } from "../../../collector/config/config.ts";
import { openDatabase } from "../../../collector/ingest/schema.ts";
import type { Deliver } from "../../../collector/schedule/delivery.ts";
import { Job } from "../../../collector/schedule/job.ts";
import { runKey } from "../../../collector/schedule/run-period.ts";
import { type Run, Runs } from "../../../collector/schedule/runs.ts";
import { epochMicros, isoInstant, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, micros } from "../../../protocol/index.ts";
import { eventually } from "../../support/eventually.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { quietLog } from "../../support/quiet-log.ts";
import { seededRandom } from "../../support/seeded-random.ts";

export const MINUTE = MICROS_PER_MINUTE;
export const HOUR = MICROS_PER_HOUR;
const STEP = 5_000_000;
/** A Friday. */
export const START = epochMicros(Date.parse("2026-11-20T10:00:00Z") * 1_000);

export const HOURLY: ReportJob = {
  name: "stats",
  cron: "5 * * * *",
  timeZone: "UTC",
  report: "hourly",
  span: "hour",
  series: undefined,
  format: "csv",
  columns: undefined,
  mean: undefined,
  wait: micros(10 * MICROS_PER_MINUTE),
  retryFor: micros(7 * MICROS_PER_DAY),
  to: { kind: "folder", folder: "/nowhere", file: "{name}" },
};

export interface BenchOptions {
  readonly job?: Partial<ReportJob>;
  readonly deliver: Deliver;
}

export function jobBench({ job: changes = {}, deliver }: BenchOptions) {
  const time = manualClock({ wall: START });
  const log = quietLog();
  const db = openDatabase(":memory:", false);
  const runs = new Runs(db);
  const job = { ...HOURLY, ...changes };
  const world = { isClockTrusted: true, isUnderWay: false };
  let stop = new AbortController();
  let running: { readonly job: Job; readonly ended: Promise<void> } | undefined;

  const start = () => {
    stop = new AbortController();
    const made = new Job({
      job,
      runs,
      make: (run) => ({ key: runKey(job.name, run), fileName: "f.csv", contentType: "text/csv", pieces: pieces(run) }),
      deliver,
      isUnderWay: async () => world.isUnderWay,
      isClockTrusted: () => world.isClockTrusted,
      clock: time.clock,
      random: seededRandom("job", 1),
      log,
      signal: stop.signal,
    });
    running = { job: made, ended: made.run() };
    return made;
  };

  return {
    time,
    log,
    db,
    runs,
    world,
    start,
    async stop() {
      stop.abort(new Error("stop"));
      await running?.ended;
    },
    /** Passes time in small steps; it stands still while a delivery is under way. */
    async pass(span: number) {
      for (let passed = 0; passed < span; passed += STEP) {
        await time.advance(STEP);
        await eventually(
          () => time.pending(),
          (names) => names.includes(`report ${job.name}`),
          1,
        );
      }
    },
    /** Periods and how they stand: `10:00 delivered`. */
    states: () =>
      (db.prepare("SELECT period_from AS at, state FROM report_run ORDER BY due_at").all() as { at: number; state: string }[]).map(
        ({ at, state }) => `${isoInstant(epochMicros(at)).slice(11, 16)} ${state}`,
      ),
  };
}

async function* pieces({ from }: Run): AsyncGenerator<string> {
  yield "hour\n";
  yield `${isoInstant(from)}\n`;
}
