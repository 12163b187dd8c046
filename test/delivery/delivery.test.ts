import { expect, test } from "vitest";
import { seededRandom } from "../support/seeded-random.ts";
import { FAULT_NAMES } from "./faults.ts";
import { HALF, runSeeds, timeoutOf } from "./seeds.ts";
import { CALM, simulate } from "./simulate.ts";

test(`in ${HALF} seeded runs of agent and collector under faults every sealed reading is stored once or declared, and all drains`, {
  timeout: timeoutOf(HALF),
}, async () => {
  const kinds = await runSeeds({ name: "delivery simulation, half 1", runs: HALF });
  if (HALF >= 100) expect([...kinds].sort()).toEqual([...FAULT_NAMES].sort());
});

test("without faults every batch goes up once, whatever it is, and nothing else does", () => {
  const { seed: first } = seededRandom("calm delivery");
  for (let seed = first; seed < first + 5; seed++) {
    const { violations, sealed, published, excused } = simulate(seed, { ...CALM, until: 300_000 });
    expect({ violations, published, excused }, `TRIBUTARY_SEED=${seed}`).toEqual({ violations: [], published: sealed, excused: 0 });
    expect(sealed).toBeGreaterThan(10);
  }
});

test("one seed is one run, to the last message", () => {
  expect(simulate(7)).toEqual(simulate(7));
});
