/**
 * The walk of simulators/README.md, pasted at once as it stands there: only its ports are others, and `npx` knows the
 * three programs without asking npm. Nothing here waits for any of them: the lines themselves have to.
 */
import fs from "node:fs/promises";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { startProgram } from "../support/processes.ts";
import { inProject } from "../support/project-files.ts";
import { tempDir } from "../support/temp-dir.ts";

async function walk(): Promise<string> {
  const [, text = ""] = /```sh walk\n(.*?)```/s.exec(await fs.readFile(inProject("simulators/README.md"), "utf8")) ?? [];
  return text;
}

/** A folder with an `npx` that starts the three programs, as one does that stands in the project. */
async function npx(folder: string): Promise<string> {
  await fs.mkdir(folder);
  const cases = Object.entries({ agent: "agent", collector: "collector", simulate: "simulators" }).map(
    ([name, place]) => `tributary-${name}) shift; exec '${process.execPath}' '${inProject(place, "bin.js")}' "$@" ;;`,
  );
  await fs.writeFile(`${folder}/npx`, `#!/bin/sh\ncase "$1" in\n${cases.join("\n")}\n*) exit 127 ;;\nesac\n`, { mode: 0o755 });
  return `${folder}:${process.env.PATH}`;
}

async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

/** As it ends there, with what each program ended with. */
const END = `echo END OF WALK
kill %1 %2 %3
for job in %1 %2 %3; do wait $job; echo "ended with $?"; done
`;

test("the walk from no hardware to an hourly report, as the README tells it", async () => {
  await using dir = await tempDir();
  const [mqtt, http, PATH] = [await freePort(), await freePort(), await npx(dir.join("bin"))];
  const scanned = `--write agent.yaml\nsed -i 's/1883/${mqtt}/' agent.yaml\n`; // where the collector listens here
  const lines = (await walk()).replaceAll("1883", mqtt).replaceAll("8480", http).replace("--write agent.yaml\n", scanned);
  await fs.writeFile(dir.join("walk.sh"), `trap 'kill $(jobs -p) 2> /dev/null' EXIT TERM\n${lines}${END}`);
  await using shell = await startProgram({ command: "bash", args: ["-m", dir.join("walk.sh")], cwd: dir.path, env: { PATH } });
  await shell.line(/^END OF WALK$/, 120_000).catch(async (error: unknown) => {
    await shell.kill("SIGTERM");
    throw error;
  });
  await shell.ended;

  const told = shell.output().split("END OF WALK")[0] ?? "";
  for (const series of [
    "pi/last-week/temperature",
    "pi/bme280-1-0076/pressure",
    "pi/probe-00000a1b2c3d/temperature",
    "pi/si7020/humidity",
    "pi/tmp431/case",
  ]) {
    expect(told).toContain(series);
  }
  expect(told.split("last-week/temperature").length).toBeGreaterThan(160);
  expect(told).toMatch(/pi\/bme280-1-0076\/temperature +-?\d/);
  expect(shell.output().match(/ended with \d+/g)).toEqual(["ended with 0", "ended with 0", "ended with 0"]);
});
