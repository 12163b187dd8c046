/**
 * The simulation has to bite: with any one of these rules off it must find a violation, in seeds that are all clean
 * with the rules on.
 */
import { expect, test } from "vitest";
import { MUTANTS, type Mutant } from "./mutants.ts";
import { RULES } from "./rules.ts";
import { simulate } from "./simulate.ts";

const MOST_SEEDS = 300;

function firstCaught({ expected = /./, ...plan }: Mutant): { readonly seed: number; readonly how: string } | undefined {
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    const how = simulate(seed, plan).violations.find((violation) => expected.test(violation));
    if (how !== undefined) return { seed, how };
  }
  return undefined;
}

test.each(Object.entries(MUTANTS))("the simulation notices when %s", { timeout: 120_000 }, (name, plan) => {
  const caught = firstCaught(plan);
  expect(caught, `no violation in ${MOST_SEEDS} seeds`).toBeDefined();
  console.info(`${name}: caught by seed ${caught?.seed}: ${caught?.how}`);
  expect(simulate(caught?.seed ?? 0, { ...plan, rules: RULES }).violations).toEqual([]);
});
