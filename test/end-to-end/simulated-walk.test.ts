/**
 * The walk of simulators/README.md, as it stands there, in an empty folder: only its ports are others.
 */
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Program, startProgram } from "../support/processes.ts";
import { inProject } from "../support/project-files.ts";
import { tempDir } from "../support/temp-dir.ts";

const run = promisify(execFile);

/** Commands as a shell sees them: lines, and lines with the text that follows them up to END. */
async function walk(): Promise<readonly string[]> {
  const [, text = ""] = /```sh walk\n(.*?)```/s.exec(await fs.readFile(inProject("simulators/README.md"), "utf8")) ?? [];
  return text.match(/^.*<<'END'\n(?:.*\n)*?END\n|^.+\n/gm) ?? [];
}

/** The three programs by their names, for a shell. */
async function programs(folder: string): Promise<string> {
  await fs.mkdir(folder);
  for (const [name, place] of Object.entries({ agent: "agent", collector: "collector", simulate: "simulators" })) {
    const script = `#!/bin/sh\nexec '${process.execPath}' '${inProject(place, "bin.js")}' "$@"\n`;
    await fs.writeFile(path.join(folder, `tributary-${name}`), script, { mode: 0o755 });
  }
  return `${folder}:${process.env.PATH}`;
}

async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

test("the walk from no hardware to an hourly report, as the README tells it", async () => {
  await using dir = await tempDir();
  const [mqtt, http, PATH] = [await freePort(), await freePort(), await programs(dir.join("bin"))];
  const cwd = dir.join("empty");
  await fs.mkdir(cwd);
  const commands = (await walk()).map((command) => command.replaceAll("1883", mqtt).replaceAll("8480", http));
  expect(commands.length).toBe(8);
  const report = commands.at(-1) ?? "";
  const shell = async (command: string) => (await run("sh", ["-c", command], { cwd, env: { ...process.env, PATH } })).stdout;

  const started: Program[] = [];
  const ready = [/^A machine with 12 chips lives in/, /Listening for agents at/, /^Next: tributary-agent status/];
  for (const command of commands.slice(0, -1)) {
    if (command.endsWith("&\n")) {
      const program = await startProgram({ command: "sh", args: ["-c", `exec ${command.replace("&\n", "")}`], cwd, env: { PATH } });
      await program.line(ready[started.length] as RegExp);
      started.push(program);
    } else await shell(command);
    if (command.includes("scan"))
      await fs.writeFile(path.join(cwd, "agent.yaml"), (await fs.readFile(path.join(cwd, "agent.yaml"), "utf8")).replace("1883", mqtt));
  }
  expect(started.length).toBe(3);

  const series = [
    "pi/last-week/temperature",
    "pi/bme280-1-0076/pressure",
    "pi/probe-00000a1b2c3d/temperature",
    "pi/si7020/humidity",
    "pi/tmp431/case",
  ];
  const told = await eventually(
    () => shell(report),
    (text) => series.every((each) => text.includes(each)) && text.split("last-week/temperature").length > 160,
    1_000,
  );
  expect(told).toMatch(/pi\/bme280-1-0076\/temperature +-?\d/);
  for (const program of started.toReversed()) expect(await program.kill("SIGINT")).toEqual({ code: 0, signal: null });
});
