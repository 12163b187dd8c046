/**
 * Two real agents on one name, the second with a copy of the first one's card: which of the two the collector lets in,
 * and what becomes of the other one's readings.
 */
import fs from "node:fs";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { askControl } from "../../protocol/index.ts";
import { eventually } from "../support/eventually.ts";
import { type Program, startProgram } from "../support/processes.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { type AgentAnswer, agentStatus, startAgent, startCollector, writeAgent } from "../support/whole-path.ts";

const NAME = "greenhouse-1";
const SENSORS = "  - { name: air, driver: simulated, profile: boiler, every: 100ms }\n";

/** A machine with a config in it, told from others by its id. */
async function device(dir: TempDir, url: string, id: string): Promise<string> {
  for (const folder of ["root/proc/sys/kernel/random", "root/etc"]) fs.mkdirSync(dir.join(folder), { recursive: true });
  fs.copyFileSync("/proc/sys/kernel/random/boot_id", dir.join("root/proc/sys/kernel/random/boot_id"));
  fs.writeFileSync(dir.join("root/etc/machine-id"), `${id.repeat(32)}\n`);
  return writeAgent(dir, { name: NAME, url, sensors: SENSORS, more: "root: ./root\nclock: { trust: system }\n" });
}

const isRefused = ({ uplink }: AgentAnswer) => uplink.isRefused === true;
const hasSent = (least: number) => (status: AgentAnswer) => status.uplink.phase === "open" && status.uplink.ackedBatches >= least;

async function stop(agent: Program): Promise<void> {
  await agent.kill("SIGTERM");
}

/** Newest first. */
function epochsOf(file: string, table: "epoch" | "stream"): unknown[] {
  const db = new Database(file, { readonly: true });
  const epochs = db.prepare(`SELECT epoch FROM ${table} ORDER BY id DESC`).pluck().all();
  db.close();
  return epochs;
}

test("a copy of a card is refused and keeps its readings, until the operator says that it takes the first one's place", async () => {
  await using dirs = await tempDir();
  await using one = await tempDir();
  await using two = await tempDir();
  const collector = await startCollector(dirs);
  await using _running = collector.program;
  const [first, second] = [await device(one, collector.url, "1"), await device(two, collector.url, "2")];

  const original = await startAgent(first);
  await eventually(() => agentStatus(one, NAME), hasSent(2));
  await stop(original);
  fs.copyFileSync(one.join(`${NAME}.db`), two.join(`${NAME}.db`));

  const again = await startAgent(first);
  await eventually(() => agentStatus(one, NAME), hasSent(2));
  const copy = await startAgent(second);
  await eventually(() => agentStatus(two, NAME), isRefused);
  await eventually(
    () => agentStatus(two, NAME),
    ({ spool }) => spool.pendingReadings > 0,
  );
  expect((await agentStatus(two, NAME)).uplink.remedy).toContain(`tributary-collector replace ${NAME}`);
  await eventually(() => agentStatus(one, NAME), hasSent(3));
  const [agent] = (await askControl(dirs.join("data", "collector.sock"), "/api/v1/agents")) as { readonly refused_device: string | null }[];
  expect(agent?.refused_device).toEqual(expect.any(String));
  const [epochOfCopy] = epochsOf(two.join(`${NAME}.db`), "epoch");
  expect(epochsOf(dirs.join("data/collector.db"), "stream")).toEqual(epochsOf(one.join(`${NAME}.db`), "epoch"));
  await Promise.all([stop(again), stop(copy)]);

  await using replaced = await startProgram({ args: ["collector/bin.js", "replace", NAME, "--config", dirs.join("collector.yaml")] });
  expect(await replaced.ended).toMatchObject({ code: 0 });
  await using inPlace = await startAgent(second);
  await eventually(() => agentStatus(two, NAME), hasSent(2));
  expect(epochsOf(dirs.join("data/collector.db"), "stream")).toContain(epochOfCopy);
  await using late = await startAgent(first);
  await eventually(() => agentStatus(one, NAME), isRefused);
  expect([inPlace.output(), late.output()].join("\n")).not.toContain("BUG");
});
