import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
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
    expect(withoutPool(text)).toBe(withoutPool(await readFile(path.join(ROOT, "agent/bin.js"), "utf8")));
  });
});

/** The agent alone reads what may hang: its bin has three lines more. */
function withoutPool(text: string): string {
  return text.replace(/(?: {2}\/\/.*\n)+ {2}if \(process\.env\.UV_THREADPOOL_SIZE .*\n/, "");
}

describe("the agent's pool of threads", () => {
  const BIN = path.join(ROOT, "agent/bin.js");

  async function threadsWith(env: Readonly<Record<string, string>>): Promise<number> {
    const { UV_THREADPOOL_SIZE: _, ...inherited } = process.env;
    const script = `process.argv = ["node", "tributary-agent", "--version"];
      await import(${JSON.stringify(BIN)});
      await import(${JSON.stringify(path.join(ROOT, "agent/main.ts"))}); // which bin has begun to load
      console.log((await import("node:fs")).readdirSync("/proc/self/task").length);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
      env: { ...inherited, ...env },
    });
    return Number(stdout.trim().split("\n").at(-1));
  }

  test("has 64, or as many as the user says", async () => {
    const [few = 0, many = 0, own = 0] = await Promise.all(
      [{ UV_THREADPOOL_SIZE: "4" }, {}, { UV_THREADPOOL_SIZE: "20" }].map(threadsWith),
    );
    expect(many - few).toBe(60);
    expect(own - few).toBe(16);
  });
});
