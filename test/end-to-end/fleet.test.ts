/**
 * A small fleet of real connections against a real collector, which is killed in the middle: the bench that measures ten
 * thousand agents, as a test of what it counts.
 */
import { expect, test } from "vitest";
import { micros } from "../../protocol/index.ts";
import { measureFleet } from "../bench/fleet.ts";
import { effort } from "../support/effort.ts";

const seconds = (count: number) => micros(count * 1_000_000);

test("a fleet whose collector is killed comes back, and each of its readings is stored once", async () => {
  const agents = effort("fleet-agents", { quick: 50, test: 100, prove: 1_000 });
  const row = await measureFleet({ agents, every: seconds(1), ramp: seconds(1), for: seconds(3), recover: seconds(2) });
  expect(row).toMatchObject({ agents, connected: agents, missing: 0, duplicated: 0, balanced: true });
  expect(row.stored).toBe(row.sent);
  expect(row.sent).toBeGreaterThan(agents * 4 * 10);
});
