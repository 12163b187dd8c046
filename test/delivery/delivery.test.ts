import { expect, test } from "vitest";
import { effort } from "../support/effort.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { FAULTS } from "./faults.ts";
import { type Outcome, simulate } from "./simulate.ts";

const RUNS = effort("delivery simulation", { quick: 15, test: 60, prove: 20_000 });
const TIMEOUT = 60_000 + RUNS * 1_000;

test(`in ${RUNS} seeded runs of agent and collector under faults every sealed reading is stored once or declared, and all drains`, {
  timeout: TIMEOUT,
}, () => {
  const { seed: first } = seededRandom("delivery simulation");
  const outcomes: Outcome[] = [];
  for (let seed = first; seed < first + RUNS; seed++) {
    const outcome = simulate(seed);
    expect(outcome.violations, `TRIBUTARY_SEED=${seed}`).toEqual([]);
    outcomes.push(outcome);
  }
  const sum = (count: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + count(outcome), 0);
  const faults = new Set(outcomes.flatMap((outcome) => [...outcome.faults.keys()]));
  console.info(
    `delivery simulation: ${sum(({ readings }) => readings)} readings in ${sum(({ sealed }) => sealed)} batches, ` +
      `${sum(({ faults: each }) => [...each.values()].reduce((total, count) => total + count, 0))} faults of ${faults.size} kinds, ` +
      `${sum(({ excused }) => excused)} readings left in no copy by a wiped or rolled back spool`,
  );
  expect([...faults].sort()).toEqual(Object.keys(FAULTS).sort());
});

test("without faults every batch goes up once, whatever it is, and nothing else does", () => {
  const { seed: first } = seededRandom("calm delivery");
  for (let seed = first; seed < first + 5; seed++) {
    const { violations, sealed, published, excused } = simulate(seed, { calm: true });
    expect({ violations, published, excused }, `TRIBUTARY_SEED=${seed}`).toEqual({ violations: [], published: sealed, excused: 0 });
    expect(sealed).toBeGreaterThan(10);
  }
});

test("one seed is one run, to the last message", () => {
  expect(simulate(7)).toEqual(simulate(7));
});
