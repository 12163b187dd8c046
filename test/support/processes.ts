/**
 * processes: programs of ours as real processes, for tests that must see them as a user does: see `program.ts`. A program
 * is ended at the end of `await using`, else after the test file.
 */
import { afterAll } from "vitest";
import { launchProgram, runningPrograms } from "./program.ts";

export type { Ended, Program } from "./program.ts";

afterAll(async () => {
  await Promise.all(runningPrograms().map((program) => program.kill()));
});

export const startProgram = launchProgram;
