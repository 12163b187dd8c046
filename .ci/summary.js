/**
 * summary: one line from Vitest's JSON report, `N passed, N failed, N skipped`; exit code 1 unless all is well.
 *
 * A test file that could not even be loaded counts as a failure; so does a run that wrote no report, because
 * the checks before it failed.
 */
import fs from "node:fs";

const [file = ""] = process.argv.slice(2);
const { passed, failed, skipped } = fs.existsSync(file)
  ? count(JSON.parse(fs.readFileSync(file, "utf8")))
  : { passed: 0, failed: 1, skipped: 0 };
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** @param {{ success: boolean, numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, testResults: { status: string, assertionResults: { status: string }[] }[] }} report */
function count(report) {
  const broken = report.testResults.filter(
    (result) => result.status === "failed" && !result.assertionResults.some((test) => test.status === "failed"),
  );
  const failed = report.numFailedTests + broken.length;
  return {
    passed: report.numPassedTests,
    failed: report.success ? failed : Math.max(1, failed),
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
