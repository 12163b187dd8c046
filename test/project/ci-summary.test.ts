/**
 * The last line of .ci/run is the truth about the test run, also where the run never came to its tests.
 */
import fs from "node:fs";
import { expect, test } from "vitest";
import { startProgram } from "../support/processes.ts";
import { inProject } from "../support/project-files.ts";
import { tempDir } from "../support/temp-dir.ts";

const PASSED = { status: "passed", assertionResults: [{ status: "passed" }] };
const FAILED = { status: "failed", assertionResults: [{ status: "failed" }] };
const NEVER_LOADED = { status: "failed", assertionResults: [] };
const COUNTS = { success: true, numPassedTests: 1, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };

async function summary(report: object | undefined): Promise<{ line: string; code: number | null }> {
  await using dir = await tempDir();
  if (report !== undefined) fs.writeFileSync(dir.join("tests.json"), JSON.stringify(report));
  await using program = await startProgram({ args: [inProject(".ci/summary.js"), dir.join("tests.json")] });
  const { code } = await program.ended;
  return { line: program.output(), code };
}

test("tests that passed and were skipped are a success", async () => {
  const report = { ...COUNTS, numPendingTests: 2, numTodoTests: 1, testResults: [PASSED] };
  expect(await summary(report)).toEqual({ line: "1 passed, 0 failed, 3 skipped\n", code: 0 });
});

test("a failed test is a failure", async () => {
  const report = { ...COUNTS, success: false, numFailedTests: 1, testResults: [PASSED, FAILED] };
  expect(await summary(report)).toEqual({ line: "1 passed, 1 failed, 0 skipped\n", code: 1 });
});

test("a test file that could not be loaded is a failure", async () => {
  const report = { ...COUNTS, success: false, testResults: [PASSED, NEVER_LOADED] };
  expect(await summary(report)).toEqual({ line: "1 passed, 1 failed, 0 skipped\n", code: 1 });
});

test("a run that failed outside of its tests is a failure", async () => {
  expect(await summary({ ...COUNTS, success: false, testResults: [PASSED] })).toEqual({ line: "1 passed, 1 failed, 0 skipped\n", code: 1 });
});

test("a run that wrote no report is a failure", async () => {
  expect(await summary(undefined)).toEqual({ line: "0 passed, 1 failed, 0 skipped\n", code: 1 });
});

test("a run without a single test is a failure", async () => {
  expect(await summary({ ...COUNTS, numPassedTests: 0, testResults: [] })).toMatchObject({ code: 1 });
});
