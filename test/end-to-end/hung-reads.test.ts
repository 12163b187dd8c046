/**
 * Reads that never return, as FIFOs in place of sysfs files: opening one waits for a writer that never comes, in a
 * thread of Node's pool, which is what a hung driver does to a read of sysfs.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Program, startProgram } from "../support/processes.ts";
import { ROOT } from "../support/project-files.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { accountOf, agentStatus, startCollector, writeAgent } from "../support/whole-path.ts";

const HUNG = 8;

/** A tree with a zone that answers and eight files that never do, four zones and four channels of IIO devices. */
async function machine(dir: TempDir): Promise<string> {
  const root = dir.join("root");
  const file = async (name: string, text: string) => {
    await fs.mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await fs.writeFile(path.join(root, name), text);
  };
  const fifo = (name: string) => execFileSync("mkfifo", [path.join(root, name)]);
  await file("proc/sys/kernel/random/boot_id", "00000000-0000-4000-8000-000000000000\n");
  await file("sys/class/thermal/thermal_zone9/type", "well\n");
  await file("sys/class/thermal/thermal_zone9/temp", "48312\n");
  for (let number = 0; number < HUNG / 2; number++) {
    await file(`sys/class/thermal/thermal_zone${number}/type`, `hung${number}\n`);
    fifo(`sys/class/thermal/thermal_zone${number}/temp`);
    await file(`sys/bus/iio/devices/iio:device${number}/name`, `hung${number}\n`);
    fifo(`sys/bus/iio/devices/iio:device${number}/in_temp_input`);
  }
  return root;
}

function sensors(): string {
  const numbers = Array.from({ length: HUNG / 2 }, (_, number) => number);
  const hung = numbers.flatMap((number) => [
    `  - { name: zone${number}, driver: thermal, every: 1s, zone: hung${number} }\n`,
    `  - { name: device${number}, driver: iio, every: 1s, device: hung${number}, attributes: { temperature: in_temp } }\n`,
  ]);
  return `${hung.join("")}  - { name: well, driver: thermal, every: 200ms, zone: well }\n`;
}

/** The agent as its bin starts it, with a collector that has to be looked up by name. */
async function start(dir: TempDir, url: string, env: Readonly<Record<string, string>> = {}, more = ""): Promise<Program> {
  const root = await machine(dir);
  const byName = url.replace("127.0.0.1", "localhost");
  const config = await writeAgent(dir, { name: "box", url: byName, sensors: sensors() + more, more: `root: ${root}\n` });
  return startProgram({ args: ["agent/bin.js", "run", "--config", config], env });
}

interface Answer {
  readonly sensors: readonly {
    readonly name: string;
    readonly busySince?: number;
    readonly fault?: { readonly code: string };
    readonly tally: { readonly read: number; readonly skipped: number; readonly failed: Readonly<Record<string, number>> };
  }[];
}

const ask = async (dir: TempDir) => (await agentStatus(dir, "box")) as unknown as Answer;
const hanging = ({ sensors }: Answer) =>
  sensors.filter(({ name, busySince }) => /^(zone|device)/.test(name) && busySince !== undefined).length;

async function stop(agent: Program): Promise<void> {
  const began = performance.now();
  expect(await agent.kill("SIGTERM"), agent.output()).toEqual({ code: 0, signal: null });
  expect(performance.now() - began).toBeLessThan(10_000);
}

describe("eight reads that hang", () => {
  test("leave other sensors, name look-ups and the spool on time, and the agent ends when it is told to", async () => {
    await using dir = await tempDir();
    const { url, program } = await startCollector(dir);
    await using agent = await start(dir, url);
    await eventually(
      () => ask(dir),
      (answer) => hanging(answer) === HUNG,
    );
    await program.kill("SIGTERM");
    await using _collector = (await startCollector(dir, url)).program; // found again by its name, with all eight hanging
    const before = await accountOf(dir, "box").catch(() => ({ stored: 0 }));
    await eventually(
      () => accountOf(dir, "box"),
      ({ stored }) => stored >= before.stored + 50,
    );
    const answer = await ask(dir);
    const { tally } = answer.sensors.find(({ name }) => name === "well") ?? expect.fail("no sensor well");
    expect(hanging(answer)).toBe(HUNG);
    expect(tally.failed).toEqual({});
    expect(tally.skipped / (tally.skipped + tally.read)).toBeLessThan(0.1); // turns of 200 ms, on a machine that does other things too
    await stop(agent);
  });

  test("cannot take the last threads where there are fewer: spool and uplink go on, and the sensor left out says why", async () => {
    await using dir = await tempDir();
    const { url, program } = await startCollector(dir);
    const made = "  - { name: made, driver: simulated, profile: office, replay: { from: now-1h, for: 1h, step: 1s, speed: 100x } }\n";
    await using agent = await start(dir, url, { UV_THREADPOOL_SIZE: "6" }, made);
    const left = (answer: Answer) => answer.sensors.filter(({ fault }) => fault?.code === "threads_taken");
    const answer = await eventually(
      () => ask(dir),
      (each) => left(each).length >= HUNG - 2,
    );
    expect(hanging(answer)).toBe(2);
    await program.kill("SIGTERM");
    await using _collector = (await startCollector(dir, url)).program;
    const before = (await accountOf(dir, "box").catch(() => ({ stored: 0 }))).stored;
    await eventually(
      () => accountOf(dir, "box"),
      ({ stored }) => stored > before,
    );
    await stop(agent);
  });
});

describe("a program that ends while a read hangs", () => {
  test("ends with the exit code of its command", async () => {
    await using dir = await tempDir();
    const root = await machine(dir);
    const config = await writeAgent(dir, { name: "box", url: "mqtt://127.0.0.1:1", sensors: sensors(), more: `root: ${root}\n` });
    await using program = await startProgram({ args: ["agent/bin.js", "test", "zone0", "--config", config] });
    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.output()).toContain("zone0: expected an answer within 10 s, got none");
  });

  test("for a bug still tells where it was", async () => {
    await using dir = await tempDir();
    const root = await machine(dir);
    const config = await writeAgent(dir, { name: "box", url: "mqtt://127.0.0.1:1", sensors: sensors(), more: `root: ${root}\n` });
    const script = `process.argv = ["node", "tributary-agent", "run", "--config", ${JSON.stringify(config)}];
      process.on("SIGUSR2", () => { throw new Error("BUG: made up"); });
      await import(${JSON.stringify(path.join(ROOT, "agent/bin.js"))});`;
    await fs.writeFile(dir.join("buggy.mjs"), script);
    await using program = await startProgram({ args: [dir.join("buggy.mjs")] });
    await eventually(
      () => ask(dir),
      (answer) => hanging(answer) === HUNG,
    );
    expect(await program.kill("SIGUSR2")).toEqual({ code: 1, signal: null });
    expect(program.output()).toContain("Error: BUG: made up\n    at ");
  });
});
