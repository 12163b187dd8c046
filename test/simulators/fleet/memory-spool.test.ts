import { expect, test } from "vitest";
import {
  type BatchHash,
  decodeGaps,
  type EpochId,
  type Micros,
  micros,
  openBody,
  parseBatch,
  type SeqRange,
} from "../../../protocol/index.ts";
import { MemorySpool } from "../../../simulators/fleet/memory-spool.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { seededRandom } from "../../support/seeded-random.ts";

const FIRST = { epochOrder: 0, seq: 0 };

function spoolWithData(batches: number) {
  const clock = manualClock();
  const acked: Micros[] = [];
  const spool = new MemorySpool({
    catalog: [
      {
        sensor: "box",
        channel: "temperature",
        unit: "Cel",
        kind: "gauge",
        sampling: "periodic",
        period: micros(1),
        heartbeat: micros(0),
        calibration: 0,
      },
    ],
    clock: clock.clock,
    random: seededRandom("memory-spool", 1),
    onAcked: (sentAt) => acked.push(sentAt),
  });
  const sealed = Array.from({ length: batches }, (_, index) => spool.sealData(1, Uint8Array.of(0x90 + index)));
  return { clock, spool, sealed, acked };
}

async function seqs(spool: MemorySpool): Promise<number[]> {
  return (await spool.pending(FIRST, 100)).map(({ seq }) => seq);
}

const greeting = (epoch: EpochId, range: SeqRange) => ({ epochs: [{ epoch, ranges: [range] }], token: "", standing: "welcome" as const });

test("the catalog goes first, and published bytes are sealed bytes, whenever they are asked for", async () => {
  const { spool, sealed } = spoolWithData(2);
  expect(await seqs(spool)).toEqual([1, 2, 3]);
  for (const info of sealed) {
    const bytes = await spool.bytesToSend(info);
    expect(await spool.bytesToSend(info)).toBe(bytes);
    expect(parseBatch(bytes as Uint8Array).header).toMatchObject({ seq: info.seq, hash: info.hash, count: 1 });
  }
});

test("only an ack with the hash of that very batch takes it out, timed from its first sending", async () => {
  const { clock, spool, sealed, acked } = spoolWithData(1);
  const [batch] = sealed as [(typeof sealed)[number]];
  const sentAt = clock.clock.monotonic();
  await spool.bytesToSend(batch);
  await clock.advance(5_000);
  await spool.bytesToSend(batch);
  await spool.acked([{ ...batch, hash: "00000000000000ff" as BatchHash }]);
  expect(await seqs(spool)).toEqual([1, 2]);
  await spool.acked([batch]);
  await spool.acked([batch]);
  expect(await seqs(spool)).toEqual([1]);
  expect(acked).toEqual([sentAt]);
});

test("what the collector lost after its ack is declared once, for nobody has it any more", async () => {
  const { spool, sealed } = spoolWithData(3);
  const { epoch } = sealed[0] as { epoch: (typeof sealed)[number]["epoch"] };
  for (const batch of sealed) await spool.bytesToSend(batch);
  await spool.acked(sealed);
  const { gaps, rolledBack } = await spool.reconcile(greeting(epoch, [2, 2]));
  expect(rolledBack).toBe(false);
  const [gap] = gaps as [(typeof gaps)[number]];
  const bytes = (await spool.bytesToSend(gap)) as Uint8Array;
  expect(decodeGaps(openBody(parseBatch(bytes)))).toEqual([3, 4].map((seq) => ({ epoch, seq, count: 0, reason: "evicted_after_ack" })));
  expect((await spool.reconcile(greeting(epoch, [2, 2]))).gaps).toEqual([]);
});

test("a seq that was never sealed here begins a new epoch, and so does a conflict, with a gap in the old place", async () => {
  const { spool, sealed } = spoolWithData(2);
  const [first, second] = sealed as [(typeof sealed)[number], (typeof sealed)[number]];
  const [again, gap] = (await spool.reseal(second, "conflict")) as [typeof first, typeof first];
  expect(again).toMatchObject({ seq: 1, count: 1, kind: "data" });
  expect(again.epoch).not.toBe(first.epoch);
  const bytes = (await spool.bytesToSend(gap)) as Uint8Array;
  expect(decodeGaps(openBody(parseBatch(bytes)))).toEqual([{ epoch: first.epoch, seq: second.seq, count: 0, reason: "resealed" }]);
  expect((await spool.reconcile(greeting(again.epoch, [1, 99]))).rolledBack).toBe(true);
  expect(spool.sealData(1, Uint8Array.of(0x90))).toMatchObject({ seq: 1, epochOrder: 3 });
});

test("the hello tells what is kept of each epoch", async () => {
  const { spool, sealed } = spoolWithData(2);
  const [batch] = sealed as [(typeof sealed)[number]];
  expect(await spool.hello()).toMatchObject({ epochs: [{ epoch: batch.epoch, from: 1, to: 3 }], pending: 3 });
  const all = await spool.pending(FIRST, 100);
  for (const each of all) await spool.bytesToSend(each);
  await spool.acked(all);
  expect(await spool.hello()).toMatchObject({ epochs: [{ epoch: batch.epoch, from: 4, to: 3 }], pending: 0 });
});
