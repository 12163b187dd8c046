/**
 * The torture as a user runs it: see test/torture. A minute here, three runs of ten where everything is to be proved.
 */
import { expect, test } from "vitest";
import { effort } from "../support/effort.ts";
import { startProgram } from "../support/processes.ts";
import { seededRandom } from "../support/seeded-random.ts";

const MINUTE_MS = 60_000;
const SECONDS = effort("seconds of torture", { quick: 20, test: 60, prove: 600 });
const RUNS = effort("runs of it", { quick: 1, test: 1, prove: 3 });
/** Starting, delivering and counting come on top. */
const LIMIT_MS = RUNS * (SECONDS * 1_000 + 10 * MINUTE_MS);

test("whatever is killed, cut, filled up or misled: every numbered reading is stored once or declared lost", {
  timeout: LIMIT_MS,
}, async () => {
  const random = seededRandom("torture");
  for (let run = 1; run <= RUNS; run++) {
    const seed = random.below(1_000_000_000);
    await using torture = await startProgram({
      args: ["test/torture/main.ts", "--minutes", String(SECONDS / 60), "--seed", String(seed), "--json"],
    });
    const { code } = await torture.ended;
    expect(code, torture.output()).toBe(0);
    const { verdict, deeds, in_meanwhile } = JSON.parse(torture.stdout());
    expect(verdict).toMatchObject({ duplicated: 0, balanced: true });
    expect(verdict.stored_once + verdict.declared).toBe(verdict.sent);
    expect(in_meanwhile).toBeGreaterThan(0);
    for (const deed of ["SIGKILL agents", "SIGKILL collector", "SIGKILL link", "link fault"]) expect(deeds[deed], deed).toBeGreaterThan(0);
    console.info(
      `torture of ${SECONDS} s, seed ${seed}: ${verdict.sent} sent = ${verdict.stored_once} stored once + ${verdict.declared} declared`,
    );
  }
});
