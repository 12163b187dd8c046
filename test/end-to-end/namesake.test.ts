/**
 * Two real agents with one name on one machine, each with a spool of its own: a config that was copied, or a service and a
 * second start by hand.
 */
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startProgram } from "../support/processes.ts";
import { tempDir } from "../support/temp-dir.ts";
import { agentStatus, startAgent, startCollector, writeAgent } from "../support/whole-path.ts";

const NAME = "pi";
const SENSORS = "  - { name: air, driver: simulated, profile: boiler, every: 1s }\n";

test("two agents of one name on one machine notice it, say what to do, and spare the epochs of their name", async () => {
  await using dirs = await tempDir();
  await using one = await tempDir();
  await using two = await tempDir();
  const collector = await startCollector(dirs);
  await using _running = collector.program;
  const configs = [one, two].map((dir) => writeAgent(dir, { name: NAME, url: collector.url, sensors: SENSORS }));
  const [first, second] = await Promise.all(configs);
  await using _first = await startAgent(first as string);
  await using _second = await startAgent(second as string);

  for (const dir of [one, two]) {
    const { uplink } = await eventually(
      () => agentStatus(dir, NAME),
      ({ uplink }) => uplink.hasNamesake === true,
    );
    expect(uplink.remedy).toContain("give it another name");
  }
  await using doctor = await startProgram({ args: ["agent/bin.js", "doctor", "--config", first as string] });
  await doctor.ended;
  expect(doctor.output()).toMatch(/red +collector +.*another agent has the name pi/);
  const db = new Database(dirs.join("data/collector.db"), { readonly: true });
  const epochs = db.prepare("SELECT COUNT(*) FROM stream").pluck().get();
  db.close();
  expect(epochs).toBeLessThan(20);
});
