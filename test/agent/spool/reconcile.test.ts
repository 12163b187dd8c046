import { expect, test } from "vitest";
import { decodeGaps, type EpochId, epochMicros, LIMITS, openBody, parseBatch } from "../../../protocol/index.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { ModelCollector } from "./model-collector.ts";
import { pendingOf } from "./spool-commands.ts";
import { SpoolWorld } from "./spool-world.ts";

const NOW = epochMicros(1_800_000_000_000_000);

/** A spool of one catalog and `count` batches of one reading each. */
function worldOf(path: string, count: number): SpoolWorld {
  const world = new SpoolWorld(path, seededRandom("reconcile", 1));
  for (let batch = 0; batch < count; batch++) {
    world.commit([{ sensor: 1, step: 1_000, channels: 1, quality: 0 }], true);
    world.seal();
  }
  return world;
}

function hear(world: SpoolWorld, collector: ModelCollector) {
  return world.service.reconcile(collector.greeting(world.service.hello().epochs), NOW);
}

function deliverAll(world: SpoolWorld, collector: ModelCollector): void {
  for (const info of pendingOf(world)) world.service.acked([collector.take(world.service.bytesToSend(info, NOW) as Uint8Array)]);
}

test("ranges mark nothing as acked, and a backlog that nobody has yet is left alone", async () => {
  await using dir = await tempDir();
  const world = worldOf(dir.path, 20);
  const collector = new ModelCollector();
  for (const info of pendingOf(world).slice(0, 10)) collector.take(world.service.bytesToSend(info, NOW) as Uint8Array);
  const before = pendingOf(world);
  expect(hear(world, collector)).toEqual({ rewound: [], gaps: [], rolledBack: false });
  expect(pendingOf(world)).toEqual(before);
  world.service.close();
});

test("a collector that lost everything gets everything that was kept again", async () => {
  await using dir = await tempDir();
  const world = worldOf(dir.path, 20);
  const all = pendingOf(world);
  deliverAll(world, new ModelCollector());
  expect(hear(world, new ModelCollector())).toEqual({ rewound: all, gaps: [], rolledBack: false });
  expect(pendingOf(world)).toEqual(all);
  world.service.close();
});

test("a dropped batch has one gap with its reason and count, however often the agent connects before it is acked", async () => {
  await using dir = await tempDir();
  const world = worldOf(dir.path, 60);
  world.restart(world.service.status().usedBytes - 1_000);
  const dropped = world.commit([], true)?.dropped ?? [];
  expect(dropped.length).toBeGreaterThan(0);
  const before = pendingOf(world);
  for (let connection = 0; connection < 5; connection++) expect(hear(world, new ModelCollector()).gaps).toEqual([]);
  expect(pendingOf(world)).toEqual(before);
  const gap = before.find((batch) => batch.kind === "gap");
  const declared = decodeGaps(openBody(parseBatch(world.service.bytesToSend(gap as never, NOW) as Uint8Array)));
  expect(declared).toEqual(dropped.map(({ epoch, seq, hash, count }) => ({ epoch, seq, hash, count, reason: "dropped_oldest" })));
  world.service.close();
});

test("acked batches that were evicted and then lost by the collector become gaps, so many at a hello", async () => {
  await using dir = await tempDir();
  const world = worldOf(dir.path, 700);
  const all = pendingOf(world);
  deliverAll(world, new ModelCollector());
  world.restart(1);
  world.commit([], true); // refused, and all history goes to make room
  world.restart(1e9);
  const collector = new ModelCollector();
  const first = hear(world, collector);
  expect(first.gaps).toHaveLength(1);
  const second = hear(world, collector);
  expect(second.gaps).toHaveLength(1);
  const declared = [...first.gaps, ...second.gaps].flatMap((info) =>
    decodeGaps(openBody(parseBatch(world.service.bytesToSend(info, NOW) as Uint8Array))),
  );
  expect(declared).toHaveLength(700);
  expect(declared.slice(0, LIMITS.gapsPerBatch)).toHaveLength(LIMITS.gapsPerBatch);
  expect(new Set(declared.map((gap) => gap.seq))).toEqual(new Set(all.filter((info) => info.kind === "data").map((info) => info.seq)));
  expect(new Set(declared.map((gap) => gap.reason))).toEqual(new Set(["evicted_after_ack"]));
  expect(hear(world, collector).gaps).toEqual([]);
  world.service.close();
});

test("a seq that this spool never sealed means that it was rolled back: a new epoch at once, once", async () => {
  await using dir = await tempDir();
  const world = worldOf(dir.path, 3);
  const old = world.service.hello().epochs.at(-1);
  if (old === undefined) throw new Error("a spool without an epoch");
  const collector = new ModelCollector();
  collector.takeForeign(old.epoch, old.to + 1);
  expect(hear(world, collector).rolledBack).toBe(true);
  expect(world.service.hello().epochs).toMatchObject([old, { from: 1, to: 0 }]);
  expect(hear(world, collector).rolledBack).toBe(false);
  world.service.close();
});

test("where a collector lists as many ranges as it may, what lies before them is not judged", async () => {
  await using dir = await tempDir();
  const world = worldOf(dir.path, LIMITS.rangesPerEpoch * 2 + 20);
  const [epoch] = world.service.hello().epochs;
  if (epoch === undefined) throw new Error("a spool without an epoch");
  deliverAll(world, new ModelCollector());
  const ranges = Array.from({ length: LIMITS.rangesPerEpoch }, (_, index) => [20 + index * 2, 20 + index * 2] as const);
  const { rewound } = world.service.reconcile({ epochs: [{ epoch: epoch.epoch, ranges }], token: "", standing: "welcome" }, NOW);
  expect(rewound.map((info) => info.seq)).toEqual(expect.arrayContaining([21, 23]));
  expect(Math.min(...rewound.map((info) => info.seq))).toBe(21);
  world.service.close();
});

test("the token of the newest hello-ack that had one is presented, after a restart too", async () => {
  await using dir = await tempDir();
  const world = worldOf(dir.path, 1);
  expect(world.service.hello().token).toBe("");
  for (const token of ["0102", ""]) world.service.reconcile({ epochs: [], token, standing: "welcome" }, NOW);
  expect(world.service.hello().token).toBe("0102");
  world.restart();
  expect(world.service.hello().token).toBe("0102");
  world.service.close();
});

test("a spool that the collector knows to be rolled back begins one new epoch", async () => {
  await using dir = await tempDir();
  const world = worldOf(dir.path, 3);
  const epoch = world.service.hello().epochs[0]?.epoch as EpochId;
  const greeting = { epochs: [{ epoch, ranges: [[1, 90]] as const }], token: "0102", standing: "rolled_back" } as const;
  expect(world.service.reconcile(greeting, NOW).rolledBack).toBe(true);
  expect(world.service.hello().epochs).toHaveLength(2);
  world.service.close();
});
