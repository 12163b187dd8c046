/**
 * What people ask of a running agent, as they do: the programs as processes, commands beside them.
 */
import fs from "node:fs/promises";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startProgram } from "../support/processes.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { agentStatus, startAgent, startCollector, writeAgent } from "../support/whole-path.ts";

/** Hours of the day, in UTC, that are at least an hour away. */
const FAR_HOURS = (() => {
  const hour = (new Date().getUTCHours() + 12) % 24;
  return `${String(hour).padStart(2, "0")}:00-${String(hour).padStart(2, "0")}:30`;
})();
const HELD = `{ every: 1s, between: "${FAR_HOURS}", time_zone: UTC }`;

/** The test's folder stands for the machine, with this machine's `/proc` in it. */
const ROOT = "root: .\nclock: { trust: system }\n";

/** Runs a command of the agent to its end. */
async function command(
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly output: string; readonly stdout: string }> {
  await using program = await startProgram({ args: ["agent/bin.js", ...args] });
  const { code } = await program.ended;
  return { code, output: program.output(), stdout: program.stdout() };
}

/** A sensor that reads the number in a file. */
async function fileSensor(dir: TempDir, name: string, more = ""): Promise<string> {
  await fs.mkdir(dir.join("sys/class/thermal/thermal_zone0"), { recursive: true });
  await fs.writeFile(dir.join("sys/class/thermal/thermal_zone0/type"), "cpu\n");
  await fs.symlink("/proc", dir.join("proc"));
  await setTemperature(dir, 20);
  return `  - name: ${name}\n    driver: thermal\n    zone: cpu\n    every: 100ms\n${more}`;
}

async function setTemperature(dir: TempDir, celsius: number): Promise<void> {
  await fs.writeFile(dir.join("sys/class/thermal/thermal_zone0/temp"), `${celsius * 1_000}\n`);
}

test("outside its hours an agent sends what is urgent at once, and the rest when it is told to flush", async () => {
  await using dir = await tempDir();
  const { program, url } = await startCollector(dir);
  await using _collector = program;
  const sensors = await fileSensor(dir, "cpu", "    channels: { temperature: { urgent: { above: 60 } } }\n");
  const config = await writeAgent(dir, { name: "box", url, sensors, send: HELD, more: ROOT });
  await using _agent = await startAgent(config);

  const held = await eventually(
    () => agentStatus(dir, "box"),
    ({ spool, uplink }) => uplink.phase === "open" && spool.pendingReadings > 10,
  );
  const acked = held.uplink.ackedBatches;
  await setTemperature(dir, 70);
  const alarmed = await eventually(
    () => agentStatus(dir, "box"),
    ({ uplink }) => uplink.ackedBatches > acked,
  );
  expect(alarmed.spool.pendingReadings).toBeGreaterThan(10);

  const { code, output } = await command("flush", "--config", config);
  expect(output).toMatch(/^The collector has it: \d+ readings in \d+ batches, acked within \d+\.\d s\.\n$/);
  expect(code).toBe(0);
});

test("a flush that nobody acks ends with what waits and why", async () => {
  await using dir = await tempDir();
  const config = await writeAgent(dir, { name: "box", url: "mqtt://127.0.0.1:9", sensors: await fileSensor(dir, "cpu"), more: ROOT });
  await using _agent = await startAgent(config);
  await eventually(
    () => agentStatus(dir, "box"),
    ({ account }) => account.read > 0,
  );
  const { code, output } = await command("flush", "--config", config, "--timeout", "500ms");
  expect(output).toMatch(/batches acked, got 0 within.*127\.0\.0\.1:9/s);
  expect(code).toBe(1);
  const { code: jsonCode, stdout } = await command("flush", "--config", config, "--timeout", "300ms", "--json");
  expect([jsonCode, JSON.parse(stdout)]).toMatchObject([1, { ok: false, uplink: { phase: "down" } }]);
});
