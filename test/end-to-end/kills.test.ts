/**
 * SIGKILL at random moments on both sides; at the end every reading is stored once, by an outside count.
 */
import fs from "node:fs";
import { setTimeout as pass } from "node:timers/promises";
import Database from "better-sqlite3";
import { connect } from "mqtt";
import { expect, it } from "vitest";
import {
  agentTopic,
  catalogHash,
  catalogRef,
  DEFAULT_PREFIX,
  decodeDataBody,
  encodeBatch,
  encodeCatalog,
  encodeDataBody,
  epochId,
  micros,
  NO_CATALOG,
  NO_TOTALS,
  openBody,
  parseBatch,
  type UpChannel,
} from "../../protocol/index.ts";
import { helloOf } from "../collector/ingest/wire-batches.ts";
import { effort } from "../support/effort.ts";
import type { Program } from "../support/processes.ts";
import { expectSame, replayed, replaySensor, stop, storedReadings, writeReplay } from "../support/replay-oracle.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { accountOf, type CollectorProcess, startAgent, startCollector, writeAgent } from "../support/whole-path.ts";

const ROWS = 60_000;

it("after SIGKILLs on agent and collector at random, every reading is stored once: none missing, none twice", async () => {
  const kills = effort("SIGKILLs in one run", { quick: 20, test: 24, prove: 200 });
  const random = seededRandom("kills");
  await using dir = await tempDir();
  const expected = writeReplay(dir, random, ROWS);
  let collector = await startCollector(dir);
  const config = await writeAgent(dir, {
    name: "box",
    url: collector.url,
    sensors: sensors(dir),
    send: "{ every: 1s, max_readings: 300 }",
  });
  let agent = await startAgent(config, "--drain");
  for (let kill = 1; kill <= kills; kill++) {
    await pass(random.below(1_200)); // the moment is the test
    if (random.below(2) === 0) {
      await agent.kill();
      agent = await startAgent(config, "--drain");
    } else {
      await collector.program.kill();
      collector = await startCollector(dir, collector.url);
    }
  }
  await endOf(agent, config, dir);
  const account = await accountOf(dir, "box");
  expect(account).toMatchObject({ duplicate: 0, conflict: 0, quarantined: 0, missingBatches: 0, balanced: true });
  await stop(collector);
  const stored = storedReadings(dir);
  expectSame(stored.replayed, expected);
  expectSame(stored.live, sealedLive(dir));
  console.info(`${kills} SIGKILLs, seed ${random.seed}: ${account.received} sealed readings stored once, 0 missing, 0 twice`);
});

it("what got its PUBACK is there after the collector was killed at that very moment", async () => {
  const rounds = effort("kills at the PUBACK", { quick: 3, test: 8, prove: 50 });
  await using dir = await tempDir();
  let collector = await startCollector(dir);
  const catalog = encodeCatalog([
    {
      sensor: "s",
      channel: "c",
      unit: "1",
      kind: "gauge",
      sampling: "periodic",
      period: micros(1e6),
      heartbeat: micros(0),
      calibration: 0,
    },
  ]);
  const epoch = epochId(Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1));
  const first = encodeBatch({ kind: "catalog", epoch, seq: 1, count: 0, catalog: NO_CATALOG }, catalog);
  const hello = (to: number) => publishThen(collector, "hello", helloOf([{ epoch, from: 1, to }]), () => undefined);
  await hello(0);
  await publishThen(collector, "batch", first.bytes, () => undefined);
  const start = 1_700_000_000_000_000;
  for (let round = 1; round <= rounds; round++) {
    const values = Float64Array.of(round);
    const at = Float64Array.of(start + round * 1_000_000);
    const body = encodeDataBody({
      totals: NO_TOTALS,
      frames: [{ form: "samples", at, columns: [{ series: 0, present: undefined, quality: undefined, values }] }],
    });
    const batch = encodeBatch({ kind: "data", epoch, seq: round + 1, count: 1, catalog: catalogRef(catalogHash(catalog)) }, body);
    await publishThen(collector, "batch", batch.bytes, () => process.kill(collector.program.pid, "SIGKILL"));
    await collector.program.ended;
    collector = await startCollector(dir, collector.url);
    await hello(round + 1);
  }
  expect(await accountOf(dir, "hand")).toMatchObject({ received: rounds, stored: rounds, duplicate: 0, missingBatches: 0 });
  await stop(collector);
  const stored = [...storedReadings(dir).live].sort();
  expect(stored).toEqual(Array.from({ length: rounds }, (_, index) => `s/c ${start + (index + 1) * 1_000_000} ${index + 1}`).sort());
});

/** Publishes as an agent named `hand`; `atPuback` runs inside the callback of the PUBACK. */
async function publishThen(collector: CollectorProcess, channel: UpChannel, payload: Uint8Array, atPuback: () => void): Promise<void> {
  const client = connect(collector.url, { clientId: "hand", reconnectPeriod: 0 });
  client.on("error", () => undefined); // the collector dies under it
  await new Promise((resolve) => client.once("connect", resolve));
  await new Promise<void>((resolve, reject) => {
    client.publish(agentTopic(DEFAULT_PREFIX, "hand", channel), Buffer.from(payload), { qos: 1 }, (error) => {
      if (error) return reject(error);
      atPuback();
      resolve();
    });
  });
  client.end(true);
}

/** A replay with its own instants, and a live sensor beside it whose readings have no oracle but the sealed batches. */
function sensors(dir: TempDir): string {
  return `${replaySensor(dir, 3_000)}  - name: live
    driver: system
    every: 50ms
    stamp: exact
    channels: { uptime: {}, load1: {} }
`;
}

/** The replay is done and the live sensor goes on, so the agent is asked to stop once all of the replay is acked. */
async function endOf(agent: Program, config: string, dir: TempDir): Promise<void> {
  await replayed(dir, ROWS);
  await agent.kill("SIGTERM");
  // What its last seal left in the spool goes out with a run that reads nothing live.
  fs.writeFileSync(config, fs.readFileSync(config, "utf8").replace(/ {2}- name: live[\s\S]*/, ""));
  await using last = await startAgent(config, "--drain");
  const { code } = await last.ended;
  expect(code, last.output()).toBe(0);
}

/** What the agent's spool holds as sealed and acked of the live sensor: the sensor's readings that must be stored. */
function sealedLive(dir: TempDir): Set<string> {
  const db = new Database(dir.join("box.db"), { readonly: true });
  const bodies = db.prepare("SELECT state, bytes FROM batch WHERE kind = 'data'").all() as { state: number; bytes: Uint8Array }[];
  db.close();
  const sealed = new Set<string>();
  for (const { state, bytes } of bodies) {
    expect(state, "every sealed batch is acked").toBe(1);
    const parsed = parseBatch(bytes);
    for (const frame of decodeDataBody(openBody(parsed), parsed.header.count).frames) {
      if (frame.form !== "samples") continue;
      for (const { series, present, values } of frame.columns) {
        const channel = LIVE_SERIES[series];
        if (channel === undefined) continue;
        const instants = frame.at.filter((_, index) => (present?.[index] ?? 1) === 1);
        for (const [index, at] of instants.entries()) sealed.add(`live/${channel} ${at} ${values[index]}`);
      }
    }
  }
  return sealed;
}

/** Catalog indexes of the live channels: behind the three of the replay, in the driver's order. */
const LIVE_SERIES: Readonly<Record<number, string>> = { 3: "load1", 4: "uptime" };
