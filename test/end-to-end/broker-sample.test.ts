/**
 * The sample of collector/broker/README.md as an operator would use it: a real mosquitto with that config and that access
 * list, a collector with that YAML, an agent, and somebody who wants more than is his.
 */
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import { promisify } from "node:util";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { expect, it } from "vitest";
import { agentTopic, askControl, collectorStatusTopic, DEFAULT_PREFIX, decodeCollectorStatus } from "../../protocol/index.ts";
import { eventually } from "../support/eventually.ts";
import { type Mosquitto, startMosquitto } from "../support/mosquitto.ts";
import { needs } from "../support/needs.ts";
import { startProgram } from "../support/processes.ts";
import { inProject } from "../support/project-files.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { accountOf, startAgent, startCollectorBehind, writeAgent } from "../support/whole-path.ts";

const SECRET = "only-for-this-test";
const STATUS = collectorStatusTopic(DEFAULT_PREFIX);
const SENSORS = "  - { name: air, driver: simulated, profile: boiler, every: 200ms }\n";

/** The block of this language, with the paths of an installation in the test's folder. */
async function sample(language: string, dir: TempDir): Promise<string> {
  const text = await fs.readFile(inProject("collector/broker/README.md"), "utf8");
  const [, block] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "ms").exec(text) ?? [];
  if (block === undefined) throw new Error(`no block ${language} in collector/broker/README.md`);
  return block.replaceAll(/\/etc\/(mosquitto|tributary)\//g, `${dir.path}/`);
}

async function brokerOf(dir: TempDir): Promise<Mosquitto> {
  needs("mosquitto"); // its mosquitto_passwd stands beside it
  await promisify(execFile)("mosquitto_passwd", ["-c", "-b", dir.join("tributary.passwords"), "tributary-collector", SECRET]);
  await fs.writeFile(dir.join("tributary.acl"), await sample("conf acl", dir));
  await fs.writeFile(dir.join("broker.password"), `${SECRET}\n`);
  const config = await sample("conf mosquitto", dir);
  expect(config).toMatch(/^listener 1883 127\.0\.0\.1$/m);
  return startMosquitto(config.replace(/^listener .*$/m, ""));
}

/** The keys of `broker:` as the sample has them, at the test's port. */
async function placeAt({ url }: Mosquitto, dir: TempDir): Promise<string> {
  const yaml = await sample("yaml collector", dir);
  const keys = [...yaml.matchAll(/^ {2}(\w+): (\S+)/gm)].map(([, key, value]) => `${key}: "${key === "url" ? url : value}"`);
  expect(keys.map((key) => key.split(":")[0])).toEqual(["url", "user", "password_file"]);
  return keys.join(", ");
}

async function clientAt(url: string, clientId: string, options: IClientOptions = {}): Promise<MqttClient> {
  const client = mqtt.connect(url, { clientId, reconnectPeriod: 0, ...options });
  await new Promise<void>((resolve, reject) => client.once("connect", () => resolve()).once("error", reject));
  return client;
}

const stored = (dir: TempDir, more: number) =>
  eventually(
    () => accountOf(dir, "box"),
    (account) => account.stored >= more && account.balanced,
  );

it("the sample carries an agent's readings, and lets nobody speak for another or listen to one", async () => {
  await using dir = await tempDir();
  await using mosquitto = await brokerOf(dir);
  const { program } = await startCollectorBehind(dir, await placeAt(mosquitto, dir));
  await using _collector = program;
  await using _agent = await startAgent(await writeAgent(dir, { name: "box", url: mosquitto.url, sensors: SENSORS }));
  const before = await stored(dir, 1);

  const heard: string[] = [];
  const eve = await clientAt(mosquitto.url, "eve");
  const liar = await clientAt(mosquitto.url, "_collector");
  for (const client of [eve, liar]) client.on("message", (topic) => heard.push(topic));
  await eve.subscribeAsync(["#", agentTopic(DEFAULT_PREFIX, "box", "ack"), `${DEFAULT_PREFIX}/+/batch`], { qos: 1 });
  for (const channel of ["batch", "hello", "status", "ack"] as const) {
    await eve.publishAsync(agentTopic(DEFAULT_PREFIX, "box", channel), "no batch", { qos: 1 });
  }
  for (const client of [eve, liar]) await client.publishAsync(STATUS, "nobody", { qos: 1, retain: true });
  await stored(dir, before.stored + 20);
  expect(heard).toEqual([]);

  const about = (await askControl(dir.join("data", "collector.sock"), "/api/v1/status")) as Record<string, unknown>;
  expect(about).toMatchObject({ connected: ["box"], refused: {}, quarantine: [], mqtt_trouble: null });
  const owner = await clientAt(mosquitto.url, "owner", { username: "tributary-collector", password: SECRET });
  const status = new Promise<Buffer>((resolve) => owner.once("message", (_topic, payload) => resolve(payload)));
  await owner.subscribeAsync(STATUS);
  expect(decodeCollectorStatus(await status)).toMatchObject({ online: true, collector: about.collector });
  for (const client of [eve, liar, owner]) client.end(true);
});

it("a second collector at the sample's broker ends with what to do, a replica of the first runs", async () => {
  await using dir = await tempDir();
  await using mosquitto = await brokerOf(dir);
  const place = await placeAt(mosquitto, dir);
  const { program } = await startCollectorBehind(dir, place);
  await using _collector = program;

  const second = dir.join("second.yaml");
  await fs.writeFile(second, `broker: { ${place} }\nlisten: { http: "127.0.0.1:0" }\ndata: ./second\n`);
  await using refused = await startProgram({ args: ["collector/bin.js", "run", "--config", second] });
  const { code } = await refused.ended;
  expect(code).toBe(1);
  expect(refused.output()).toMatch(/expected to be the only collector at tributary\/v1.*\n.*role: replica/);

  await fs.writeFile(second, `broker: { ${place}, role: replica }\nlisten: { http: "127.0.0.1:0" }\ndata: ./second\n`);
  await using replica = await startProgram({ args: ["collector/bin.js", "run", "--config", second] });
  await replica.line(/tributary-collector report hourly/);
  const agent = await startAgent(await writeAgent(dir, { name: "box", url: mosquitto.url, sensors: SENSORS }));
  await using _agent = agent;
  const ofFirst = await stored(dir, 10);
  await agent.kill("SIGTERM");
  const ofReplica = await eventually(
    () => askControl(dir.join("second", "collector.sock"), "/api/v1/accounting") as Promise<{ stored: number }[]>,
    (accounts) => (accounts[0]?.stored ?? 0) >= ofFirst.stored,
  );
  expect(ofReplica).toMatchObject([{ agent: "box", missingBatches: 0, balanced: true }]);
});
