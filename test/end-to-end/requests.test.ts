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

  const explained = await command("explain", "cpu/temperature", "--config", config);
  expect(explained.output).toMatch(/^box\/cpu\/temperature {2}no filters: .*\n( {2}\S+Z {2}read [27]0 Cel {2}=> kept [27]0 Cel\n)+$/);

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

test("a reload takes over sensors, drop-ins and labels while the agent runs; the collector learns them, and nothing is lost", async () => {
  await using dir = await tempDir();
  const { program, url } = await startCollector(dir);
  await using _collector = program;
  const config = await writeAgent(dir, { name: "box", url, sensors: await fileSensor(dir, "cpu"), more: ROOT });
  await using agent = await startAgent(config);
  await eventually(
    () => agentStatus(dir, "box"),
    ({ uplink, account }) => uplink.ackedBatches > 0 && account.read > 0,
  );

  await fs.mkdir(dir.join("box.d"));
  await fs.writeFile(
    dir.join("box.d/second.yaml"),
    `labels: { site: kiel }\nsensors:\n${(await fs.readFile(config, "utf8")).split("sensors:\n")[1]?.replace("cpu", "second")}`,
  );
  const done = await command("reload", "--config", config);
  expect([done.output, done.code]).toEqual(["Reloaded: added: second; labels. 1 sensors went on as they were.\n", 0]);
  const series = async (): Promise<string> => {
    await using report = await startProgram({
      args: [
        "collector/bin.js",
        "report",
        "last",
        "--span",
        "1h",
        "--where",
        "site=kiel",
        "--format",
        "csv",
        "--config",
        dir.join("collector.yaml"),
      ],
    });
    await report.ended;
    return report.stdout();
  };
  await eventually(series, (csv) => csv.includes("box/second/temperature") && csv.includes("box/cpu/temperature"));

  // A wrong file changes nothing, over the signal as well.
  await fs.appendFile(dir.join("box.d/second.yaml"), "    evry: 1s\n");
  const refused = await command("reload", "--config", config);
  expect([refused.code, refused.output]).toEqual([1, expect.stringContaining("second.yaml:7:5 sensors[0].evry: unknown key")]);
  process.kill(agent.pid, "SIGHUP");
  await agent.line(/config not reloaded/);

  await fs.rm(dir.join("box.d/second.yaml"));
  await fs.writeFile(config, (await fs.readFile(config, "utf8")).replace("./box.db", "./other.db"));
  const other = await command("reload", "--config", config);
  expect([other.code, other.output]).toEqual([1, expect.stringContaining("expected spool as at the start")]);
  const { account, sensors } = await agentStatus(dir, "box");
  expect([account.balanced, sensors.map(({ name }) => name)]).toEqual([true, ["cpu", "second"]]);
});
