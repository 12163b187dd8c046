/**
 * The tests in two projects: `quick` in parallel, then `end-to-end` (real processes, long runs) two files at a time.
 * TRIBUTARY_TEST_REPORT names a file for a JSON report beside the usual output.
 */
import { defineConfig } from "vitest/config";
import { limitMs } from "./test/support/effort.ts";

const report = process.env.TRIBUTARY_TEST_REPORT;

export default defineConfig({
  test: {
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
    projects: [
      {
        test: {
          name: "quick",
          include: ["test/**/*.test.ts"],
          exclude: ["test/end-to-end/**", "test/canary/**"],
          testTimeout: limitMs(30_000),
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "end-to-end",
          include: ["test/end-to-end/**/*.test.ts"],
          globalSetup: ["test/support/built-console.ts"],
          // Two files at a time: most of their time they wait for processes.
          maxWorkers: 2,
          testTimeout: limitMs(600_000),
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
