import fs from "node:fs";
import { expect, test } from "vitest";
import type { Commit } from "../../../agent/spool/journal.ts";
import { SpoolService } from "../../../agent/spool/service.ts";
import type { BatchInfo } from "../../../agent/spool/spool-file.ts";
import { decodeDataBody, epochMicros, imbalance, LIMITS, openBody, parseBatch, type SampleFrame } from "../../../protocol/index.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { CATALOG, gridsOf, SpoolWorld } from "./spool-world.ts";

const SECOND = 1_000_000;
const START = epochMicros(1_800_000_000 * SECOND);
const NO_STATE = { tallies: {}, filters: {}, cursors: {} };

function open(path: string, catalog = CATALOG, grids = gridsOf(false)): SpoolService {
  const service = new SpoolService(seededRandom("seal", 1));
  service.open({ path, maxSize: 1e9, keepFree: 0, catalog, grids, now: START });
  return service;
}

/** One reading of `air/t` a second, in commits of one, from `from` to `to` seconds after boot. */
function commitSeconds(service: SpoolService, boot: string, from: number, to: number, offset?: number): void {
  for (let second = from; second < to; second++) service.commit({ commit: one(second), boot, offset, now: START });
}

function one(second: number): Commit {
  const column = { series: 0, present: new Uint8Array(1).fill(1), values: Float64Array.of(second), quality: new Uint8Array(1) };
  return {
    frames: [{ sensor: 0, stamp: "boot", at: Float64Array.of(second * SECOND), columns: [column] }],
    summaries: [],
    state: NO_STATE,
  };
}

function seal(service: SpoolService, boot: string, offset: number): BatchInfo[] {
  return service.seal({ boot, offset, suspect: false, maxReadings: 5_000, now: START });
}

/** Instants in milliseconds since START and qualities of `air/t`, by value. */
function stamped(service: SpoolService, batches: readonly BatchInfo[]): Map<number, readonly [ms: number, quality: number]> {
  const entries = batches.flatMap((info) => {
    const parsed = parseBatch(service.bytesToSend(info, START) as Uint8Array);
    return (decodeDataBody(openBody(parsed), info.count).frames as SampleFrame[]).flatMap(({ at, columns: [column] }) =>
      [...(column?.values ?? [])].map((value, index): [number, readonly [number, number]] => {
        return [value, [Math.floor(((at[index] ?? 0) - START) / 1_000), column?.quality?.[index] ?? 0]];
      }),
    );
  });
  return new Map(entries);
}

/** Every instant, in microseconds. */
function instants(service: SpoolService, batches: readonly BatchInfo[]): number[] {
  return batches.flatMap((info) => {
    const parsed = parseBatch(service.bytesToSend(info, START) as Uint8Array);
    return decodeDataBody(openBody(parsed), info.count).frames.flatMap((frame) => [...frame.at]);
  });
}

test("a boot that never had a clock is laid out whole before the present one, and is suspect", async () => {
  await using dir = await tempDir();
  const service = open(dir.join("spool.db"));
  commitSeconds(service, "boot-1", 0, 600);
  const at = stamped(service, seal(service, "boot-2", START));
  expect(at.size).toBe(600);
  for (const [second, [ms, quality]] of at) expect([ms, quality]).toEqual([(second - 599) * 1_000 + 137, 1]);
  service.close();
});

test("a boot whose clock was trusted late is sealed under that clock from its first reading", async () => {
  await using dir = await tempDir();
  const service = open(dir.join("spool.db"));
  commitSeconds(service, "boot-1", 0, 400);
  commitSeconds(service, "boot-1", 400, 410, START);
  const at = stamped(service, seal(service, "boot-2", START + 9_000 * SECOND));
  for (const [second, [ms, quality]] of at) expect([ms, quality]).toEqual([second * 1_000 + 137, 0]);
  service.close();
});

test("what is left of a boot that was sealed before uses the clock it was sealed under", async () => {
  await using dir = await tempDir();
  const service = open(dir.join("spool.db"));
  commitSeconds(service, "boot-1", 0, 5, START);
  seal(service, "boot-1", START);
  commitSeconds(service, "boot-1", 5, 8);
  const at = stamped(service, seal(service, "boot-2", START + 9_000 * SECOND));
  expect([...at]).toEqual([5, 6, 7].map((second) => [second, [second * 1_000 + 137, 0]]));
  service.close();
});

test("two boots that saw the same wall clock give different instants", async () => {
  await using dir = await tempDir();
  const service = open(dir.join("spool.db"));
  commitSeconds(service, "boot-1", 0, 5, START);
  const before = seal(service, "boot-1", START);
  commitSeconds(service, "boot-2", 0, 5, START);
  const after = seal(service, "boot-2", START);
  expect(new Set(instants(service, [...before, ...after])).size).toBe(10);
  service.close();
});

for (const sealedBefore of [false, true]) {
  test(`a seal that a power cut took back is made again to the same instants, ${sealedBefore ? "in a spool with a past" : "in a new spool"}`, async () => {
    await using dir = await tempDir();
    const service = open(dir.join("spool.db"));
    if (sealedBefore) {
      commitSeconds(service, "boot-0", 0, 2, START - 100 * SECOND);
      seal(service, "boot-0", START - 100 * SECOND);
    }
    commitSeconds(service, "boot-1", 200, 203, START);
    for (const suffix of ["", "-wal"]) fs.copyFileSync(dir.join(`spool.db${suffix}`), dir.join(`disk.db${suffix}`));
    const sent = instants(service, seal(service, "boot-1", START - 3)); // the clock is slewed meanwhile
    service.close();
    const again = open(dir.join("disk.db"));
    expect(instants(again, seal(again, "boot-2", START + 300 * SECOND))).toEqual(sent);
    again.close();
  });
}

test("a boot that began without a clock is of another generation, and is so again after a rollback", async () => {
  await using dir = await tempDir();
  const service = open(dir.join("spool.db"));
  commitSeconds(service, "boot-0", 0, 2, START - 100 * SECOND);
  seal(service, "boot-0", START - 100 * SECOND);
  commitSeconds(service, "boot-1", 200, 201);
  commitSeconds(service, "boot-1", 201, 203, START);
  for (const suffix of ["", "-wal"]) fs.copyFileSync(dir.join(`spool.db${suffix}`), dir.join(`disk.db${suffix}`));
  const sent = instants(service, seal(service, "boot-1", START));
  expect(sent.map((at) => at % 1_000)).toEqual([10, 10, 10]);
  service.close();
  const again = open(dir.join("disk.db"));
  expect(instants(again, seal(again, "boot-2", START + 300 * SECOND))).toEqual(sent);
  again.close();
});

test("channels of one instant share it, though a sensor has more of them than fit into a frame", async () => {
  await using dir = await tempDir();
  const channels = LIMITS.channelsPerFrame * 2 + 3;
  const [spec] = CATALOG;
  if (spec === undefined) throw new Error("an empty catalog");
  const catalog = Array.from({ length: channels }, (_, index) => ({ ...spec, channel: `c${index}` }));
  const service = open(dir.join("spool.db"), catalog, gridsOf(false).slice(0, 1));
  const at = Float64Array.of(SECOND, 2 * SECOND, 3 * SECOND);
  const columns = catalog.map((_, series) => {
    return { series, present: new Uint8Array(3).fill(1), values: Float64Array.of(1, 2, 3), quality: new Uint8Array(3) };
  });
  const commit: Commit = { frames: [{ sensor: 0, stamp: "boot", at, columns }], summaries: [], state: NO_STATE };
  service.commit({ commit, boot: "boot-1", offset: START, now: START });
  const frames = seal(service, "boot-1", START).flatMap((info) => {
    return decodeDataBody(openBody(parseBatch(service.bytesToSend(info, START) as Uint8Array)), info.count).frames;
  });
  expect(frames.length).toBeGreaterThan(2);
  for (const frame of frames) expect([...frame.at]).toEqual([1, 2, 3].map((second) => START + second * SECOND + 137_000));
  service.close();
});

test("the account in every batch balances, however many commits are sealed at once", async () => {
  await using dir = await tempDir();
  const world = new SpoolWorld(dir.path, seededRandom("account", 2), true);
  for (let commits = 0; commits < 300; commits++) world.commit([{ sensor: 0, step: SECOND, channels: 7, quality: 0 }], false);
  const batches = world.seal(500);
  expect(batches.length).toBeGreaterThan(1);
  for (const info of batches) {
    const parsed = parseBatch(world.service.bytesToSend(info, START) as Uint8Array);
    expect(imbalance(decodeDataBody(openBody(parsed), info.count).totals), `batch ${info.seq}`).toBe(0);
  }
  world.service.close();
});

test("samples with instants of their own stay samples at the seal, even where their channel makes summaries", async () => {
  await using dir = await tempDir();
  const windows = [{ series: 0, every: 60 * SECOND, hold: SECOND }];
  const service = open(
    dir.join("spool.db"),
    CATALOG,
    gridsOf(false).map((grid) => ({ ...grid, windows })),
  );
  const { frames, ...rest } = one(1);
  service.commit({
    commit: { ...rest, frames: frames.map((frame) => ({ ...frame, stamp: "device" as const })) },
    boot: "boot-1",
    offset: 0,
    now: START,
  });
  service.commit({ commit: one(2), boot: "boot-1", offset: START, now: START });
  const [batch] = seal(service, "boot-1", START);
  const parsed = parseBatch(service.bytesToSend(batch as BatchInfo, START) as Uint8Array);
  const forms = decodeDataBody(openBody(parsed), (batch as BatchInfo).count).frames.map(({ form, at }) => [form, at.length]);
  expect(forms).toEqual([
    ["samples", 1],
    ["summaries", 1],
  ]);
  service.close();
});
