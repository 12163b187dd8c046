/**
 * shrink: a failing run made smaller while it still fails, and how to run just that again.
 *
 * Fewer faults first, then a net without any, then a shorter time; until nothing of it can go. Any violation counts:
 * what is looked for is the smallest run that breaks a promise, whichever it is.
 */
import { type FaultEvent, HOSTILE, type Plan, simulate } from "./simulate.ts";

/** What of a plan can be written down. */
export type SmallPlan = Required<Pick<Plan, "faults" | "goodNet" | "until">>;

const SHORTEST = 10_000;

/** @param plan fails with this seed. */
export function shrink(seed: number, plan: Plan = {}): SmallPlan {
  const fails = (small: Partial<SmallPlan>) => simulate(seed, { ...plan, ...small }).violations.length > 0;
  const whole = plan.until ?? HOSTILE;
  let small: Partial<SmallPlan> = {};
  const faults = fewest(simulate(seed, plan).faults, (fewer) => fails({ faults: fewer }));
  if (fails({ faults })) small = { faults };
  if (fails({ ...small, goodNet: true })) small = { ...small, goodNet: true };
  for (let until = whole; until >= SHORTEST; until = Math.floor(until * 0.7)) {
    if (fails({ ...small, until })) small = { ...small, until };
  }
  if (small.faults !== undefined) small = { ...small, faults: fewest(small.faults, (fewer) => fails({ ...small, faults: fewer })) };
  return { faults: simulate(seed, { ...plan, ...small }).faults, goodNet: false, until: whole, ...small };
}

/** Leaves out halves, then quarters, down to single ones, as long as it fails without them (delta debugging). */
function fewest(events: readonly FaultEvent[], fails: (events: readonly FaultEvent[]) => boolean): readonly FaultEvent[] {
  let left = events;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = left.length - size; start > -size; start -= size) {
      const without = left.filter((_, index) => index < start || index >= start + size);
      if (without.length < left.length && fails(without)) left = without;
    }
  }
  return left;
}

/** The story of a failure, and the command that tells it again. */
export function describeFailure(seed: number, plan: Plan = {}): string {
  const small = shrink(seed, plan);
  const { violations } = simulate(seed, { ...plan, ...small });
  return [
    `seed ${seed} fails; the smallest run found that does:`,
    `  ${small.until / 1_000} s, ${small.goodNet ? "a good net" : "the net of the seed"}, ${small.faults.length} faults`,
    ...small.faults.map(({ at, fault }) => `  ${String(at / 1_000).padStart(8)} s  ${fault}`),
    ...violations.map((violation) => `  -> ${violation}`),
    "again, just this:",
    `  TRIBUTARY_SEED=${seed} TRIBUTARY_PLAN='${JSON.stringify(small).replaceAll("'", "\\u0027")}' npx vitest run test/delivery/again.test.ts`,
  ].join("\n");
}
