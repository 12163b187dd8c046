/**
 * Bad input against a whole collector, over MQTT: each is refused by name, and beside it a well-behaved agent's
 * readings all arrive.
 */
import { expect, test } from "vitest";
import {
  agentTopic,
  DEFAULT_PREFIX,
  encodeDataBody,
  fromHex,
  LIMITS,
  NO_TOTALS,
  pack,
  parseBatch,
  sha256Prefix,
} from "../../protocol/index.ts";
import { AIR, batchAround, catalogBatch, dataBatch, samples, seriesSpec } from "../collector/ingest/wire-batches.ts";
import { effort } from "../support/effort.ts";
import { startProgram } from "../support/processes.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { tempDir } from "../support/temp-dir.ts";
import { startCollector } from "../support/whole-path.ts";
import { DECEMBER, type OpenCollector, openCollector, type Status } from "./open-collector.ts";
import { type RawAgent, rawAgent } from "./raw-agent.ts";

const SECOND = 1_000_000;
const good = (seq: number) =>
  dataBatch(seq, [samples([seq, seq + 0.5], { from: DECEMBER - 3_600 * SECOND + seq * 10 * SECOND })], { sealed: 2 * (seq - 1) });

interface Outcome {
  /** What the sender is told, its catalog's ack left out. */
  readonly told?: readonly string[];
  /** The counters of refusals that the input leaves behind. */
  readonly refused: Readonly<Record<string, number>>;
  /** Entries in quarantine, by reason. */
  readonly quarantine?: Readonly<Record<string, number>>;
  /** Of the sender's account. */
  readonly account?: object;
  readonly isCutOff?: boolean;
}

/** Sends bad input between the batches of a good agent, and compares everything that comes of it. */
async function expectOutcome(
  send: (bad: RawAgent, collector: OpenCollector) => Promise<void>,
  outcome: Outcome,
  isClockTrusted = true,
): Promise<void> {
  await using dir = await tempDir();
  await using collector = await openCollector(dir, { isClockTrusted });
  await using bad = await rawAgent(collector.url, "bad");
  await using neighbour = await rawAgent(collector.url, "good");
  await bad.publish(catalogBatch(1));
  await neighbour.publish(catalogBatch(1));
  await neighbour.publish(good(2));
  await send(bad, collector);
  if (outcome.isCutOff) await bad.closed;
  for (const seq of [3, 4]) await neighbour.publish(good(seq));
  expect(await neighbour.told(4)).toEqual(["1", "2", "3", "4"]);
  const told = outcome.told ?? [];
  expect((await bad.told(1 + told.length)).slice(1)).toEqual(told);
  const { refused, quarantine } = await collector.status();
  expect(refused).toEqual(outcome.refused);
  expect(reasons(quarantine)).toEqual(outcome.quarantine ?? {});
  expect(await collector.account("good")).toMatchObject({ received: 6, stored: 6, missingBatches: 0, unaccounted: 0, balanced: true });
  if (outcome.account !== undefined) expect(await collector.account("bad")).toMatchObject(outcome.account);
  expect(collector.bugs).toEqual([]);
  expect(Object.keys(Object.prototype)).toEqual([]);
}

function reasons(quarantine: Status["quarantine"]): Record<string, number> {
  return Object.fromEntries(quarantine.map(({ agent, reason, count }) => [agent === "bad" ? reason : `${agent} ${reason}`, count]));
}

const whole = dataBatch(2, [samples([1, 2, 3], { from: DECEMBER })]);
const flipped = (bit: number) => whole.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

test("a stranger's JSON on the batch topic goes to quarantine unanswered", () =>
  expectOutcome((bad) => bad.publish(Buffer.from('{"temperature": 21.5, "__proto__": {"polluted": true}}')), {
    refused: { malformed: 1 },
    quarantine: { malformed: 1 },
  }));

test("a batch of a later protocol goes to quarantine unanswered", () =>
  expectOutcome((bad) => bad.publish(Uint8Array.of(0xa2, ...whole.subarray(1))), { refused: { version: 1 }, quarantine: { version: 1 } }));

test("an empty message and one of a header cut short go to quarantine", () =>
  expectOutcome(
    async (bad) => {
      for (const length of [0, 1, 9, 20]) await bad.publish(whole.subarray(0, length));
    },
    { refused: { malformed: 4 }, quarantine: { malformed: 4 } },
  ));

test("a batch whose end is missing is nacked by its hash", () =>
  expectOutcome((bad) => bad.publish(whole.subarray(0, whole.length - 1)), { told: ["2 crc"], refused: { crc: 1 } }));

test("a single flipped bit, wherever it is, is found, and the batch itself is taken when it comes right", async () => {
  await using dir = await tempDir();
  await using collector = await openCollector(dir);
  await using bad = await rawAgent(collector.url, "bad");
  await bad.publish(catalogBatch(1));
  for (let bit = 0; bit < whole.length * 8; bit++) await bad.publish(flipped(bit));
  const { refused } = await collector.status();
  expect(Object.keys(refused).sort()).toEqual(["crc", "malformed", "version"]);
  expect(Object.values(refused).reduce((sum, count) => sum + count)).toBe(whole.length * 8);
  expect(await collector.account("bad")).toMatchObject({ received: 0, stored: 0 });
  await bad.publish(whole);
  expect(await collector.account("bad")).toMatchObject({ received: 3, stored: 3, balanced: true });
  expect(collector.bugs).toEqual([]);
});

test("a batch over its limit is nacked, so that the agent can halve it", () =>
  expectOutcome((bad) => bad.publish(batchAround(seededRandom("body", 1).bytes(LIMITS.batchBytes), { seq: 2, count: 1 })), {
    told: ["2 too_big"],
    refused: { too_big: 1 },
  }));

test("a packet over its limit is cut off before it is read", () =>
  expectOutcome((bad) => bad.publish(Buffer.alloc(LIMITS.packetBytes + 1, 0xa1)), { refused: { packet_too_big: 1 }, isCutOff: true }));

test("a batch of more readings than allowed is nacked before it is opened", () =>
  expectOutcome((bad) => bad.publish(batchAround(Uint8Array.of(1), { seq: 2, count: LIMITS.readingsPerBatch + 1 })), {
    told: ["2 too_big"],
    refused: { too_big: 1 },
  }));

test("a body that inflates beyond its limit is kept raw, not inflated", () => {
  const bomb = batchAround(new Uint8Array(64 * 1024 * 1024), { seq: 2, count: 1 });
  expect(bomb.length).toBeLessThan(LIMITS.batchBytes);
  return expectOutcome((bad) => bad.publish(bomb), {
    told: ["2 quarantined"],
    refused: { too_big: 1, quarantined: 1 },
    quarantine: { too_big: 1 },
  });
});

const one = encodeDataBody({ totals: NO_TOTALS, frames: [samples([1])] });
const bodies: Readonly<Record<string, Uint8Array>> = {
  "of nested arrays without end": new Uint8Array(60_000).fill(0x91),
  "of an array of four thousand million items": Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff),
  "of a map of as many": Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff),
  "of more tokens than allowed": Buffer.concat([Uint8Array.of(0xdd, 0, 1, 0, 0), new Uint8Array(65_536)]),
  "with an extension type": Uint8Array.of(0x91, 0xd4, 0x01, 0x00),
  "with a binary longer than the body": Uint8Array.of(0x91, 0xc6, 0x7f, 0xff, 0xff, 0xff),
  "of a map with a prototype in it": pack({ ["__proto__"]: { polluted: true }, constructor: { prototype: { polluted: true } } }),
  "with a frame of a million instants": pack([new Uint8Array(0), Uint8Array.of(0, 0, 0xc0, 0x84, 0x3d, 0)]),
  "with one byte behind it": Buffer.concat([one, Uint8Array.of(0)]),
  "with another number of readings than its header": encodeDataBody({ totals: NO_TOTALS, frames: [samples([1, 2])] }),
  "of nothing": new Uint8Array(0),
};

test.each(Object.entries(bodies))("a body %s is kept raw, and its readings are counted as quarantined", (_what, body) =>
  expectOutcome((bad) => bad.publish(batchAround(body, { seq: 2, count: 1 })), {
    told: ["2 quarantined"],
    refused: { malformed: 1, quarantined: 1 },
    quarantine: { malformed: 1 },
    account: { received: 1, stored: 0, quarantined: 1 },
  }),
);

test("a broken deflate stream is kept raw", () => {
  const deflated = batchAround(Buffer.alloc(400, "again "), { seq: 2, count: 1 });
  const body = parseBatch(deflated).body;
  body.fill(0xff); // a block type that does not exist; the hash is made right again
  const head = deflated.subarray(0, deflated.length - body.length);
  head.set(fromHex(sha256Prefix(head.subarray(0, -8), new Uint8Array(8), body)), head.length - 8);
  expect(parseBatch(deflated).header.deflated).toBe(true);
  return expectOutcome((bad) => bad.publish(deflated), {
    told: ["2 quarantined"],
    refused: { malformed: 1, quarantined: 1 },
    quarantine: { malformed: 1 },
  });
});

test("NaN and infinities are refused one by one, the readings beside them are stored", () => {
  const values = [1, Number.NaN, 2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3];
  return expectOutcome((bad) => bad.publish(dataBatch(2, [samples(values, { from: DECEMBER })])), {
    told: ["2"],
    refused: { not_finite: 3 },
    quarantine: { not_finite: 3 },
    account: { received: 6, stored: 3, quarantined: 3, unaccounted: 0, balanced: true },
  });
});

const IN_1970 = 42 * SECOND;
const IN_2100 = 4_102_444_800 * SECOND;
const wildClock = dataBatch(2, [samples([1], { from: IN_1970 }), samples([2], { from: DECEMBER }), samples([3], { from: IN_2100 })]);

test("readings of 1970 and 2100 are refused, the one of today is stored", () =>
  expectOutcome((bad) => bad.publish(wildClock), {
    told: ["2"],
    refused: { before_epoch: 1, future: 1 },
    quarantine: { before_epoch: 1, future: 1 },
    account: { received: 3, stored: 1, quarantined: 2, balanced: true },
  }));

test("a collector whose own clock nobody vouches for judges no future", () =>
  expectOutcome(
    (bad) => bad.publish(wildClock),
    { told: ["2"], refused: { before_epoch: 1 }, quarantine: { before_epoch: 1 }, account: { received: 3, stored: 2, quarantined: 1 } },
    false,
  ));

test("data under a catalog that nobody sent is sent back for it", () =>
  expectOutcome((bad) => bad.publish(dataBatch(2, [samples([1])], { catalog: [seriesSpec("unheard")] })), {
    told: ["2 catalog"],
    refused: { catalog: 1 },
  }));

test("an index beyond the catalog is an unknown series", () =>
  expectOutcome((bad) => bad.publish(dataBatch(2, [samples([1], { series: AIR.length, from: DECEMBER })])), {
    told: ["2"],
    refused: { unknown_series: 1 },
    quarantine: { unknown_series: 1 },
  }));

const entry = (fields: Readonly<Record<number, unknown>>) => Object.assign(["air", "temperature", "Cel", 0, 0, SECOND, 0, 0], fields);
const catalogs: Readonly<Record<string, unknown>> = {
  "with a sensor named __proto__": [entry({ 0: "__proto__" })],
  "with a channel of control characters": [entry({ 1: "\u001b[2J" })],
  "with a unit of control characters": [entry({ 2: "\u001b]0;owned\u0007" })],
  "with a unit that turns the line around": [entry({ 2: "\u202eleC" })],
  "with a string that is too long": [entry({ 2: "x".repeat(300) })],
  "with an endless period": [entry({ 5: Number.POSITIVE_INFINITY })],
  "with a kind that is none": [entry({ 3: 9 })],
  "of more series than allowed": Array.from({ length: LIMITS.seriesPerBatch + 1 }, () => entry({})),
  "without a series": [],
  "that is a map": { ["__proto__"]: { polluted: 1 } },
};

test.each(Object.entries(catalogs))("a catalog %s is kept raw, and makes no series", (_what, catalog) =>
  expectOutcome((bad) => bad.publish(batchAround(pack(catalog), { seq: 2, count: 0, kind: "catalog" })), {
    told: ["2 quarantined"],
    refused: { malformed: 1, quarantined: 1 },
    quarantine: { malformed: 1 },
  }),
);

test("a hello of garbage goes to quarantine unanswered", () =>
  expectOutcome(
    async (bad) => {
      for (const payload of [Buffer.from("hello"), pack(["hello"]), pack({ hello: 1 }), Uint8Array.of(0xc1)])
        await bad.publish(payload, "hello");
    },
    { refused: { malformed: 4 }, quarantine: { malformed: 4 } },
  ));

test("a status of garbage harms nobody", () => expectOutcome((bad) => bad.publish(Buffer.from("\u0000{"), "status"), { refused: {} }));

test("a batch on another agent's topic is cut off, and nothing of it reaches that agent's account", () =>
  expectOutcome((bad) => bad.publishTo(agentTopic(DEFAULT_PREFIX, "good", "batch"), dataBatch(3, [samples([99])])), {
    refused: { topic_not_allowed: 1 },
    isCutOff: true,
  }));

test("a real collector takes thousands of random messages, stays alive, keeps its memory, and everybody else's readings", async () => {
  await using dir = await tempDir();
  const { program, url } = await startCollector(dir);
  await using bad = await rawAgent(url, "bad");
  await using neighbour = await rawAgent(url, "good");
  await neighbour.publish(catalogBatch(1));
  const count = effort("random-messages", { quick: 500, test: 2_000, prove: 50_000 });
  const random = seededRandom("random messages");
  const before = await rssMb(program.pid);
  for (let sent = 0; sent < count; sent += 50) {
    await Promise.all(Array.from({ length: 50 }, () => bad.publish(looksLikeABatch(random))));
    await neighbour.publish(good(2 + sent / 50));
  }
  expect((await neighbour.told(1 + count / 50)).at(-1)).toBe(`${1 + count / 50}`);
  const after = await rssMb(program.pid);
  console.info(`random messages: ${count}, RSS ${before} -> ${after} MB`);
  expect(after - before).toBeLessThan(150);
  const { code } = await program.kill("SIGTERM");
  expect(code).toBe(0);
});

/** A few are random bytes, most a batch with random damage: they get further. */
function looksLikeABatch(random: ReturnType<typeof seededRandom>): Uint8Array {
  if (random.below(4) === 0) return random.bytes(random.below(4_000));
  const batch = batchAround(random.bytes(random.below(4_000)), { seq: 1 + random.below(1_000), count: 1 + random.below(99) });
  if (random.below(2) === 0) batch[random.below(batch.length)] = random.below(256);
  return batch.subarray(0, random.below(4) === 0 ? random.below(batch.length) : batch.length);
}

async function rssMb(pid: number): Promise<number> {
  await using ps = await startProgram({ command: "ps", args: ["-o", "rss=", "-p", `${pid}`] });
  await ps.ended;
  return Math.round(Number(ps.stdout()) / 1024);
}
