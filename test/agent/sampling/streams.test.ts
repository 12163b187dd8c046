import fs from "node:fs/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Sample, StreamDriver } from "../../../agent/sensors/contract.ts";
import { file } from "../../../agent/sensors/file.ts";
import { Inbox } from "../../../agent/sensors/text/inbox.ts";
import { Fault, micros } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";
import { account, bench, channel, committed, isBalanced, type ListJournal, listJournal, scripted, sensor } from "../../support/sampling.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** A stream of numbered samples, ten a burst. */
function numbers(total: number, before: (next: number) => void = () => {}) {
  let next = 0;
  const driver: StreamDriver = {
    shape: "stream",
    pace: "drawn",
    bus: "numbers",
    async open(cursor) {
      next = (cursor as number | undefined) ?? 0;
    },
    async next() {
      before(next);
      if (next >= total) return undefined;
      const samples = Array.from(
        { length: Math.min(10, total - next) },
        (_, index): Sample => ({ at: (next + index) as never, values: { t: next + index } }),
      );
      next += samples.length;
      return { samples, cursor: next };
    },
    async close() {},
  };
  return scripted(() => driver);
}

const stream = (driver: ReturnType<typeof numbers>) => {
  const { every: _, ...rest } = sensor("replay", driver);
  return rest;
};
const upTo = (total: number) => Array.from({ length: total }, (_, index) => index);

test("`finished` resolves when every stream is at its end and all of it is committed", async () => {
  const { sampler, journal } = bench([stream(numbers(9_995))]);
  sampler.start();
  await sampler.finished;
  expect(committed(journal).map(([, value]) => value)).toEqual(upTo(9_995));
  expect(journal.commits[0]?.frames[0]?.stamp).toBe("device");
  expect(journal.commits.length).toBeGreaterThan(1);
  expect(journal.saved?.cursors).toEqual({ replay: 9_995 });
  expect(sampler.status()).toMatchObject([{ activity: "ended" }]);
  expect(isBalanced(journal)).toBe(true);
  await sampler.stop();
});

test("a sample whose instant is no number of microseconds is counted, and costs nothing else", async () => {
  const instants = [1, Number.NaN, 2 ** 53, 1.5, 2];
  const driver: StreamDriver = {
    shape: "stream",
    bus: "odd",
    async open() {},
    async next() {
      const samples = instants.splice(0).map((at): Sample => ({ at: at as never, values: { t: at } }));
      return samples.length === 0 ? undefined : { samples };
    },
    async close() {},
  };
  const { sampler, journal } = bench([stream(scripted(() => driver))]);
  sampler.start();
  await sampler.finished;
  expect(committed(journal).map(([, value]) => value)).toEqual([1, 2]);
  expect(sampler.tallies().replay?.failed).toEqual({ bad_time: 3 });
  expect(isBalanced(journal)).toBe(true);
});

test("a replay is drawn only while the spool has room", async () => {
  const drawn: number[] = [];
  const { sampler, journal, time } = bench([stream(numbers(100, (next) => void drawn.push(next)))]);
  const room = Promise.withResolvers<void>();
  journal.isReady = room.promise;
  sampler.start();
  await time.advance(5_000_000);
  expect(drawn).toEqual([]);
  room.resolve();
  await sampler.finished;
  expect(committed(journal)).toHaveLength(100);
});

test("a stream that fails goes on behind what it gave, with and without being opened again", async () => {
  const faults = [new Fault("device_busy", "wait", { retry: true }), new Fault("device_failed", "gone")];
  const { sampler, journal, time } = bench([
    stream(
      numbers(50, (next) => {
        const fault = next === 20 || next === 30 ? faults.shift() : undefined;
        if (fault !== undefined) throw fault;
      }),
    ),
  ]);
  sampler.start();
  await time.advance(200_000_000);
  await sampler.finished;
  expect(committed(journal).map(([, value]) => value)).toEqual(upTo(50));
  expect(sampler.tallies().replay?.failed).toEqual({ device_busy: 1, device_failed: 1 });
});

test("windows of a replay close by its rows, and the last one at its end", async () => {
  const { sampler, journal } = bench([{ ...stream(numbers(95)), channels: [channel("t", [{ aggregate: { every: "1ms" } }])] }]);
  sampler.start();
  await sampler.finished;
  expect(journal.commits.flatMap(({ summaries }) => summaries)).toMatchObject([{ summary: { n: 95, min: 0, max: 94 } }]);
  expect(account(journal)).toMatchObject({ read: 95, derived: 1, summarised: 95, inWindow: 0, open: 1 });
});

/** A journal that dies for good after so many commits, with the last one durable or not. */
function dying(journal: ListJournal, after: number, isLastDurable: boolean): Promise<void> {
  const died = Promise.withResolvers<void>();
  const { commit } = journal;
  let left = after;
  journal.commit = async (each) => {
    if (left < 0) return new Promise<never>(() => {});
    left -= 1;
    if (left >= 0 || isLastDurable) await commit(each);
    if (left >= 0) return;
    died.resolve();
    return new Promise<never>(() => {});
  };
  return died.promise;
}

test("kills at any commit lose no row of a file and double none, filters and counters included", async () => {
  await using dir = await tempDir();
  const total = 30_000;
  await fs.writeFile(
    dir.join("a.csv"),
    upTo(total)
      .map((index) => `${index},${index % 7},${index % 3}\n`)
      .join(""),
  );
  const options = file.config.parse({ path: dir.join("a.csv"), columns: { time: 1, t: 2, n: 3 }, time_format: "unix_ms", header: "no" });
  const channels = [channel("t", [{ deadband: { width: 3, heartbeat: "1s" } }]), channel("n", [{ aggregate: { every: "1s" } }])];
  const replay = { ...stream(numbers(0)), driver: file, options, channels };

  const whole = bench([replay]);
  whole.sampler.start();
  await whole.sampler.finished;
  expect(account(whole.journal)).toMatchObject({ read: 2 * total, summarised: total, derived: total / 1_000 });

  const kill = fc.record({ after: fc.nat(3), isLastDurable: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(kill, { maxLength: 5 }), async (kills) => {
      let journal = listJournal();
      for (const { after, isLastDurable } of kills) {
        const died = dying(journal, after, isLastDurable);
        const { sampler } = bench([replay], { journal });
        sampler.start();
        await Promise.race([died, sampler.finished]);
        const survivor = listJournal(journal.saved);
        survivor.commits.push(...journal.commits);
        journal = survivor;
      }
      const { sampler } = bench([replay], { journal });
      sampler.start();
      await sampler.finished;
      expect(committed(journal)).toEqual(committed(whole.journal));
      expect(journal.commits.flatMap(({ summaries }) => summaries)).toEqual(whole.journal.commits.flatMap(({ summaries }) => summaries));
      expect(account(journal)).toEqual(account(whole.journal));
    }),
    { numRuns: effort("stream-kills", { quick: 10, test: 20, prove: 200 }) },
  );
});

/** A stream that hands over one burst and then waits. */
function live(samples: readonly Sample[]) {
  let isGiven = false;
  const driver: StreamDriver = {
    shape: "stream",
    bus: "live",
    open: async () => {},
    close: async () => {},
    async next(signal) {
      if (isGiven) await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      isGiven = true;
      return { samples };
    },
  };
  return stream(scripted(() => driver));
}

test("samples without an instant are of the moment in which they arrived, not of that in which they were drawn", async () => {
  const [first, second] = [micros(8_000_000), micros(8_250_000)];
  const samples: Sample[] = [first, first, second].map((arrived, t) => ({ arrived, values: { t } }));
  const { sampler, journal, time, eventClock } = bench([{ ...live(samples), stamp: "exact" }]);
  sampler.start();
  await time.advance(5_000_000);
  await sampler.stop();
  const [frame] = journal.commits.flatMap(({ frames }) => frames);
  expect([frame?.stamp, [...(frame?.at ?? [])]]).toEqual(["boot", [first, first + 1, second]]); // two of one moment are told apart
  expect(eventClock.offset).toBeDefined();
});

/** A live stream into which the test puts what the world says. */
function listening(mostPerSecond = 10) {
  const inbox = Promise.withResolvers<Inbox>();
  const driver = scripted((context) => {
    const box = new Inbox(context, mostPerSecond);
    inbox.resolve(box);
    const next = (signal: AbortSignal) => box.burst(signal);
    return { shape: "stream", bus: "wire", open: async () => {}, next, rest: () => box.rest(), close: async () => {} };
  });
  return { sensor: stream(driver), inbox: inbox.promise };
}

const say = (inbox: Inbox, ...values: readonly number[]) => {
  for (const t of values) inbox.put({ values: { t } });
};

test("a live stream is taken while the spool has no room for a replay: nobody else keeps what it says", async () => {
  const { sensor, inbox } = listening();
  const { sampler, journal, time } = bench([sensor]);
  journal.isReady = new Promise(() => {});
  sampler.start();
  say(await inbox, 1, 2);
  await time.advance(2_000_000);
  say(await inbox, 3);
  await time.advance(2_000_000);
  expect(committed(journal).map(([, value]) => value)).toEqual([1, 2, 3]);
  await sampler.stop();
});

test("what a live stream has not handed over when the sampler stops is taken and counted", async () => {
  const { sensor, inbox } = listening(3);
  const { sampler, journal, time } = bench([sensor]);
  const box = await inbox;
  sampler.start();
  await time.advance(1_000_000);
  say(box, 1, 2, 3, 4);
  await sampler.stop(); // before whoever reads is told that something came
  expect(committed(journal).map(([, value]) => value)).toEqual([1, 2, 3]);
  expect(sampler.tallies().replay).toMatchObject({ read: 3, failed: { flood: 1 } });
  expect(isBalanced(journal)).toBe(true);
});

test("the last window of a live stream that falls silent closes by the clock", async () => {
  const { sensor, inbox } = listening();
  const channels = [channel("t", [{ aggregate: { every: "10s" } }])];
  const { sampler, journal, time } = bench([{ ...sensor, channels, stamp: "exact" }]);
  sampler.start();
  say(await inbox, 1, 2, 3);
  await time.advance(12_000_000);
  expect(journal.commits.flatMap(({ summaries }) => summaries)).toMatchObject([{ summary: { n: 3, min: 1, max: 3 } }]);
  expect(account(journal)).toMatchObject({ read: 3, inWindow: 0 });
  await sampler.stop();
});

test("that of a stream with instants of its own waits for its rows, however long", async () => {
  const channels = [channel("t", [{ aggregate: { every: "10s" } }])];
  const { sampler, journal, time } = bench([{ ...live([{ at: 1_000_000 as never, values: { t: 1 } }]), channels }]);
  sampler.start();
  await time.advance(60_000_000);
  expect(account(journal)).toMatchObject({ read: 1, inWindow: 1 });
  await sampler.stop();
});
