/**
 * From nothing to readings: `scan` writes a config for the machine it finds, `check` accepts it, `run` runs it.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { askControl } from "../../protocol/index.ts";
import { eventually } from "../support/eventually.ts";
import { barePi, fullPi } from "../support/pi.ts";
import { type Ended, startProgram } from "../support/processes.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";

async function agent(...args: readonly string[]): Promise<Ended & { readonly output: string }> {
  await using program = await startProgram({ args: ["agent/bin.js", ...args] });
  const ended = await program.ended;
  return { ...ended, output: program.output() };
}

/** As written, but with a spool that a test may write and often enough for one. */
async function movedTo(dir: TempDir, file: string): Promise<string> {
  const text = await fs.readFile(file, "utf8");
  const moved = dir.join("moved.yaml");
  expect(text).toContain("path: /var/lib/tributary/spool.db");
  await fs.writeFile(
    moved,
    text
      .replace("/var/lib/tributary", dir.path)
      .replace(/keep_free: \w+/, "keep_free: 1MB")
      .replaceAll("every: 10s", "every: 1s"),
  );
  return moved;
}

/** One whose chips change while they are read, as `tributary-simulate` makes it. */
async function livingPi(): Promise<TempDir> {
  const dir = await tempDir();
  const device = await startProgram({ args: ["simulators/bin.js", "device", "sysfs", "--dir", dir.join("pi"), "--every", "100ms"] });
  await device.line(/^A machine with 12 chips lives in/);
  return {
    path: dir.join("pi"),
    join: (...parts) => dir.join("pi", ...parts),
    async [Symbol.asyncDispose]() {
      expect(await device.kill("SIGINT")).toEqual({ code: 0, signal: null });
      await dir[Symbol.asyncDispose]();
    },
  };
}

interface Answer {
  readonly sensors: readonly { readonly name: string; readonly tally: { readonly read: number; readonly failed: object } }[];
}

test.each([
  ["a bare Pi", barePi, 2],
  ["a Pi with everything", fullPi, 12],
  ["a simulated machine that lives", livingPi, 13],
])("on %s every sensor of the written config gives readings, and none fails", async (_title, machine, count) => {
  await using tree = await machine();
  const file = tree.join("agent.yaml");
  expect(await agent("scan", "--root", tree.path, "--write", file)).toMatchObject({
    code: 0,
    output: expect.stringContaining(`Written to ${file}`),
  });
  expect(await agent("check", "--config", file)).toMatchObject({ code: 0 });

  const config = await movedTo(tree, file);
  await using running = await startProgram({ args: ["agent/bin.js", "run", "--config", config] });
  await running.line(/^Next: tributary-agent status/);
  const { sensors } = await eventually(
    async () => (await askControl(path.join(tree.path, "agent.sock"), "/api/v1/status")) as Answer,
    (answer) => answer.sensors.every(({ tally }) => tally.read > 0),
  );
  expect(sensors).toHaveLength(count);
  expect(sensors.map(({ tally }) => tally.failed)).toEqual(sensors.map(() => ({})));
  expect(await running.kill("SIGTERM")).toEqual({ code: 0, signal: null });
});

test("a config that is there already is left alone, with exit code 1 and what to do", async () => {
  await using tree = await barePi();
  await fs.writeFile(tree.join("agent.yaml"), "mine\n");
  const { code, output } = await agent("scan", "--root", tree.path, "--write", tree.join("agent.yaml"));
  expect([code, output]).toEqual([1, expect.stringContaining("expected no file there yet")]);
  expect(await fs.readFile(tree.join("agent.yaml"), "utf8")).toBe("mine\n");
});

test("this machine itself can be scanned, and its config is accepted", async () => {
  await using tree = await barePi();
  const file = tree.join("own.yaml");
  expect((await agent("scan", "--write", file)).code).toBe(0);
  expect(await fs.readFile(file, "utf8")).not.toContain("root:");
  expect((await agent("check", "--config", file)).code).toBe(0);
});
