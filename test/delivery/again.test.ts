/**
 * A failing run is made smaller and printed with the command that runs just that again: this file, with
 * TRIBUTARY_SEED and TRIBUTARY_PLAN.
 */
import { expect, test } from "vitest";
import { MUTANTS } from "./mutants.ts";
import { describeFailure, shrink } from "./shrink.ts";
import { CALM, HOSTILE, type Plan, simulate } from "./simulate.ts";

const { TRIBUTARY_SEED: SEED = "7", TRIBUTARY_PLAN: PLAN } = process.env;

test("the run that TRIBUTARY_SEED and TRIBUTARY_PLAN name keeps every promise", () => {
  const plan: Plan = PLAN === undefined ? CALM : JSON.parse(PLAN);
  expect(simulate(Number(SEED), plan).violations).toEqual([]);
});

/** Something that fails, whatever befalls it. */
const BROKEN = MUTANTS["a batch is acked when it comes, not when it is committed"] as Plan;

test("a failing run is shrunk to what it needs, and still fails", { timeout: 120_000 }, () => {
  const seed = Array.from({ length: 100 }, (_, index) => index).find((each) => simulate(each, BROKEN).violations.length > 0) ?? -1;
  const whole = simulate(seed, BROKEN);
  const small = shrink(seed, BROKEN);
  expect(simulate(seed, { ...BROKEN, ...small }).violations.length).toBeGreaterThan(0);
  expect(small.faults.length).toBeLessThan(whole.faults.length);
  expect(small.until).toBeLessThan(HOSTILE);
});

test("what is printed runs just that again", { timeout: 120_000 }, () => {
  const seed = Array.from({ length: 100 }, (_, index) => index).find((each) => simulate(each, BROKEN).violations.length > 0) ?? -1;
  const story = describeFailure(seed, BROKEN);
  const plan = JSON.parse(/TRIBUTARY_PLAN='(.*?)' npx/.exec(story)?.[1] ?? "") as Plan;
  expect(story).toContain(`TRIBUTARY_SEED=${seed}`);
  expect(simulate(seed, { ...BROKEN, ...plan }).violations).toEqual(simulate(seed, { ...BROKEN, ...shrink(seed, BROKEN) }).violations);
});
