/**
 * The oracle's arithmetic: whatever single thing is wrong with an account, it is noticed.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { epochMicros } from "../../../protocol/index.ts";
import type { StatedAccount, StoredReading } from "../../../simulators/oracle/ask.ts";
import { countSeries } from "../../../simulators/oracle/count.ts";
import type { DueSeries } from "../../../simulators/oracle/due.ts";
import { judgeAgent } from "../../../simulators/oracle/judge.ts";

/** Number n is the value n at n seconds. */
const due: DueSeries = {
  series: "box/count/number",
  count: 100,
  indexOf: (value, at) => (Number.isInteger(value) && value >= 0 && value < 100 && at === value * 1_000_000 ? value : undefined),
};

const reading = (number: number): StoredReading => ({ at: epochMicros(number * 1_000_000), value: number, kind: "sample" });

async function* each(readings: readonly StoredReading[]) {
  yield* readings;
}

const ALL = Array.from({ length: 100 }, (_, number) => reading(number));
const STATED: StatedAccount = {
  agent: "box",
  received: 100,
  quarantined: 0,
  conflict: 0,
  waiting: 0,
  lost: {},
  missingBatches: 0,
  pendingBatches: 0,
  dropped: 0,
  balanced: true,
};

async function judge(readings: readonly StoredReading[], stated: Partial<StatedAccount> | undefined = {}, isAlone = true) {
  const count = await countSeries(due, each(readings));
  return judgeAgent({ agent: "box", series: [due], isAlone }, [count], stated && { ...STATED, ...stated });
}

describe("the oracle", () => {
  test("has no complaint where every number is there once, in whatever order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(ALL, { minLength: 100 }), async (readings) => {
        expect(await judge(readings)).toMatchObject({ sent: 100, stored_once: 100, duplicated: 0, missing: 0, strange: 0, problems: [] });
      }),
      { numRuns: 20 },
    );
  });

  test("counts what is missing, doubled and strange as a plain count of the list does", async () => {
    const anyReading = fc.oneof(
      fc.nat(99).map(reading),
      fc.nat(99).map((n) => ({ ...reading(n), value: n + 0.5 })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anyReading, { maxLength: 300 }), async (readings) => {
        const sent = readings.filter(({ value }) => Number.isInteger(value)).map(({ value }) => value);
        const verdict = await judge(readings);
        expect(verdict.stored_once).toBe(new Set(sent).size);
        expect(verdict.duplicated).toBe(sent.length - new Set(sent).size);
        expect(verdict.missing).toBe(100 - new Set(sent).size);
        expect(verdict.strange).toBe(readings.length - sent.length);
      }),
    );
  });

  test("is content with a loss that was declared, sealed or not, to the last reading", async () => {
    const stored = ALL.slice(10);
    expect((await judge(stored, { lost: { dropped_oldest: 7 }, dropped: 3 })).problems).toEqual([]);
    expect((await judge(stored, { lost: { dropped_oldest: 7 }, dropped: 3 })).declared).toEqual({ dropped_oldest: 7, dropped_unsealed: 3 });
  });

  test.each([
    ["a reading that is missing silently", ALL.slice(1), {}, /1 readings are missing, and only 0 are declared/],
    ["a loss that did not happen", ALL, { lost: { dropped_oldest: 1 } }, /a false declaration/],
    ["a reading that is there twice", [...ALL, reading(5)], {}, /1 readings are stored more than once/],
    ["a doubled reading in place of a missing one", [...ALL.slice(1), reading(5)], {}, /missing/],
    ["another value", ALL.map((one) => ({ ...one, value: one.value === 7 ? 8 : one.value })), {}, /1 readings are stored that nobody sent/],
    ["another instant", ALL.map((one) => ({ ...one, at: epochMicros(one.at + 1) })), {}, /100 readings are stored that nobody sent/],
    ["a summary", [...ALL.slice(1), { ...reading(0), kind: "summary" as const }], {}, /that nobody sent/],
    ["a quarantined one", ALL, { quarantined: 1 }, /in quarantine/],
    ["a contradiction", ALL, { conflict: 1 }, /contradict/],
    ["missing batches", ALL, { missingBatches: 2 }, /misses 2 batches/],
    ["pending batches", ALL, { pendingBatches: 2 }, /still at the agent/],
    ["readings under way", ALL, { waiting: 4 }, /on their way/],
    ["an account that does not balance", ALL, { balanced: false }, /does not balance/],
  ])("notices %s", async (_what, readings, stated, problem) => {
    expect((await judge(readings, stated)).problems.join("\n")).toMatch(problem);
  });

  test("names the first numbers that are not there", async () => {
    const { problems } = await judge(ALL.filter(({ value }) => value !== 3 && (value < 50 || value > 59)));
    expect(problems.join("\n")).toContain("box/count/number: numbers that are not there, the first of them: 3, 50-59");
  });

  test("does not take what an agent with other sensors lost for its own, and still sees what went silently", async () => {
    expect((await judge(ALL, { lost: { dropped_oldest: 9 } }, false)).problems).toEqual([]);
    expect((await judge(ALL.slice(10), { lost: { dropped_oldest: 9 } }, false)).problems[0]).toMatch(/10 readings are missing, and only 9/);
  });

  test("says that an agent never came", async () => {
    const count = await countSeries(due, each([]));
    expect(judgeAgent({ agent: "box", series: [due], isAlone: true }, [count], undefined).problems[0]).toMatch(/never heard/);
  });
});
