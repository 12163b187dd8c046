/**
 * seeds: many runs, one after the other, as two test files share them: one a core.
 */
import { setImmediate as afterInput } from "node:timers/promises";
import { expect } from "vitest";
import { effort } from "../support/effort.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { FAULT_NAMES } from "./faults.ts";
import { describeFailure } from "./shrink.ts";
import { type Outcome, simulate } from "./simulate.ts";

/** Of both files together. */
const RUNS = effort("delivery simulation", { quick: 40, test: 2_000, prove: 100_000 });
export const HALF = RUNS / 2;
export const TIMEOUT = 60_000 + RUNS * 1_000;

/** @param half 0 or 1. */
export async function runSeeds(half: number): Promise<void> {
  const { seed } = seededRandom(`delivery simulation, half ${half + 1}`);
  const sums = { readings: 0, sealed: 0, faults: 0, excused: 0, refused: 0 };
  const kinds = new Set<string>();
  for (let index = 0; index < HALF; index++) {
    // Half a range apart, so that the halves differ where the seed is given.
    const outcome = simulate(seed + half * 2 ** 30 + index);
    if (outcome.violations.length > 0) {
      const story = describeFailure(seed + half * 2 ** 30 + index);
      console.error(story); // a run of hours need not end before it is known
      expect.fail(story);
    }
    add(sums, outcome);
    for (const { fault } of outcome.faults) kinds.add(fault);
    await afterInput(); // buffers of copied spools are given back between two turns of the event loop
  }
  console.info(
    `delivery simulation, ${HALF} runs: ${sums.readings} readings in ${sums.sealed} batches, ${sums.faults} faults of ${kinds.size} kinds, ` +
      `${sums.refused} devices refused in the end, ${sums.excused} readings left in no copy by a wiped or rolled back spool`,
  );
  if (HALF >= 100) expect([...kinds].sort()).toEqual([...FAULT_NAMES].sort());
}

function add(sums: Record<"readings" | "sealed" | "faults" | "excused" | "refused", number>, outcome: Outcome): void {
  sums.readings += outcome.readings;
  sums.sealed += outcome.sealed;
  sums.faults += outcome.faults.length;
  sums.excused += outcome.excused;
  sums.refused += outcome.refused;
}
