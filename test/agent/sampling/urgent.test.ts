import { expect, test } from "vitest";
import type { ChannelConfig, UrgentConfig } from "../../../agent/config/config.ts";
import type { RawValue } from "../../../agent/sensors/contract.ts";
import { micros } from "../../../protocol/index.ts";
import { bench, channel, polled, scripted, sensor } from "../../support/sampling.ts";

const SECOND = 1_000_000;

/** Reads one value a second under `urgent`; gives the seconds (from 1) whose commit was urgent, and how many commits there were. */
async function urgentSeconds(values: readonly RawValue[], urgent: Partial<UrgentConfig>, filters: readonly Record<string, unknown>[] = []) {
  let next = 0;
  const driver = scripted(() => polled(async () => ({ values: { t: values[next++] ?? 0 } }), "own"));
  const config: ChannelConfig = { ...channel("t", filters), urgent: { repeat: micros(60 * SECOND), ...urgent } };
  // A commit comes of itself only once a minute here, so one that comes earlier is an urgent one.
  const { sampler, journal, time } = bench([sensor("air", driver, { channels: [config] })], { commitEvery: micros(600 * SECOND) });
  sampler.start();
  const seconds: number[] = [];
  for (let second = 1; second <= values.length; second++) {
    await time.advance(SECOND);
    while (seconds.length < journal.commits.length) {
      expect(journal.commits[seconds.length]?.urgent).toBe(true);
      seconds.push(second);
    }
  }
  return seconds;
}

test("a reading beyond a bound is committed at once, and marked so that it is sealed and sent", async () => {
  expect(await urgentSeconds([20, 60, 60.1, 20, 4.9], { above: 60, below: 5, repeat: micros(SECOND) })).toEqual([3, 5]);
});

test("what lasts or flickers is said again only after `repeat`", async () => {
  const flickering = Array.from({ length: 130 }, (_, index) => (index % 2 === 0 ? 70 : 50));
  expect(await urgentSeconds(flickering, { above: 60 })).toEqual([1, 61, 121]);
});

test("a bad reading is no alarm, a suspect one is", async () => {
  const bad = { value: 99, quality: "bad", reason: "stuck" } as const;
  const suspect = { value: 99, quality: "suspect", reason: "stuck" } as const;
  expect(await urgentSeconds([bad, suspect], { above: 60 })).toEqual([2]);
});

test("what the filters drop is not urgent, and a window is by its extremes when it closes", async () => {
  const warm = Array.from({ length: 10 }, () => 70);
  expect(await urgentSeconds(warm, { above: 60, repeat: micros(SECOND) }, [{ deadband: { width: 1, heartbeat: "5m" } }])).toEqual([1]);
});
