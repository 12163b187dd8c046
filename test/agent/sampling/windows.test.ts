import { expect, test } from "vitest";
import type { SensorConfig } from "../../../agent/config/config.ts";
import {
  account,
  type Bench,
  bench,
  channel,
  committed,
  isBalanced,
  listJournal,
  polled,
  scripted,
  sensor,
} from "../../support/sampling.ts";

const SECOND = 1_000_000;

function air(filters: readonly Record<string, unknown>[] = [{ aggregate: { every: "10s" } }]): SensorConfig {
  let count = 0;
  const driver = scripted(() =>
    polled(async () => {
      count += 1;
      return { values: { t: count } };
    }, "own"),
  );
  return sensor("air", driver, { channels: [channel("t", filters)] });
}

const summaries = ({ journal }: Bench) => journal.commits.flatMap((commit) => commit.summaries);

async function run(started: Bench, seconds: number): Promise<Bench> {
  started.sampler.start();
  await started.time.advance(seconds * SECOND);
  return started;
}

test("a window leaves as one summary at the first commit after its end, without waiting for a reading", async () => {
  const started = await run(bench([air()]), 11.2);
  expect(summaries(started)).toMatchObject([{ series: 0, summary: { n: 9, min: 1, max: 9, sum: 45 } }]);
  expect(committed(started.journal)).toEqual([]);
  expect(account(started.journal)).toMatchObject({ derived: 1, summarised: 9, open: 1 });
  expect(isBalanced(started.journal)).toBe(true);
});

test("a time server that moves the offset by microseconds moves no reading over a window's border", async () => {
  const started = bench([air()]);
  const offset = started.eventClock.offset ?? 0;
  started.sampler.start();
  for (let ms = 0; ms < 41_000; ms += 100) {
    started.eventClock.offset = offset + ((ms / 100) % 4) * 3 - 4;
    await started.time.advance(100_000);
  }
  await started.sampler.stop();
  expect(summaries(started).map(({ summary }) => summary.n)).toEqual([9, 10, 10, 10]);
  for (const { summary } of summaries(started).slice(1)) expect((summary.at - started.phase("air")) % (10 * SECOND)).toBe(0);
});

test("a restart goes on in the window that was open, and none is counted twice", async () => {
  const first = await run(bench([air()]), 5.5);
  await first.sampler.stop();
  expect(first.journal.saved?.tallies.air?.inWindow).toBe(5);
  const second = await run(bench([air()], { journal: first.journal, time: first.time }), 6);
  await second.sampler.stop();
  expect(summaries(second)).toMatchObject([{ summary: { n: 9 } }]);
  expect(isBalanced(second.journal)).toBe(true);
});

test("while the clock is not trusted readings pass as samples, for the window is event time", async () => {
  const started = bench([air()]);
  started.eventClock.offset = undefined;
  await run(started, 5.5);
  await started.sampler.stop();
  expect(committed(started.journal)).toHaveLength(5);
  expect(account(started.journal)).toMatchObject({ read: 5, open: 5, inWindow: 0 });
});

test("where trust is lost the open window is closed, and what follows passes as samples", async () => {
  const started = await run(bench([air()]), 4.5);
  started.eventClock.offset = undefined;
  await started.time.advance(3 * SECOND);
  await started.sampler.stop();
  expect(summaries(started)).toMatchObject([{ summary: { n: 4 } }]);
  expect(committed(started.journal)).toHaveLength(3);
  expect(isBalanced(started.journal)).toBe(true);
});

test("a filter whose options changed starts anew, and what it held is counted as dropped", async () => {
  const first = await run(bench([air()]), 5.5);
  await first.sampler.stop();
  const second = await run(bench([air([{ aggregate: { every: "5s" } }])], { journal: first.journal, time: first.time }), 3);
  await second.sampler.stop();
  expect(second.journal.saved?.tallies.air?.dropped).toEqual({ config_changed: 5 });
  expect(isBalanced(second.journal)).toBe(true);
});

test("a sensor that left the config keeps its counters, and what it held is counted as dropped", async () => {
  const first = await run(bench([air()]), 5.5);
  await first.sampler.stop();
  const other = { ...air([]), name: "other" };
  const second = await run(bench([other], { journal: first.journal, time: first.time }), 3);
  await second.sampler.stop();
  expect(second.journal.saved?.tallies.air).toMatchObject({ read: 5, inWindow: 0, dropped: { config_changed: 5 } });
  expect(isBalanced(second.journal)).toBe(true);
});

test("filters stand in their order, and each ends a reading once", async () => {
  const filters = [{ calibrate: { gain: 10 } }, { range: { max: 45 } }, { deadband: { width: 15 } }];
  const started = await run(bench([air(filters)], { journal: listJournal() }), 8);
  await started.sampler.stop();
  const read = started.sampler.tallies().air?.read ?? 0;
  const marked = read - 4; // 50, 60 ... are outside
  expect(started.sampler.tallies().air).toMatchObject({ marked: { out_of_range: marked } });
  expect(committed(started.journal).map(([, value]) => value)).toEqual([10, 30, 50, 70].slice(0, read >= 7 ? 4 : 3));
  expect(isBalanced(started.journal)).toBe(true);
});
