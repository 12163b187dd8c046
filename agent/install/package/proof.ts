/**
 * proof: the bundles pass the tests of the sources before they are packed, on their own runtime and binding.
 *
 * Which tests: every test file that starts our programs through test/support. They run on the packages' Node, and
 * TRIBUTARY_PROGRAMS makes them start the packages' launchers in place of the sources.
 */
import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { RUNTIME_NODE } from "./runtime.ts";
import type { Workshop } from "./workshop.ts";

const STARTS_PROGRAMS = /support\/(processes|whole-path)\.ts"/;

/** @param root the packages' files, laid out as on a device. @returns the test files. @throws Fault `tool_failed`. */
export async function proveBundles({ project, run }: Workshop, root: string): Promise<readonly string[]> {
  const tests: string[] = [];
  for await (const file of glob("test/**/*.test.ts", { cwd: project, exclude: ["test/canary/**", "test/agent/install/**"] }))
    if (STARTS_PROGRAMS.test(await readFile(path.join(project, file), "utf8"))) tests.push(file);
  await run(path.join(root, RUNTIME_NODE), ["node_modules/vitest/vitest.mjs", "run", ...tests.sort()], {
    cwd: project,
    env: { TRIBUTARY_PROGRAMS: root },
    isShown: true,
  });
  return tests;
}
