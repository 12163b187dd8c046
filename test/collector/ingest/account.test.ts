/**
 * The collector's account: red where something is missing or twice, and only there.
 */
import { expect, test } from "vitest";
import { accountOf } from "../../../collector/ingest/account.ts";
import { type EpochId, encodeDataBody, NO_TOTALS } from "../../../protocol/index.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { type IngestBench, openIngest } from "./ingest-bench.ts";
import { batchAround, catalogBatch, dataBatch, EPOCH, gapBatch, OTHER_EPOCH, samples } from "./wire-batches.ts";

const THIRD_EPOCH = "00000000000000ff" as EpochId;

/** `count` readings of their own, in the batch `seq`; the agent had sealed `sealed` with it. */
function readings(seq: number, count: number, sealed: number, epoch: EpochId = EPOCH): Uint8Array {
  const values = Array.from({ length: count }, (_, index) => seq + index / 100);
  return dataBatch(seq, [samples(values, { from: 1.76e15 + (epoch === EPOCH ? 0 : 1e12) + seq * 1e8 })], { sealed, epoch });
}

async function withAgent(play: (bench: IngestBench) => Promise<void>) {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  await bench.publish("a", catalogBatch(1));
  await play(bench);
  return bench.account("a");
}

/** Publishes one after the other. */
async function say(bench: IngestBench, ...payloads: readonly Uint8Array[]): Promise<void> {
  for (const payload of payloads) await bench.publish("a", payload);
}

test("everything that was sealed has arrived: balanced", async () => {
  const account = await withAgent((bench) => say(bench, readings(2, 5, 5), readings(3, 4, 9)));
  expect(account).toMatchObject({
    received: 9,
    stored: 9,
    resent: 0,
    missingBatches: 0,
    pendingBatches: 0,
    unaccounted: 0,
    balanced: true,
  });
  expect(account.agentTotals).toEqual({ ...NO_TOTALS, read: 9, sealed: 9 });
});

test("batches that come in the wrong order are counted as in the right one, and the newest totals stay", async () => {
  const account = await withAgent((bench) => say(bench, readings(4, 3, 12), readings(2, 5, 5), readings(3, 4, 9)));
  expect(account).toMatchObject({ received: 12, unaccounted: 0, balanced: true, agentTotals: { sealed: 12 } });
});

test("a batch that nobody has is missing, and is named", async () => {
  const account = await withAgent(async (bench) => {
    await say(bench, readings(2, 5, 5), readings(6, 4, 20), readings(9, 1, 30));
    await bench.hello("a", [{ epoch: EPOCH, from: 9, to: 9 }]);
  });
  const missing = [
    { epoch: EPOCH, from: 3, to: 5 },
    { epoch: EPOCH, from: 7, to: 8 },
  ];
  expect(account).toMatchObject({ missingBatches: 5, missing, pendingBatches: 0, unaccounted: null, balanced: false });
});

test("what the agent's spool still holds is on its way, not missing", async () => {
  const account = await withAgent(async (bench) => {
    await bench.hello("a", [{ epoch: EPOCH, from: 3, to: 9 }]);
    await say(bench, readings(2, 5, 5), readings(9, 1, 30));
  });
  expect(account).toMatchObject({ missingBatches: 0, missing: [], pendingBatches: 6, unaccounted: null, balanced: true });
});

test("part of a hole may be on its way while the other part is missing", async () => {
  const account = await withAgent(async (bench) => {
    await say(bench, readings(2, 5, 5), readings(9, 1, 30));
    await bench.hello("a", [{ epoch: EPOCH, from: 6, to: 9 }]);
  });
  expect(account).toMatchObject({ missingBatches: 3, missing: [{ epoch: EPOCH, from: 3, to: 5 }], pendingBatches: 3, balanced: false });
});

test("an epoch of which no batch came is missing where the spool has let go of it", async () => {
  const account = await withAgent(async (bench) => {
    await bench.hello("a", [
      { epoch: OTHER_EPOCH, from: 4, to: 5 },
      { epoch: EPOCH, from: 1, to: 1 },
    ]);
  });
  expect(account).toMatchObject({
    missing: [{ epoch: OTHER_EPOCH, from: 1, to: 3 }],
    missingBatches: 3,
    pendingBatches: 2,
    balanced: false,
  });
});

test("a declared loss balances, with its reason and count", async () => {
  const gap = gapBatch(4, [{ seq: 3, count: 7, reason: "dropped_oldest" }]);
  const account = await withAgent((bench) => say(bench, readings(2, 5, 5), gap, readings(5, 1, 13)));
  expect(account).toMatchObject({ received: 6, lost: { dropped_oldest: 7 }, missingBatches: 0, unaccounted: 0, balanced: true });
});

test("a loss of readings sealed after the newest batch is not held against that batch", async () => {
  const gap = gapBatch(4, [{ seq: 3, count: 7, reason: "dropped_oldest" }]);
  const account = await withAgent((bench) => say(bench, readings(2, 5, 5), gap));
  expect(account).toMatchObject({ lost: { dropped_oldest: 7 }, unaccounted: 0, balanced: true });
});

test("a declared loss that turns up after all is no loss any more, in either order of arrival", async () => {
  const gap = gapBatch(4, [{ seq: 3, count: 7, reason: "dropped_oldest" }]);
  for (const payloads of [
    [gap, readings(3, 7, 12)],
    [readings(3, 7, 12), gap],
  ]) {
    const account = await withAgent((bench) => say(bench, readings(2, 5, 5), ...payloads, readings(5, 1, 13)));
    expect(account).toMatchObject({ received: 13, stored: 13, lost: {}, unaccounted: 0, balanced: true });
  }
});

test("a loss that was declared for fewer readings than were sealed is not balanced", async () => {
  const gap = gapBatch(4, [{ seq: 3, count: 6, reason: "dropped_oldest" }]);
  const account = await withAgent((bench) => say(bench, readings(2, 5, 5), gap, readings(5, 1, 13)));
  expect(account).toMatchObject({ unaccounted: 1, balanced: false });
});

test("a damaged batch whose readings the agent could not count leaves a rest that is explained", async () => {
  const gap = gapBatch(4, [{ seq: 3, count: 0, reason: "corrupt" }]);
  const account = await withAgent((bench) => say(bench, readings(2, 5, 5), gap, readings(5, 1, 13)));
  expect(account).toMatchObject({ lost: {}, unaccounted: 7, balanced: true });
});

test("a batch that was sealed again in two halves counts once, and its first totals do not turn time back", async () => {
  const halves = [readings(4, 3, 12), readings(5, 4, 12)];
  const gap = gapBatch(6, [{ seq: 3, count: 0, reason: "resealed" }]);
  const account = await withAgent((bench) => say(bench, readings(2, 5, 5), readings(7, 1, 13), ...halves, gap));
  expect(account).toMatchObject({ received: 13, lost: {}, unaccounted: 0, agentTotals: { sealed: 13 }, balanced: true });
});

test("a batch that is kept raw is accounted for with what its header says", async () => {
  const unreadable = batchAround(Uint8Array.of(1, 2, 3), { seq: 3, count: 4 });
  const account = await withAgent((bench) => say(bench, readings(2, 5, 5), unreadable, readings(4, 1, 10)));
  expect(account).toMatchObject({ received: 10, stored: 6, quarantined: 4, unaccounted: 0, balanced: true });
});

test("readings that came twice under two seqs are duplicates, and more than were sealed is not balanced", async () => {
  const account = await withAgent((bench) =>
    say(bench, readings(2, 5, 5), dataBatch(3, [samples([2, 2.01], { from: 1.76e15 + 2e8 })], { sealed: 5 })),
  );
  expect(account).toMatchObject({ received: 7, stored: 5, duplicate: 2, unaccounted: -2, balanced: false });
});

test("totals that do not add up on the agent itself are not balanced", async () => {
  const body = encodeDataBody({ totals: { ...NO_TOTALS, read: 9, sealed: 1 }, frames: [samples([1])] });
  const account = await withAgent((bench) => say(bench, batchAround(body, { seq: 2, count: 1 })));
  expect(account).toMatchObject({ received: 1, stored: 1, unaccounted: 0, balanced: false });
});

test("a spool that was wiped begins anew: the old epoch is not held against the new counters, what is missing there stays missing", async () => {
  const account = await withAgent(async (bench) => {
    await bench.hello("a", [{ epoch: EPOCH, from: 1, to: 1 }]);
    await say(bench, readings(2, 5, 5), readings(4, 5, 15));
    await bench.hello("a", [{ epoch: OTHER_EPOCH, from: 1, to: 2 }]);
    await say(bench, catalogBatch(1, undefined, OTHER_EPOCH), readings(2, 3, 3, OTHER_EPOCH));
  });
  expect(account).toMatchObject({
    received: 13,
    stored: 13,
    missing: [{ epoch: EPOCH, from: 3, to: 3 }],
    agentTotals: { sealed: 3 },
    balanced: false,
  });
});

test("a new epoch of the same spool goes on with its counters", async () => {
  const account = await withAgent(async (bench) => {
    await bench.hello("a", [{ epoch: EPOCH, from: 1, to: 2 }]);
    await say(bench, readings(2, 5, 5));
    const minted = { epoch: OTHER_EPOCH, from: 1, to: 0 };
    await bench.hello("a", [{ epoch: EPOCH, from: 1, to: 2 }, minted]);
    await say(bench, readings(1, 3, 8, OTHER_EPOCH));
  });
  expect(account).toMatchObject({ received: 8, unaccounted: 0, agentTotals: { sealed: 8 }, balanced: true });
});

test("a spool that was rolled back remembers less than is here: explained by its new epoch, and nothing is missing", async () => {
  const account = await withAgent(async (bench) => {
    await say(bench, readings(2, 5, 5), readings(3, 5, 10));
    await bench.hello("a", [
      { epoch: EPOCH, from: 1, to: 2 },
      { epoch: OTHER_EPOCH, from: 1, to: 0 },
    ]);
    await say(bench, readings(1, 3, 8, OTHER_EPOCH));
  });
  expect(account).toMatchObject({ received: 13, unaccounted: -5, missingBatches: 0, pendingBatches: 0, balanced: true });
});

test("what waits for the store is counted as waiting, and the account balances at that instant too", async () => {
  await using dir = await tempDir();
  const file = dir.join("data.db");
  const held = Promise.withResolvers<void>();
  await using bench = await openIngest(file, {
    store: (store) => ({ ...store, put: (unit) => held.promise.then(() => store.put(unit)) }),
  });
  await say(bench, catalogBatch(1), readings(2, 5, 5));
  expect(accountOf(bench.db)).toMatchObject([{ received: 5, waiting: 5, stored: 0, balanced: true }]);
  held.resolve();
  expect(await bench.account("a")).toMatchObject({ received: 5, waiting: 0, stored: 5, balanced: true });
});

test("agents are accounted for one by one", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  for (const [agent, seq] of [
    ["a", 2],
    ["b", 4],
  ] as const) {
    await bench.hello(agent, [{ epoch: THIRD_EPOCH, from: seq + 1, to: seq }]);
    await bench.publish(agent, catalogBatch(1, undefined, THIRD_EPOCH));
    await bench.publish(agent, readings(seq, 5, 5, THIRD_EPOCH));
  }
  expect(await bench.account("a")).toMatchObject({ received: 5, missingBatches: 0, balanced: true });
  expect(await bench.account("b")).toMatchObject({ received: 5, missingBatches: 2, balanced: false });
});
