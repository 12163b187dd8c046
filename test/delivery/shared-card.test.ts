/**
 * Two devices with copies of one card, on disks that lose, at a collector that is restored: what would mix them is rare among
 * all faults, and here nearly nothing else happens.
 */
import { expect, test } from "vitest";
import { effort } from "../support/effort.ts";
import type { FaultName } from "./faults.ts";
import { runSeeds, timeoutOf } from "./seeds.ts";

const RUNS = effort("delivery simulation of shared cards", { quick: 20, test: 300, prove: 30_000 });

const COPIED: FaultName = "a second device starts with a copy of the card";

const SHARED_CARD: readonly FaultName[] = [
  COPIED,
  COPIED,
  COPIED,
  COPIED,
  "the second device is off for a while",
  "a power cut shows that the disk kept nothing of the last seconds",
  "a copy of the spool is made",
  "the spool is rolled back",
  "the spool is wiped",
  "the card is moved into another device",
  "history is evicted",
  "the agent is killed",
  "the connection is cut",
  "the connection becomes a black hole",
  "the collector's backup is made",
  "the collector is restored from an older backup",
  "the collector is killed",
  "the collector is killed between commit and ack",
];

test(`in ${RUNS} runs no series holds readings of two devices, and no reading is lost`, { timeout: timeoutOf(RUNS) }, async () => {
  const kinds = await runSeeds({ name: "shared cards", runs: RUNS, plan: { among: SHARED_CARD } });
  expect(kinds).toContain(COPIED);
});
