/**
 * seeds: many runs, one after the other. Each test file has some of them, so that all cores do.
 */
import { setImmediate as afterInput } from "node:timers/promises";
import { expect } from "vitest";
import { effort } from "../support/effort.ts";
import { seededRandom } from "../support/seeded-random.ts";
import type { FaultName } from "./faults.ts";
import { describeFailure } from "./shrink.ts";
import { type Outcome, type Plan, simulate } from "./simulate.ts";

/** Of both halves together. */
const RUNS = effort("delivery simulation", { quick: 40, test: 2_000, prove: 100_000 });
export const HALF = RUNS / 2;

export function timeoutOf(runs: number): number {
  return 60_000 + runs * 2_000;
}

export interface Series {
  readonly name: string;
  readonly runs: number;
  readonly plan?: Plan;
  /** Where the seed is given, series must not run the same ones. */
  readonly offset?: number;
}

/** @returns the kinds of faults that came. */
export async function runSeeds({ name, runs, plan = {}, offset = 0 }: Series): Promise<Set<FaultName>> {
  const first = seededRandom(name).seed + offset;
  const sums = { readings: 0, sealed: 0, faults: 0, excused: 0, refused: 0 };
  const kinds = new Set<FaultName>();
  for (let seed = first; seed < first + runs; seed++) {
    const outcome = simulate(seed, plan);
    if (outcome.violations.length > 0) {
      const story = describeFailure(seed, plan);
      console.error(story); // a run of hours need not end before it is known
      expect.fail(story);
    }
    add(sums, outcome);
    for (const { fault } of outcome.faults) kinds.add(fault);
    await afterInput(); // buffers of copied spools are given back between two turns of the event loop
  }
  console.info(
    `${name}, ${runs} runs: ${sums.readings} readings in ${sums.sealed} batches, ${sums.faults} faults of ${kinds.size} kinds, ` +
      `${sums.refused} devices refused in the end, ${sums.excused} readings left in no copy by a wiped or rolled back spool`,
  );
  return kinds;
}

function add(sums: Record<"readings" | "sealed" | "faults" | "excused" | "refused", number>, outcome: Outcome): void {
  sums.readings += outcome.readings;
  sums.sealed += outcome.sealed;
  sums.faults += outcome.faults.length;
  sums.excused += outcome.excused;
  sums.refused += outcome.refused;
}
