import { test } from "vitest";
import { HALF, runSeeds, TIMEOUT } from "./seeds.ts";

test(`so it is in ${HALF} runs more, of other seeds`, { timeout: TIMEOUT }, () => runSeeds(1));
