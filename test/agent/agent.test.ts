/**
 * The agent as it is put together, in this process: what its start leaves behind where it fails, and how it stops.
 */
import fs from "node:fs";
import { expect, test } from "vitest";
import { startAgent } from "../../agent/agent.ts";
import { flushCommand } from "../../agent/commands/flush.ts";
import { describeStatus } from "../../agent/commands/status.ts";
import type { AgentConfig } from "../../agent/config/config.ts";
import { loadAgentConfig } from "../../agent/config/load.ts";
import { spool } from "../../agent/doctor/spool.ts";
import { askControl, isFault, micros, systemClock, systemRandom } from "../../protocol/index.ts";
import { eventually } from "../support/eventually.ts";
import { quietLog } from "../support/quiet-log.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { examinedRunning } from "./doctor/pi.ts";

async function configIn(dir: TempDir, sensors: string): Promise<AgentConfig> {
  const spool = "{ path: ./box.db, keep_free: 1MB }";
  const head = `agent: box\ncollector: mqtt://127.0.0.1:1\nspool: ${spool}\ncontrol: ./box.sock\nsensors:\n`;
  fs.writeFileSync(dir.join("agent.yaml"), head + sensors);
  return loadAgentConfig(dir.join("agent.yaml"), {});
}

const PAST = "  - { name: past, driver: simulated, profile: boiler, replay: { from: now-1h, for: 10m, step: 1s } }\n";
const LIVE = "  - { name: now, driver: simulated, profile: boiler, every: 1s }\n";

function start(config: AgentConfig) {
  const log = quietLog();
  const bugs: unknown[] = [];
  const environment = { clock: systemClock, random: systemRandom, log };
  return startAgent({ config, load: async () => config, environment, version: "0", onBug: (error) => bugs.push(error) });
}

test("a stopped agent has sealed all it read, gave its socket back, and can be started again where it was", async () => {
  await using dir = await tempDir();
  const config = await configIn(dir, PAST);
  const first = await start(config);
  await first.stop();
  expect(fs.existsSync(dir.join("box.sock"))).toBe(false);
  const second = await start(config);
  const { account } = await second.status();
  expect(account).toMatchObject({ open: 0, balanced: true, read: account.sealed });
  await second.stop();
});

test("an agent answers at its socket while it runs", async () => {
  await using dir = await tempDir();
  const agent = await start(await configIn(dir, LIVE));
  expect(await askControl(dir.join("box.sock"), "/api/v1/status")).toMatchObject({
    agent: "box",
    account: { balanced: true },
    idle: false,
  });
  const strange = await askControl(dir.join("box.sock"), "/api/v1/else").catch((error: unknown) => error);
  expect(isFault(strange, "unknown_path")).toBe(true);
  await agent.stop();
});

test("a spool without room is told of: in status, with since when and what to do, by doctor, and flush fails on it", async () => {
  await using dir = await tempDir();
  const roomy = await configIn(dir, LIVE);
  const config = { ...roomy, spool: { ...roomy.spool, maxSize: 1_000 } }; // less than an empty one has
  const agent = await start(config);
  const status = await eventually(agent.status, ({ dropping }) => dropping !== undefined);
  expect(describeStatus(status)).toMatch(/spool FULL: readings are being dropped since 20\S+: .* -> raise `spool/);
  expect(await examinedRunning(spool, config, status)).toMatchObject([{ verdict: "red", found: expect.stringContaining("dropped") }]);
  const print = () => undefined;
  const tools = { clock: systemClock, print, showProgress: undefined, signal: AbortSignal.timeout(20_000) };
  const flush = flushCommand({ control: config.control, timeout: micros(1_000_000), json: false }, tools);
  await expect(flush).rejects.toMatchObject({ code: "readings_dropped" });
  await agent.stop();
});

test("a start that fails at the socket leaves the spool free", async () => {
  await using dir = await tempDir();
  const config = await configIn(dir, LIVE);
  fs.writeFileSync(dir.join("box.sock"), "mine");
  const error = await start(config).catch((error: unknown) => error);
  expect(isFault(error, "control_path_taken")).toBe(true);
  fs.rmSync(dir.join("box.sock"));
  const agent = await start(config);
  await agent.stop();
});
