import { createHash, randomBytes } from "node:crypto"; // <- plugin
import { performance as stopwatch } from "node:perf_hooks"; // <- plugin
import { setTimeout as sleep } from "node:timers/promises"; // <- plugin
import { systemClock } from "../../protocol/index.ts"; // <- plugin
export const hash = createHash("sha256");
export const token = randomBytes(8); // <- plugin
export const started = systemClock.wall(); // <- plugin
export const wait = () => sleep(stopwatch.timeOrigin);
