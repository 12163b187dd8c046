/**
 * spool-commands: everything that may happen to a spool, as commands for fast-check.
 *
 * A command acts, says what must have come of it, and lets the witness look at the file. It reads as one line in
 * a counterexample.
 */
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect } from "vitest";
import type { BatchInfo } from "../../../agent/spool/spool-file.ts";
import type { Answer, BatchHash, EpochId } from "../../../protocol/index.ts";
import type { ModelCollector } from "./model-collector.ts";
import type { SpoolWitness } from "./spool-witness.ts";
import type { Instant, SpoolWorld } from "./spool-world.ts";

export interface Device {
  readonly world: SpoolWorld;
  readonly witness: SpoolWitness;
  readonly collector: ModelCollector;
}

type Command = fc.Command<object, Device>;

const SECOND = 1_000_000;
const FIRST = { epochOrder: 0, seq: 0 };

export function spoolCommands(): readonly fc.Arbitrary<Command>[] {
  const { boolean, integer, double, constant, record } = fc;
  const share = double({ min: 0, max: 1, noNaN: true });
  return [
    command("commit", record({ instants: instants(), trusted: boolean() }), commit),
    command("commit", record({ instants: instants(), trusted: boolean() }), commit),
    command("seal", record({ maxReadings: integer({ min: 1, max: 60 }) }), seal),
    command("seal", record({ maxReadings: constant(40) }), seal),
    command("deliver", record({ share, ackShare: share }), deliver),
    command("wrongAck", record({ share }), wrongAck),
    command("reconcile", record({ restore: fc.option(share, { nil: undefined, freq: 2 }), foreign: boolean() }), reconcile),
    command("reseal", record({ share, reason: fc.constantFrom("conflict" as const, "too_big" as const) }), reseal),
    command("resendCatalog", record({}), resendCatalog),
    command("crash", record({}), crash),
    command("reopen", record({}), ({ world }) => world.restart()),
    command("squeeze", record({ share: double({ min: 0.3, max: 1.1, noNaN: true }) }), squeeze),
    command("stepClock", record({ by: integer({ min: -20 * SECOND, max: 20 * SECOND }) }), stepClock),
    command("reboot", record({ pause: integer({ min: SECOND, max: 3_600 * SECOND }), untrusted: boolean(), error: integer() }), reboot),
  ];
}

function command<Args extends object>(name: string, args: fc.Arbitrary<Args>, act: (device: Device, args: Args) => void) {
  return args.map(
    (values): Command => ({
      check: () => true,
      run(_, device) {
        act(device, values);
        device.witness.look();
      },
      toString: () => `${name}(${JSON.stringify(values)})`,
    }),
  );
}

function instants(): fc.Arbitrary<Instant[]> {
  const step = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3_000 }), fc.constant(SECOND), fc.integer({ min: 0, max: 5 * SECOND }));
  const sensor = fc.constantFrom(0 as const, 1 as const, 2 as const);
  const quality = fc.constantFrom(0, 0, 0, 1, 2);
  const instant = fc.record({ sensor, step, channels: fc.integer({ min: 1, max: 7 }), quality });
  return fc.array(instant, { maxLength: 25 });
}

function commit({ world }: Device, { instants, trusted }: { instants: readonly Instant[]; trusted: boolean }): void {
  const before = world.service.status();
  const outcome = world.commit(instants, trusted);
  if (outcome === undefined) expect(before.usedBytes, "refused with room left").toBeGreaterThan(before.maxBytes);
  else if (outcome.dropped.length > 0) expect(ackedData(world.path), "history goes before what is pending").toBe(0);
}

/** Acked data batches that the file still holds; acked gaps and catalogs stay on purpose. */
function ackedData(path: string): unknown {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare("SELECT COUNT(*) FROM batch WHERE state = 1 AND kind = 'data'").pluck().get();
  } finally {
    db.close();
  }
}

function seal({ world }: Device, { maxReadings }: { maxReadings: number }): void {
  const open = world.service.status().open;
  const sealed = world.seal(maxReadings);
  expect(world.service.status().open).toBe(0);
  expect(sealed.reduce((sum, batch) => sum + batch.count, 0)).toBeLessThanOrEqual(open);
  for (const batch of sealed) expect(batch.count).toBeLessThanOrEqual(Math.max(32, maxReadings));
}

/** The first pending batches reach the collector; the answers to some of them come back. */
function deliver({ world, collector }: Device, { share, ackShare }: { share: number; ackShare: number }): void {
  const pending = pendingOf(world);
  const answers = pending.slice(0, Math.ceil(pending.length * share)).flatMap((info): Answer[] => {
    const bytes = world.service.bytesToSend(info, world.now as never);
    return bytes === undefined ? [] : [collector.take(bytes)];
  });
  const heard = answers.slice(Math.floor(answers.length * (1 - ackShare)));
  world.service.acked(heard);
  expect(pendingOf(world).length).toBe(pending.length - heard.length);
}

/** An ack for other content of the same seq marks nothing. */
function wrongAck({ world }: Device, { share }: { share: number }): void {
  const pending = pendingOf(world);
  const info = pick(pending, share);
  if (info === undefined) return;
  world.service.acked([{ ...info, hash: "0123456789abcdef" as BatchHash }]);
  expect(pendingOf(world)).toEqual(pending);
}

function reconcile({ world, collector, witness }: Device, { restore, foreign }: { restore?: number | undefined; foreign: boolean }): void {
  if (restore !== undefined) collector.restore(restore);
  const { epochs } = world.service.hello();
  const current = epochs.at(-1);
  if (current === undefined) throw new Error("a spool without an epoch");
  if (foreign) collector.takeForeign(current.epoch, current.to + 2);
  const { rewound, gaps, rolledBack } = world.service.reconcile(collector.greeting(epochs), world.now as never);
  expect(rolledBack).toBe(foreign);
  expect(world.service.hello().epochs.at(-1)?.epoch === current.epoch).toBe(!foreign);
  for (const batch of rewound) expect(collector.has(batch)).toBe(false);
  collector.forgetForeign();
  witness.look();
  expectAnswerable({ world, collector, witness });
  const again = world.service.reconcile(collector.greeting(world.service.hello().epochs), world.now as never);
  expect(again, "a second hello finds nothing new").toEqual({ rewound: [], gaps: [], rolledBack: false });
  expect(gaps.every((gap) => gap.kind === "gap")).toBe(true);
}

/** Every seq ever sealed is at the collector, pending here, or declared by a gap that is one of these. */
function expectAnswerable({ world, collector, witness }: Device): void {
  const pending = new Set(pendingOf(world).map(({ epoch, seq }) => `${epoch}/${seq}`));
  for (const { epoch, seq } of witness.seen.values()) {
    const isAnswerable = collector.has({ epoch, seq }) || pending.has(`${epoch}/${seq}`) || witness.gaps.has(`${epoch}/${seq}`);
    expect(isAnswerable, `${epoch}/${seq} is nowhere`).toBe(true);
  }
}

function reseal({ world, witness }: Device, { share, reason }: { share: number; reason: "conflict" | "too_big" }): void {
  const info = pick(pendingOf(world), share);
  if (info === undefined) return;
  const before = currentEpoch(world);
  const sealed = world.service.reseal(info, reason, world.now as never);
  witness.look();
  expect(sealed.reduce((sum, batch) => sum + batch.count, 0)).toBe(info.count);
  expect(witness.gaps.get(`${info.epoch}/${info.seq}`)).toMatchObject({ count: 0, reason: "resealed" });
  expect(currentEpoch(world) === before).toBe(reason !== "conflict" || info.epoch !== before);
  expect(world.service.reseal(info, reason, world.now as never), "it is gone").toEqual([]);
}

function resendCatalog({ world }: Device): void {
  const ref = world.service.hello().catalogs[0]?.slice(0, 8) ?? "";
  expect(world.service.resendCatalog(ref, world.now as never)).toMatchObject({ kind: "catalog" });
  expect(world.service.resendCatalog("00000000", world.now as never)).toBeUndefined();
}

function crash({ world }: Device): void {
  const before = world.service.status();
  const saved = world.state();
  world.crash();
  expect(world.opened.salvaged).toBeUndefined();
  expect({ ...world.service.status(), path: "" }).toEqual({ ...before, path: "" });
  if (world.droppedByRefusal === 0 && world.opened.saved !== undefined) expect(world.opened.saved).toEqual(saved);
}

/** A start under a quota of about what is used: the next commits have to make room, or are refused. */
function squeeze({ world }: Device, { share }: { share: number }): void {
  world.crash(Math.floor(world.service.status().usedBytes * share));
}

/** NTP or a person sets the clock. */
function stepClock({ world }: Device, { by }: { by: number }): void {
  world.error += by;
}

function reboot({ world }: Device, args: { pause: number; untrusted: boolean; error: number }): void {
  world.reboot(args.pause, args.untrusted);
  if (args.untrusted) world.error = args.error % (3_600 * SECOND);
}

export function pendingOf(world: SpoolWorld): BatchInfo[] {
  return world.service.pending(FIRST, 100_000);
}

function currentEpoch(world: SpoolWorld): EpochId | undefined {
  return world.service.hello().epochs.at(-1)?.epoch;
}

function pick<T>(list: readonly T[], share: number): T | undefined {
  return list[Math.min(list.length - 1, Math.floor(list.length * share))];
}
