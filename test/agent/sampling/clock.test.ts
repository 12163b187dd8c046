import { expect, test } from "vitest";
import { type Bench, bench, channel, committed, isBalanced, listJournal, polled, scripted, sensor } from "../../support/sampling.ts";

const SECOND = 1_000_000;

/** A sensor whose value rises by 3 a second of real time. */
function rising(filters: readonly Record<string, unknown>[]) {
  const driver = scripted(({ monotonic }) => polled(async () => ({ values: { t: (3 * monotonic()) / SECOND } }), "own"));
  return sensor("meter", driver, { channels: [channel("t", filters)] });
}

const valuesOf = ({ journal }: Bench) => committed(journal).map(([, value]) => Math.round(value * 1_000) / 1_000);

async function runWithSteps(filters: readonly Record<string, unknown>[], steps: readonly (number | undefined)[]): Promise<Bench> {
  const started = bench([rising(filters)]);
  const right = started.eventClock.offset ?? 0;
  started.sampler.start();
  for (const step of steps) {
    started.eventClock.offset = step === undefined ? undefined : right + step;
    await started.time.advance(3.3 * SECOND);
  }
  await started.sampler.stop();
  expect(isBalanced(started.journal)).toBe(true);
  return started;
}

test.each([
  ["becomes trusted", [undefined, 0]],
  ["is no longer trusted", [0, undefined]],
  ["is set forth, by no multiple of a period", [0, 123.4 * SECOND]],
  ["is set back", [0, -30.2 * SECOND]],
  ["is set again and again", [undefined, 0, 0.4 * SECOND, undefined, -2.6 * SECOND]],
])("a rate goes by the time that has passed where the clock %s", async (_, steps) => {
  const started = await runWithSteps([{ rate: {} }], steps);
  expect(new Set(valuesOf(started))).toEqual(new Set([3]));
  const { read = 0, filtered } = started.sampler.tallies().meter ?? {};
  expect(read).toBeGreaterThanOrEqual(steps.length * 2);
  expect(filtered).toEqual({ first_reading: 1 });
});

test("a lowpass smooths on, and no heartbeat comes early, where the clock becomes trusted", async () => {
  const smoothed = valuesOf(await runWithSteps([{ lowpass: { time_constant: "10s" } }], [undefined, 0]));
  expect(smoothed.length).toBeGreaterThan(4);
  for (const [index, value] of smoothed.slice(1).entries()) expect(value - (smoothed[index] ?? 0)).toBeLessThan(2);
  const kept = await runWithSteps([{ deadband: { width: 1_000, heartbeat: "1m" } }], [undefined, 0, -5 * SECOND]);
  expect(valuesOf(kept)).toHaveLength(1);
});

test("a rate begins anew behind a restart while the clock was not trusted: another boot counts from another beginning", async () => {
  const first = bench([rising([{ rate: {} }])]);
  const trusted = first.eventClock.offset;
  first.eventClock.offset = undefined;
  first.sampler.start();
  await first.time.advance(3 * SECOND);
  await first.sampler.stop();
  const second = bench([rising([{ rate: {} }])], { journal: listJournal(first.journal.saved), time: first.time });
  second.eventClock.offset = trusted;
  second.sampler.start();
  await second.time.advance(3 * SECOND);
  await second.sampler.stop();
  expect(second.sampler.tallies().meter?.filtered).toEqual({ first_reading: 2 });
  expect(new Set(valuesOf(second))).toEqual(new Set([3]));
});
