import { test } from "vitest";
import { HALF, runSeeds, timeoutOf } from "./seeds.ts";

test(`so it is in ${HALF} runs more, of other seeds`, { timeout: timeoutOf(HALF) }, async () => {
  await runSeeds({ name: "delivery simulation, half 2", runs: HALF, offset: 2 ** 30 });
});
