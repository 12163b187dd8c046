import { expect, test } from "vitest";
import { Namesake } from "../../../agent/uplink/namesake.ts";
import { quietLog } from "../../support/quiet-log.ts";

const MINUTE = 60_000;

/** Hears these hello-acks, a minute apart; true = rolled back. */
function heard(...answers: readonly boolean[]): { readonly namesake: Namesake; readonly now: number; readonly lines: number } {
  const log = quietLog();
  const namesake = new Namesake("pi", log);
  for (const [index, rolledBack] of answers.entries()) namesake.heard(rolledBack, index * MINUTE);
  return { namesake, now: (answers.length - 1) * MINUTE, lines: log.entries.length };
}

test.each([[[]], [[false, false]], [[true]], [[true, false]], [[true, false, true]], [[true, true, false]]])(
  "after %j nobody else is there, and the pause is an ordinary one",
  (answers) => {
    const { namesake, now } = heard(...answers);
    expect([namesake.fault(now), namesake.pauseMs(now)]).toEqual([undefined, 0]);
  },
);

test("who is rolled back twice in a row is not alone, and waits longer each time, up to half an hour", () => {
  const pauses = [2, 3, 4, 5, 6, 7, 8, 60].map((times) => {
    const { namesake, now, lines } = heard(...Array.from({ length: times }, () => true));
    expect(lines).toBe(2); // rolled back, then the namesake
    expect(namesake.fault(now)?.message).toContain("another agent has the name pi");
    return namesake.pauseMs(now) / MINUTE;
  });
  expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
});

test("one that did not come again for an hour is gone, and the next time counts anew", () => {
  const { namesake, now } = heard(true, true);
  expect(namesake.fault(now + 59 * MINUTE)).toBeDefined();
  expect(namesake.fault(now + 60 * MINUTE)).toBeUndefined();
  namesake.heard(true, now + 61 * MINUTE);
  expect(namesake.fault(now + 61 * MINUTE)).toBeUndefined();
});
