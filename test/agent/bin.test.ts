import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { needs } from "../support/needs.ts";
import { ROOT } from "../support/project-files.ts";

const BINS = ["agent/bin.js", "collector/bin.js", "simulators/bin.js"];

interface Ended {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function run(node: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(node, args, (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, stdout, stderr }));
  });
}

describe.each(BINS)("%s", (bin) => {
  test("tells an older Node what came, what is needed and how to get it, and loads nothing", async () => {
    const node = needs("old_node");
    const { code, stdout, stderr } = await run(node, [path.join(ROOT, bin), "--version"]);
    expect(code).toBe(69);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^expected Node 22\.18 or newer, got \d+\.\d+\.\d+ \(.*node\)\n {2}-> install Node 24: https:\/\/nodejs\.org/);
    expect(stderr).toContain(node);
  });

  test("starts the program under this Node", async () => {
    const { code, stdout, stderr } = await run(process.execPath, [path.join(ROOT, bin), "--help"]);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^Usage: tributary-(agent|collector|simulate) /);
    expect(code).toBe(0);
  });

  test("may be executed, and asks for the version before it imports anything", async () => {
    const file = path.join(ROOT, bin);
    expect((await stat(file)).mode & 0o111).toBe(0o111);
    const text = await readFile(file, "utf8");
    expect(text).not.toMatch(/^\s*(import\s|export\s|await\s)/m); // one static import, and an old Node stops at parsing
    expect(text).toBe(await readFile(path.join(ROOT, "agent/bin.js"), "utf8"));
  });
});
