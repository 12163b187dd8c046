/**
 * The same way of the readings through the collector's own broker and through a real mosquitto, each with SIGKILLs in the
 * middle, on the broker too; at the end every reading is stored once, by an outside count.
 */
import { setTimeout as pass } from "node:timers/promises";
import { expect, it } from "vitest";
import type { CollectorAbout } from "../../collector/about.ts";
import { askControl } from "../../protocol/index.ts";
import { effort } from "../support/effort.ts";
import { eventually } from "../support/eventually.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { expectSame, replaySensor, stop, storedReadings, writeReplay } from "../support/replay-oracle.ts";
import { type SeededRandom, seededRandom } from "../support/seeded-random.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import {
  accountOf,
  agentStatus,
  type CollectorProcess,
  startAgent,
  startCollector,
  startCollectorBehind,
  writeAgent,
} from "../support/whole-path.ts";

/** So that there is something on its way at every kill. */
const ROWS_A_ROUND = 9_000;
const SPEED = 1_500;
const SEND = "{ every: 1s, max_readings: 300 }";

/** A broker and the collector at it, as processes. */
interface Site extends AsyncDisposable {
  /** Where agents find the broker. */
  readonly url: string;
  collector: CollectorProcess;
  /** Kills it and starts it again, a while later. */
  readonly victims: Readonly<Record<string, (random: SeededRandom) => Promise<void>>>;
}

const SITES: Readonly<Record<string, (dir: TempDir) => Promise<Site>>> = {
  async "the collector's own broker"(dir) {
    const site = {
      collector: await startCollector(dir),
      victims: {
        async collector() {
          await site.collector.program.kill();
          site.collector = await startCollector(dir, site.url);
        },
      },
      url: "",
      [Symbol.asyncDispose]: async () => void (await site.collector.program.kill()),
    };
    site.url = site.collector.url;
    return site;
  },

  async mosquitto(dir) {
    const mosquitto = await startMosquitto();
    const place = `url: "${mosquitto.url}"`;
    const site = {
      collector: await startCollectorBehind(dir, place),
      url: mosquitto.url,
      victims: {
        async collector() {
          await site.collector.program.kill();
          site.collector = await startCollectorBehind(dir, place);
        },
        async broker(random: SeededRandom) {
          await mosquitto.kill();
          await pass(random.below(800)); // long enough to be missed, or not
          await mosquitto.start();
        },
      },
      async [Symbol.asyncDispose]() {
        await site.collector.program.kill();
        await mosquitto[Symbol.asyncDispose]();
      },
    };
    return site;
  },
};

it.each(Object.entries(SITES))("through %s, whoever is killed at random, every reading is stored once", async (name, open) => {
  const rounds = effort(`rounds of kills through ${name}`, { quick: 1, test: 1, prove: 8 });
  const random = seededRandom(`kills through ${name}`);
  await using dir = await tempDir();
  const expected = writeReplay(dir, random, rounds * ROWS_A_ROUND);
  await using site = await open(dir);
  const config = await writeAgent(dir, { name: "box", url: site.url, sensors: replaySensor(dir, SPEED), send: SEND });
  let agent = await startAgent(config, "--drain");
  const victims: (typeof site.victims)[string][] = [
    ...Object.values(site.victims),
    async () => {
      await agent.kill();
      agent = await startAgent(config, "--drain");
    },
  ];
  for (let kill = 0; kill < rounds * victims.length; kill++) {
    await pass(200 + random.below(1_200)); // the moment is the test
    await victims[kill % victims.length]?.(random);
  }
  const { code } = await agent.ended;
  expect(code, agent.output()).toBe(0);
  const account = await accountOf(dir, "box");
  expect(account).toMatchObject({ duplicate: 0, conflict: 0, quarantined: 0, missingBatches: 0, pendingBatches: 0, balanced: true });
  await stop(site.collector);
  expectSame(storedReadings(dir).replayed, expected);
  console.info(`${name}: ${rounds * victims.length} SIGKILLs, seed ${random.seed}: ${expected.size} readings stored once`);
});

it("what a broker takes while no collector is there stays with the agent, which sends it again", async () => {
  const rows = 2_000;
  const random = seededRandom("nobody listens");
  await using dir = await tempDir();
  const expected = writeReplay(dir, random, rows);
  await using site = await (SITES.mosquitto as (typeof SITES)[string])(dir);
  const config = await writeAgent(dir, { name: "box", url: site.url, sensors: replaySensor(dir, 500), send: SEND });
  await using agent = await startAgent(config, "--drain");
  await eventually(
    () => agentStatus(dir, "box"),
    ({ uplink }) => uplink.ackedBatches > 0,
  );
  await site.collector.program.kill();
  const { uplink: before } = await agentStatus(dir, "box");
  // The broker answers for every batch in the window, and nobody acks one of them.
  await eventually(
    () => agentStatus(dir, "box"),
    ({ uplink, spool }) => uplink.phase === "open" && uplink.inFlight === 8 && spool.pendingBatches > 8,
  );
  const { uplink } = await agentStatus(dir, "box");
  expect(uplink.ackedBatches - before.ackedBatches, "acks that were on their way").toBeLessThanOrEqual(8);
  await site.victims.collector?.(random);
  const { code } = await agent.ended;
  expect(code, agent.output()).toBe(0);
  expect(await accountOf(dir, "box")).toMatchObject({ duplicate: 0, missingBatches: 0, pendingBatches: 0, balanced: true });
  await stop(site.collector);
  expectSame(storedReadings(dir).replayed, expected);
});

it("a collector whose broker is not there yet runs and says why nothing comes, and goes on by itself when it is", async () => {
  await using dir = await tempDir();
  await using mosquitto = await startMosquitto();
  await mosquitto.kill();
  const { program } = await startCollectorBehind(dir, `url: "${mosquitto.url}"`);
  await using collector = program;
  const about = () => askControl(dir.join("data", "collector.sock"), "/api/v1/status") as Promise<CollectorAbout>;
  expect((await about()).mqtt_trouble).toMatchObject({ code: "broker_unreachable", message: expect.stringContaining(mosquitto.url) });
  await mosquitto.start();
  await eventually(about, ({ mqtt_trouble }) => mqtt_trouble === null);
  await using _agent = await startAgent(
    await writeAgent(dir, {
      name: "box",
      url: mosquitto.url,
      sensors: "  - { name: air, driver: simulated, profile: boiler, every: 1s }\n",
    }),
  );
  await eventually(
    () => accountOf(dir, "box"),
    ({ stored, balanced }) => stored > 0 && balanced,
  );
  expect(collector.output().match(/broker_unreachable/g)?.length, "said once").toBe(1);
});
