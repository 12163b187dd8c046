import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { TrustedClock } from "../../../agent/clock/trusted-clock.ts";
import type { Commit } from "../../../agent/spool/journal.ts";
import { openSpool } from "../../../agent/spool/open.ts";
import { encodeOpenRow } from "../../../agent/spool/open-row.ts";
import { sealAll } from "../../../agent/spool/seal.ts";
import { Sealer, type SealerOptions } from "../../../agent/spool/sealer.ts";
import type { BatchInfo } from "../../../agent/spool/spool-file.ts";
import { cronLine } from "../../../protocol/calendar.ts";
import { type Answer, epochMicros, Fault, isFault, micros } from "../../../protocol/index.ts";
import { eventually } from "../../support/eventually.ts";
import { manualClock, NEW_YEAR_2026 } from "../../support/manual-clock.ts";
import { quietLog } from "../../support/quiet-log.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";
import { machine } from "../clock/machine.ts";
import { inlineSpool } from "./inline-spool.ts";
import { CATALOG, gridsOf } from "./spool-world.ts";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const DISK_FULL = new Fault("disk_full", "spool.db: expected room on the disk, got SQLITE_FULL", { retry: true });

/** A sealer over a real spool, on a machine whose clock is trusted or not; what it seals is in `sealed`. */
function bench(dir: TempDir, hardware: "rtc" | "bare" = "rtc", more: Partial<SealerOptions> & { readonly quota?: number } = {}) {
  const time = manualClock();
  const log = quietLog();
  const { quota = 1e8, ...options } = more;
  const inline = inlineSpool(dir.join("spool.db"), seededRandom("sealer", 1), { maxSize: quota });
  const { root } = machine(dir, hardware);
  const trust = { trust: "auto", root, builtAt: epochMicros(0), newestSeal: epochMicros(0) } as const;
  const trustedClock = new TrustedClock(time.clock, trust);
  const sealed: BatchInfo[] = [];
  const gone: BatchInfo[] = [];
  const sealer = new Sealer({
    spool: inline.spool,
    opened: inline.opened,
    boot: "boot-1",
    trustedClock,
    clock: time.clock,
    log,
    every: micros(MINUTE),
    maxReadings: 10,
    onSealed: (batches) => sealed.push(...batches),
    onGone: (batches) => gone.push(...batches),
    ...options,
  });
  let taken = 0;
  /** One commit of so many readings of one sensor, a millisecond apart. */
  const commit = (count: number) => {
    taken += count;
    return sealer.commit(commitOf(count, taken));
  };
  const readings = () => sealed.reduce((sum, { count }) => sum + count, 0);
  return { sealer, inline, time, log, trustedClock, sealed, gone, commit, readings, open: () => inline.service.status().open };
}

function commitOf(count: number, last: number): Commit {
  const at = Float64Array.from({ length: count }, (_, index) => (last - count + index) * 1_000);
  const column = {
    series: 3,
    present: new Uint8Array(count).fill(1),
    values: Float64Array.from({ length: count }, (_, i) => Math.sin(last + i)),
    quality: new Uint8Array(count),
  };
  return { frames: [{ sensor: 1, stamp: "boot", at, columns: [column] }], summaries: [], state: { tallies: {}, filters: {}, cursors: {} } };
}

test("open readings are sealed every `every`, and at no other time while they are few", async () => {
  await using dir = await tempDir();
  const { sealer, commit, time, readings } = bench(dir);
  sealer.start();
  await commit(3);
  await time.advance(MINUTE - 1);
  expect(readings()).toBe(0);
  await time.advance(1);
  expect(readings()).toBe(3);
  await commit(4);
  await time.advance(MINUTE);
  expect(readings()).toBe(7);
});

test("max_readings are sealed without waiting for the time, and no batch holds many more", async () => {
  await using dir = await tempDir();
  const { commit, sealed, readings } = bench(dir, "rtc", { maxReadings: 600 });
  await commit(599);
  await turn();
  expect(readings()).toBe(0);
  await commit(1_300);
  await turn();
  expect(readings()).toBe(1_899);
  expect(Math.max(...sealed.map(({ count }) => count))).toBeLessThanOrEqual(600);
});

test("seal() is the flush: it returns when what was open is in the spool as batches", async () => {
  await using dir = await tempDir();
  const { sealer, commit, readings, open } = bench(dir);
  await commit(5);
  await sealer.seal();
  expect([readings(), open()]).toEqual([5, 0]);
  await sealer.seal(); // nothing open: no batch
  expect(readings()).toBe(5);
});

test("what an earlier run left open is sealed within a second", async () => {
  await using dir = await tempDir();
  const first = bench(dir);
  await first.commit(6);
  first.inline.service.close();
  const second = bench(dir);
  second.sealer.start();
  await second.time.advance(SECOND);
  expect(second.readings()).toBe(6);
});

test("without a trusted clock readings stay open, and are sealed once there is one", async () => {
  await using dir = await tempDir();
  const { sealer, commit, time, trustedClock, readings, open } = bench(dir, "bare");
  sealer.start();
  await commit(15);
  await time.advance(60 * MINUTE);
  await sealer.seal();
  expect([readings(), open()]).toEqual([0, 15]);
  trustedClock.hearCollector(epochMicros(NEW_YEAR_2026), true, 0);
  await time.advance(MINUTE);
  expect([readings(), open()]).toEqual([15, 0]);
});

test("a fault leaves the readings open, is told once, and the next turn seals them", async () => {
  await using dir = await tempDir();
  const { sealer, commit, time, inline, log, readings, open } = bench(dir);
  sealer.start();
  await commit(5);
  inline.fault = DISK_FULL;
  await time.advance(10 * MINUTE);
  expect([readings(), open()]).toEqual([0, 5]);
  expect(log.entries.map(({ level, fields }) => [level, (fields as { code: string }).code])).toEqual([["error", "disk_full"]]);
  inline.fault = undefined;
  await time.advance(MINUTE);
  expect([readings(), open()]).toEqual([5, 0]);
  inline.fault = DISK_FULL;
  await commit(1).catch((error: unknown) => expect(isFault(error, "disk_full")).toBe(true));
  expect(log.entries).toHaveLength(1); // a refused commit is the sampler's to count
});

test("what was sealed before the disk was full is handed out, though the rest has to wait", async () => {
  await using dir = await tempDir();
  const { spool } = openSpool(dir.join("spool.db"), seededRandom("sealer", 2), epochMicros(NEW_YEAR_2026));
  spool.useCatalog(CATALOG, gridsOf(false), NEW_YEAR_2026);
  for (let row = 1; row <= 600; row++) {
    spool.append(encodeOpenRow(commitOf(40, row * 40), { boot: "boot-1", catalog: spool.catalogId, offset: NEW_YEAR_2026 }));
  }
  const request = { boot: "boot-1", offset: NEW_YEAR_2026, suspect: false, maxReadings: 2_000, now: NEW_YEAR_2026 };
  spool.db.exec("CREATE TEMP TRIGGER full BEFORE INSERT ON batch WHEN NEW.seq > 8 BEGIN SELECT RAISE(ABORT, 'full'); END");
  const sealed: BatchInfo[] = [];
  expect(() => sealAll(spool, request, sealed)).toThrow();
  const told = sealed.length;
  expect(told).toBeGreaterThan(0);
  expect(spool.pending({ epochOrder: 1, seq: 1 }, 1_000)).toEqual(sealed); // seq 1 is the catalog
  spool.db.exec("DROP TRIGGER full");
  sealAll(spool, request, sealed);
  expect(sealed.length).toBeGreaterThan(told);
  expect(sealed.reduce((sum, { count }) => sum + count, 0)).toBe(24_000);
  spool.close();
});

test("gaps that a refused commit declared are told with the next one that is taken", async () => {
  await using dir = await tempDir();
  const { sealer, commit, inline, sealed, gone } = bench(dir, "rtc", { quota: 300_000, maxReadings: 5_000 });
  let refusals = 0;
  for (let round = 0; round < 60; round++) {
    await commit(2_000).catch((error: unknown) => {
      if (!isFault(error, "spool_full")) throw error;
      refusals += 1;
    });
    if (round % 3 === 2) await sealer.seal();
  }
  await sealer.seal();
  expect(gone.length).toBeGreaterThan(0);
  const told = new Set(sealed.map(({ seq }) => seq));
  const pending = inline.service.pending({ epochOrder: 1, seq: 1 }, 10_000);
  expect(pending.filter(({ seq }) => !told.has(seq))).toEqual([]);
  console.info(`${refusals} commits refused, ${gone.length} batches dropped`);
});

test("a replay waits while eight batches are open, and goes on after the seal", async () => {
  await using dir = await tempDir();
  const { sealer, commit, trustedClock } = bench(dir, "bare");
  await commit(79);
  await sealer.ready(new AbortController().signal);
  await commit(1);
  const ready = watched(sealer.ready(new AbortController().signal));
  await turn();
  expect(ready.isDone()).toBe(false);
  trustedClock.hearCollector(epochMicros(NEW_YEAR_2026), true, 0);
  await sealer.seal();
  await ready.promise;
});

test("a replay waits while what is not acked takes half of the quota, however much history there is", async () => {
  await using dir = await tempDir();
  const { sealer, commit, inline } = bench(dir, "rtc", { quota: 400_000, maxReadings: 5_000 });
  const ackAll = () => inline.service.acked(inline.service.pending({ epochOrder: 0, seq: 0 }, 1_000));
  const fill = async () => {
    for (let commits = 0; commits < 100 && inline.service.status().pendingBytes <= 200_000; commits++) {
      await commit(2_000);
      await sealer.seal();
    }
  };
  await fill();
  const ready = watched(sealer.ready(new AbortController().signal));
  sealer.roomMade(); // an ack that made none
  await turn();
  expect(ready.isDone()).toBe(false);
  ackAll();
  expect(inline.service.status().usedBytes).toBeGreaterThan(200_000);
  sealer.roomMade();
  await ready.promise;
});

test("a replay that is told to stop does not wait any longer, nor one whose sealer stops", async () => {
  await using dir = await tempDir();
  const { sealer, commit, time } = bench(dir, "bare");
  sealer.start();
  await commit(80);
  const stopping = new AbortController();
  const stopped = sealer.ready(stopping.signal);
  stopping.abort(new Error("stop"));
  await stopped;
  sealer.stop();
  expect(time.pending()).toEqual([]);
});

function watched(promise: Promise<void>): { readonly promise: Promise<void>; isDone(): boolean } {
  let isDone = false;
  const done = promise.then(() => {
    isDone = true;
  });
  return { promise: done, isDone: () => isDone };
}

test("with a cron line it seals at its times, however long that is, and at `max_readings`", async () => {
  await using dir = await tempDir();
  const { sealer, time, commit, readings } = bench(dir, "rtc", { cron: cronLine("*/15 * * * *", "UTC") });
  sealer.start();
  await commit(3);
  await time.advance(15 * MINUTE - SECOND);
  expect(readings()).toBe(0);
  await time.advance(2 * SECOND);
  expect(readings()).toBe(3);
  await commit(10);
  await turn();
  expect(readings()).toBe(13);
  sealer.stop();
});

test("an urgent commit is sealed at once, its batches are known as urgent after a restart, and no more once acked", async () => {
  await using dir = await tempDir();
  const { sealer, inline, sealed, commit, readings } = bench(dir);
  await commit(2);
  await sealer.commit({ ...commitOf(1, 3), urgent: true });
  await eventually(readings, (count) => count === 3);
  expect(sealed.map(({ count, urgent }) => [count, urgent])).toEqual([[3, true]]);
  const [batch] = sealed;
  expect(inline.service.urgentPending()).toEqual([batch]);
  inline.service.close();
  const again = inlineSpool(dir.join("spool.db"), seededRandom("sealer", 2)).service;
  expect(again.urgentPending()).toEqual([batch]);
  again.acked([{ epoch: batch?.epoch, seq: batch?.seq, hash: batch?.hash } as Answer]);
  expect(again.urgentPending()).toEqual([]);
  again.close();
});

test("an urgent commit beside a seal that is under way is sealed behind it", async () => {
  await using dir = await tempDir();
  const { sealer, sealed, commit, readings } = bench(dir);
  await commit(2);
  const first = sealer.seal();
  await sealer.commit({ ...commitOf(1, 3), urgent: true });
  await first;
  await eventually(readings, (count) => count === 3);
  expect(sealed.at(-1)?.urgent).toBe(true);
});

test("another pace counts from when it is set, also while a seal is under way", async () => {
  await using dir = await tempDir();
  const { sealer, time, commit, readings } = bench(dir);
  sealer.start();
  await commit(1);
  const sealing = time.advance(MINUTE);
  sealer.setPace({ every: micros(10 * SECOND), maxReadings: 10 });
  await sealing;
  await time.advance(MINUTE);
  expect(time.pending().filter((name) => name === "seal")).toHaveLength(1);
  expect(readings()).toBe(1);
  sealer.stop();
});
