import { expect, test } from "vitest";
import { type Check, describeFindings, examine, Fault, green, micros, red, verdictOf, yellow } from "../../../protocol/index.ts";
import { manualClock } from "../../support/manual-clock.ts";

const fine: Check<string> = { name: "fine", examine: async (patient) => [green(`${patient} is well`)] };
const endless: Check<string> = { name: "endless", limit: micros(2_000_000), examine: () => new Promise(() => {}) };

test("checks run at once, and one that hangs is red when its time is over", async () => {
  const time = manualClock();
  let signal: AbortSignal | undefined;
  const patient: Check<string> = {
    ...endless,
    name: "patient",
    limit: micros(3_000_000),
    examine(_, given) {
      signal = given;
      return new Promise(() => {});
    },
  };
  const examined = examine([endless, fine, patient], "box", time.clock);
  await time.advance(2_500_000);
  expect(signal?.aborted).toBe(false);
  await time.advance(500_000);
  const findings = await examined;
  expect(findings.map(({ check, verdict, hung }) => [check, verdict, hung])).toEqual([
    ["endless", "red", true],
    ["fine", "green", undefined],
    ["patient", "red", true],
  ]);
  expect(findings[0]?.found).toBe("no answer within 2s");
  expect(signal?.aborted).toBe(true);
  expect(time.pending()).toEqual([]);
});

test("a fault of a check is a red finding with its hint; a bug is thrown on", async () => {
  const { clock } = manualClock();
  const failing = (error: Error): Check<string> => ({ name: "x", examine: () => Promise.reject(error) });
  const [finding] = await examine([failing(new Fault("gone", "it is gone", { hint: "bring it back" }))], "box", clock);
  expect(finding).toEqual({ check: "x", verdict: "red", found: "it is gone", remedy: "bring it back" });
  await expect(examine([failing(new Error("BUG: x"))], "box", clock)).rejects.toThrow("BUG: x");
});

test("the worst finding decides", () => {
  const of = (...judgements: readonly ReturnType<typeof green>[]) =>
    verdictOf(judgements.map((judgement) => ({ check: "x", ...judgement })));
  expect([of(), of(green("a")), of(green("a"), yellow("b", "c")), of(yellow("a", "b"), red("c", "d"), green("e"))]).toEqual([
    "green",
    "green",
    "yellow",
    "red",
  ]);
});

test("a person reads a line a finding, its remedy below, and never what would drive the terminal", () => {
  const text = describeFindings(
    [
      { check: "clock", ...green("trusted") },
      { check: "disk", ...red("a name like \u001B[31m\u009Bthis\nand more", "rm it") },
    ],
    false,
  );
  expect(text).toBe(
    "green   clock  trusted\nred     disk   a name like ?[31m?this\n               and more\n               -> rm it\n\n1 green, 0 yellow, 1 red: something is wrong; see what is red\n",
  );
});
