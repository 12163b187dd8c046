import { expect, test } from "vitest";
import { describeJobs, exitCodeOfJobs } from "../../../collector/commands/jobs.ts";
import type { JobStatus } from "../../../collector/schedule/scheduler.ts";

const WELL: JobStatus = {
  name: "stats",
  report: "hourly",
  cron: "5 * * * *",
  time_zone: "UTC",
  to: "post http://a.example/load",
  next: "2026-11-20T12:05:00.000Z",
  last: {
    period: { from: "2026-11-20T10:00:00.000Z", to: "2026-11-20T11:00:00.000Z" },
    state: "delivered",
    attempts: 1,
    done: "2026-11-20T11:05:00.000Z",
    fault: null,
  },
  pending: 0,
  waiting: null,
  failed: [],
  trouble: null,
};

test("a report that goes its way is one line", () => {
  expect(describeJobs([WELL]).split("\n")[2]).toBe(
    "stats  hourly  2026-11-20T10:00Z  delivered  2026-11-20T12:05Z        0  post http://a.example/load",
  );
  expect(exitCodeOfJobs([WELL])).toBe(0);
});

test("a receiver that is down, and a report that was refused, are told with what to do", () => {
  const fault = { code: "report_refused", message: "http://a.example/load: got HTTP 401", hint: "give the right token_file" };
  const failed = WELL.last === null ? [] : [{ ...WELL.last, state: "refused" as const, fault }];
  const down: JobStatus = {
    ...WELL,
    last: null,
    next: null,
    pending: 3,
    failed,
    trouble: { code: "receiver_busy", message: "got HTTP 503" },
  };
  const text = describeJobs([down]);
  expect(text).toContain("stats: got HTTP 503\n");
  expect(text).toContain(
    "stats: 2026-11-20T10:00Z was refused after 1 attempt: http://a.example/load: got HTTP 401\n  -> give the right token_file\n",
  );
  expect(exitCodeOfJobs([WELL, down])).toBe(1);
});

test("without any report it is said how to have one", () => {
  expect(describeJobs([])).toContain("reports:");
});
