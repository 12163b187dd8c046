/**
 * The demo as a user sees it: real processes, its words, its exit code, and what it leaves behind.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type Program, startProgram } from "../support/processes.ts";
import { ROOT } from "../support/project-files.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";

const BALANCES = /^The account balances on both sides: ([\d,]+) readings sealed, \1 stored, 0 missing, 0 twice\.$/m;

const started: Program[] = [];
afterEach(async () => {
  // In order, so that it stops its programs where a test failed halfway.
  await Promise.all(started.splice(0).map((demo) => demo.kill("SIGTERM")));
});

/** With temporary files, working directory and home of its own, all empty. */
async function startDemo(place: TempDir, ...args: readonly string[]): Promise<Program> {
  for (const name of ["tmp", "cwd", "home"]) await fs.mkdir(place.join(name), { recursive: true });
  const env = { TMPDIR: place.join("tmp"), HOME: place.join("home") };
  const demo = await startProgram({ args: [path.join(ROOT, "simulators/demo/main.ts"), ...args], cwd: place.join("cwd"), env });
  started.push(demo);
  return demo;
}

describe("the whole demo", () => {
  test("it ends by itself with 0 and an account that balances, writes nothing outside its folder, and leaves configs to run again", async () => {
    await using place = await tempDir();
    const demo = await startDemo(place, "--for", "5s", "--dir", place.join("demo"));
    const { code } = await demo.ended;
    const said = demo.output();
    expect(code, said).toBe(0);
    expect(said).toMatch(/^ {3}The week is through: 302,400 readings in \d+\.\d s/m);
    expect(said).toMatch(/this-machine\/system\/cpu_busy +\d/);
    expect(said.match(/greenhouse\/air\/temperature +\d/g)?.length).toBeGreaterThanOrEqual(23); // the hour may just have begun
    expect(said).toMatch(/read from sensors +\d+ +302,400$/m);
    expect(said).toMatch(BALANCES);
    expect(await runningOf(said)).toEqual([]);

    for (const name of ["tmp", "cwd", "home"]) expect(await fs.readdir(place.join(name))).toEqual([]);
    expect((await fs.readdir(place.path)).sort()).toEqual(["cwd", "demo", "home", "tmp"]);
    expect(said).toContain(`rm -r ${place.join("demo")}`);
    for (const name of ["greenhouse", "machine"]) {
      await succeeds(["agent/bin.js", "check", "--config", place.join("demo", `${name}.yaml`)]);
    }
    const report = await succeeds(["collector/bin.js", "report", "hourly", "--config", place.join("demo/collector.yaml"), "--last", "24h"]);
    expect(report).toContain("greenhouse/air/light");
  });

  test("two at once do not disturb each other; one goes on live until Ctrl-C and then ends in order", async () => {
    await using place = await tempDir();
    const live = await startDemo(place, "--json");
    const timed = await startDemo(place, "--for", "5s", "--dir", place.join("timed"));
    await live.line(/^7\. Live until Ctrl-C/, 120_000);
    expect((await timed.ended).code, timed.output()).toBe(0);
    expect(timed.output()).toMatch(BALANCES);

    const { code } = await live.kill("SIGINT");
    expect(code, live.output()).toBe(0);
    expect(live.output()).toContain("The account at the end:");
    expect(await runningOf(live.output())).toEqual([]);
    const { folder, balanced, agents } = JSON.parse(live.stdout());
    expect(balanced).toBe(true);
    expect(agents[1]).toMatchObject({ agent: "greenhouse", atAgent: { read: 302_400 } });
    expect(path.dirname(folder)).toBe(await fs.realpath(place.join("tmp")));
  });
});

describe("a demo that cannot go on", () => {
  test("the collector is killed in the middle of the week: it says so, stops the agents, and ends with 1", async () => {
    await using place = await tempDir();
    const demo = await startDemo(place, "--for", "30s");
    const collector = await demo.line(/^1\. A collector .* process (\d+)/);
    await demo.line(/^ {3}302,400 readings \(greenhouse\.yaml/);
    process.kill(Number(collector[1]), "SIGKILL");
    const { code } = await demo.ended;
    expect(code, demo.output()).toBe(1);
    expect(demo.output()).toContain("collector: expected it to run on, but it ended with signal SIGKILL. Its last lines:");
    expect(demo.output()).toContain("Listening for agents at mqtt://127.0.0.1:");
    expect(demo.output()).toMatch(/-> read .*collector\.log; what was acknowledged is on the collector's disk/);
    expect(await runningOf(demo.output())).toEqual([]);
  });

  test("Ctrl-C before the week is through stops everything and ends with 130", async () => {
    await using place = await tempDir();
    const demo = await startDemo(place);
    await demo.line(/^1\. A collector/);
    const { code } = await demo.kill("SIGINT");
    expect(code, demo.output()).toBe(130);
    expect(demo.output()).toContain("Interrupted before the week was through. Everything that was started is stopped.");
    expect(await runningOf(demo.output())).toEqual([]);
  });

  test("a folder with files in it is refused and left as it is", async () => {
    await using place = await tempDir();
    await fs.writeFile(place.join("letter.txt"), "dear");
    const demo = await startDemo(place, "--dir", place.path);
    const { code } = await demo.ended;
    expect(code).toBe(1);
    expect(demo.output()).toContain("expected an empty or new folder, got one with files in it\n  -> name another with --dir");
    expect((await fs.readdir(place.path)).sort()).toEqual(["cwd", "home", "letter.txt", "tmp"]);
  });

  test("a folder whose sockets would have too long a path is refused with a shorter one to try", async () => {
    await using place = await tempDir();
    const demo = await startDemo(place, "--dir", place.join("x".repeat(100)));
    const { code } = await demo.ended;
    expect(code).toBe(1);
    expect(demo.output()).toContain("for example --dir /tmp/demo");
  });

  test("a wrong command line ends with 2 and says what is right", async () => {
    await using place = await tempDir();
    const demo = await startDemo(place, "--for", "30");
    const { code } = await demo.ended;
    expect(code).toBe(2);
    expect(demo.output()).toContain("did you mean 30s?");
  });
});

/** Of the processes that the demo named, those that still run. */
async function runningOf(said: string): Promise<number[]> {
  const pids = [...said.matchAll(/process (\d+)\)/g)].map((match) => Number(match[1]));
  expect(pids.length).toBeGreaterThan(0);
  const isRunning = (pid: number) =>
    fs.readFile(`/proc/${pid}/cmdline`, "utf8").then(
      (command) => command.includes("bin.js"), // the number may have gone to another process meanwhile
      () => false,
    );
  const running = await Promise.all(pids.map(isRunning));
  return pids.filter((_, index) => running[index]);
}

/** @returns what the program prints. */
async function succeeds([script = "", ...args]: readonly string[]): Promise<string> {
  const program = await startProgram({ args: [path.join(ROOT, script), ...args] });
  const { code } = await program.ended;
  expect(code, program.output()).toBe(0);
  return program.stdout();
}
