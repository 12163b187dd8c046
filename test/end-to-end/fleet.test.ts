/**
 * A small fleet of real connections against a real collector, which is killed in the middle: the bench that measures ten
 * thousand agents, as a test of what it counts.
 */
import { expect, test } from "vitest";
import { micros } from "../../protocol/index.ts";
import { measureFleet } from "../bench/fleet.ts";
import { effort } from "../support/effort.ts";
import { startProgram } from "../support/processes.ts";
import { tempDir } from "../support/temp-dir.ts";
import { startCollector } from "../support/whole-path.ts";

const seconds = (count: number) => micros(count * 1_000_000);

test("a fleet whose collector is killed comes back, and each of its readings is stored once", async () => {
  const agents = effort("fleet-agents", { quick: 50, test: 100, prove: 1_000 });
  const row = await measureFleet({ agents, every: seconds(1), ramp: seconds(1), for: seconds(3), recover: seconds(2) });
  expect(row).toMatchObject({ agents, connected: agents, missing: 0, duplicated: 0, balanced: true });
  expect(row.stored).toBe(row.sent);
  expect(row.sent).toBeGreaterThan(agents * 4 * 10);
});

test("agents that had nothing to send in so short a run are told", async () => {
  await using dir = await tempDir();
  const collector = await startCollector(dir);
  await using _running = collector.program;
  const run = "--agents 3 --every 1m --ramp 1s --for 2s".split(" ");
  const where = ["--collector", collector.url, "--ask", dir.join("data/collector.sock")];
  await using fleet = await startProgram({ args: ["simulators/bin.js", "fleet", ...run, ...where] });
  expect(await fleet.ended).toMatchObject({ code: 0 });
  expect(fleet.output()).toMatch(/agents +3, 3 connected at the end, 0 reconnects, 3 had nothing to send in this time/);
});
