/**
 * The collector's doctor as a user calls it, and each of its checks on what it is there to find.
 */
import fs from "node:fs";
import { createServer } from "node:net";
import { gunzipSync } from "node:zlib";
import { Aedes } from "aedes";
import { expect, test } from "vitest";
import type { CollectorAbout } from "../../../collector/about.ts";
import { loadCollectorConfig } from "../../../collector/config/load.ts";
import { agents } from "../../../collector/doctor/agents.ts";
import { broker } from "../../../collector/doctor/broker.ts";
import { clock } from "../../../collector/doctor/clock.ts";
import { journal } from "../../../collector/doctor/journal.ts";
import { listeners } from "../../../collector/doctor/listeners.ts";
import { type Answers, admit, type Patient } from "../../../collector/doctor/patient.ts";
import { quarantine } from "../../../collector/doctor/quarantine.ts";
import type { AgentAccount } from "../../../collector/ingest/account.ts";
import { QUARANTINE_ENTRIES } from "../../../collector/ingest/quarantine.ts";
import {
  askControl,
  BUILD_DATE,
  type Check,
  epochMicros,
  examine,
  type Finding,
  isoInstant,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  systemClock,
  systemRandom,
} from "../../../protocol/index.ts";
import { eventually } from "../../support/eventually.ts";
import { startProgram } from "../../support/processes.ts";
import { quietLog } from "../../support/quiet-log.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";
import { accountOf, startAgent, startCollector, writeAgent } from "../../support/whole-path.ts";

const TOMORROW = epochMicros(BUILD_DATE + MICROS_PER_DAY);

async function doctor(dir: TempDir, ...more: readonly string[]) {
  await using program = await startProgram({
    args: ["collector/bin.js", "doctor", "--json", "--config", dir.join("collector.yaml"), ...more],
  });
  const { code } = await program.ended;
  const { findings } = JSON.parse(program.stdout()) as { readonly findings: readonly Finding[] };
  const verdicts = Object.fromEntries(
    [...Map.groupBy(findings, ({ check }) => check)].map(([check, of]) => [check, of.map(({ verdict }) => verdict)]),
  );
  return { code, findings, verdicts };
}

/** Names, sizes and times of all files, the socket not among them. */
function filesOf(folder: string): readonly string[] {
  return fs
    .readdirSync(folder)
    .map((name) => `${name} ${fs.statSync(`${folder}/${name}`).size} ${fs.statSync(`${folder}/${name}`).mtimeMs}`);
}

test("a running collector that is well is green, its agents too, and a bundle holds what it says", async () => {
  await using dir = await tempDir();
  const { program, url } = await startCollector(dir);
  await using _collector = program;
  const sensors = "  - { name: air, driver: simulated, profile: boiler, every: 1s }\n";
  await using _agent = await startAgent(await writeAgent(dir, { name: "box", url, sensors }));
  await eventually(
    () => accountOf(dir, "box"),
    ({ stored, balanced }) => stored > 0 && balanced,
  );
  const { code, verdicts } = await doctor(dir, "--bundle", dir.join("b.json.gz"));
  expect(verdicts).toMatchObject({
    config: ["green"],
    collector: ["green"],
    listeners: ["green"],
    journal: ["green"],
    quarantine: ["green"],
    agents: ["green"],
  });
  expect(code).toBe(0);
  const bundle = JSON.parse(gunzipSync(fs.readFileSync(dir.join("b.json.gz"))).toString());
  expect(bundle).toMatchObject({
    versions: { program: "tributary-collector" },
    config: { data: "./data" },
    counters: [{ agent: "box", balanced: true }],
    status: { connected: ["box"] },
  });
  expect(fs.statSync(dir.join("b.json.gz")).mode & 0o777).toBe(0o600);
});

test("a resting collector is examined by its files, and nothing is left beside them", async () => {
  await using dir = await tempDir();
  {
    const { program } = await startCollector(dir);
    await using collector = program;
    await askControl(dir.join("data/collector.sock"), "/healthz"); // by now it listens to signals too
    await collector.kill("SIGTERM");
  }
  const before = filesOf(dir.join("data"));
  const { code, verdicts, findings } = await doctor(dir);
  expect(filesOf(dir.join("data"))).toEqual(before);
  expect(verdicts).toMatchObject({ collector: ["yellow"], journal: ["green", "green"], quarantine: ["green"] });
  expect(findings.find(({ check }) => check === "journal")?.found).toContain("opened for reading");
  expect(findings.find(({ check }) => check === "collector")?.remedy).toBe(
    `tributary-collector run --config ${dir.join("collector.yaml")}`,
  );
  expect(code).toBe(0);
});

test("a port that another program has is red while the collector rests", async () => {
  await using dir = await tempDir();
  const server = createServer((socket) => socket.resume().end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { readonly port: number };
  fs.writeFileSync(dir.join("collector.yaml"), `listen: { mqtt: "127.0.0.1:${port}", http: "127.0.0.1:0" }\ndata: ./data\n`);
  const { code, findings } = await doctor(dir);
  expect(findings.find(({ check }) => check === "listeners")).toMatchObject({ verdict: "red", remedy: `ss -ltnp 'sport = :${port}'` });
  expect(code).toBe(1);
  await new Promise((resolve) => server.close(resolve));
});

const ABOUT: CollectorAbout = {
  collector: "c",
  generation: "g",
  mqtt: "mqtt://127.0.0.1:1",
  mqtt_trouble: null,
  http: { urls: ["http://127.0.0.1:1"], from: "loopback", without_token: "nobody" },
  connected: ["box"],
  reports: [],
  clock_trusted: true,
  refused: {},
  quarantine: [],
  waiting_bytes: 0,
  recent_faults: [],
};
const BALANCED: AgentAccount = {
  agent: "box",
  received: 10,
  resent: 0,
  stored: 10,
  duplicate: 0,
  conflict: 0,
  quarantined: 0,
  waiting: 0,
  lost: {},
  missingBatches: 0,
  missing: [],
  pendingBatches: 0,
  unaccounted: 0,
  agentTotals: null,
  balanced: true,
};

test("a broker elsewhere is green where the collector is connected, red with the reason where it is not", async () => {
  const elsewhere = 'broker: { url: "mqtt://127.0.0.1:1" }\n';
  const trouble = { code: "broker_unreachable", message: "nobody answers", hint: "start it" };
  expect(await found(broker, { about: ABOUT }, TOMORROW, elsewhere)).toMatchObject([{ verdict: "green" }]);
  const down = await found(broker, { about: { ...ABOUT, mqtt_trouble: trouble } }, TOMORROW, elsewhere);
  expect(down).toEqual([{ check: "broker", verdict: "red", found: "nobody answers", remedy: "start it" }]);
  expect(await found(broker, { about: ABOUT })).toEqual([]);
});

test("while the collector rests it is tried whether its broker elsewhere lets it in, and a port of its own is nobody's business", async () => {
  await using dir = await tempDir();
  const aedes = await Aedes.createBroker({
    authenticate: (_client, user, password, done) => done(null, user === "c" && String(password) === "right"),
  });
  const server = createServer(aedes.handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { readonly port: number };
  const place = `{ url: "mqtt://127.0.0.1:${port}", user: c, password_file: ./secret }`;
  fs.writeFileSync(dir.join("c.yaml"), `broker: ${place}\nlisten: { http: "127.0.0.1:0" }\ndata: ./data\n`);
  const environment = { clock: systemClock, random: systemRandom, log: quietLog() };
  const patient = admit(await loadCollectorConfig(dir.join("c.yaml"), {}), { root: dir.path, environment, version: "1" });
  const findings = () => examine([broker, listeners], patient, systemClock);
  expect(await findings()).toMatchObject([{ verdict: "red", found: expect.stringContaining(dir.join("secret")) }]);
  fs.writeFileSync(dir.join("secret"), "wrong\n");
  expect(await findings()).toMatchObject([{ verdict: "red", remedy: expect.stringContaining("password_file") }]);
  fs.writeFileSync(dir.join("secret"), "right\n");
  expect(await findings()).toMatchObject([{ check: "broker", verdict: "green" }]);
  await new Promise<void>((resolve) => aedes.close(() => resolve()));
  await new Promise((resolve) => server.close(resolve));
  expect(await findings()).toMatchObject([{ check: "broker", verdict: "yellow", found: expect.stringContaining(`${port}`) }]);
});

/** What a check finds where the running collector answers so. */
async function found(check: Check<Patient>, answers: Partial<Answers>, wall = TOMORROW, more = ""): Promise<readonly Finding[]> {
  await using dir = await tempDir();
  fs.writeFileSync(dir.join("c.yaml"), `data: ./data\n${more}`);
  const environment = { clock: { ...systemClock, wall: () => wall }, random: systemRandom, log: quietLog() };
  const patient = admit(await loadCollectorConfig(dir.join("c.yaml"), {}), { root: dir.path, environment, version: "1" });
  const running = Promise.resolve({ about: ABOUT, agents: [], accounts: [], ...answers });
  return examine([check], { ...patient, running }, systemClock);
}

const verdicts = async (...of: Parameters<typeof found>) => (await found(...of)).map(({ verdict }) => verdict);

test("the store's distance behind the journal is yellow when it does not keep up, red when agents must wait", async () => {
  const at = (waiting_bytes: number) => verdicts(journal, { about: { ...ABOUT, waiting_bytes } });
  expect(await Promise.all([at(0), at(1_000_000), at(64 * 2 ** 20), at(256 * 2 ** 20)])).toEqual([
    ["green"],
    ["green"],
    ["yellow"],
    ["red"],
  ]);
});

test("a quarantine that fills is yellow, a full one red, each agent by itself", async () => {
  const entries = [
    { agent: "a", reason: "out_of_range", count: 10 },
    { agent: "b", reason: "out_of_range", count: QUARANTINE_ENTRIES / 2 - 1 },
    { agent: "b", reason: "below_range", count: 1 },
    { agent: "c", reason: "out_of_range", count: QUARANTINE_ENTRIES },
  ];
  expect(await verdicts(quarantine, { about: { ...ABOUT, quarantine: entries } })).toEqual(["green", "yellow", "red"]);
});

test("one reading of the future or one conflict is yellow, and so is a notable share of refused readings", async () => {
  const entries = [
    { agent: "ahead", reason: "future", count: 1 },
    { agent: "twice", reason: "conflict", count: 1 },
    { agent: "odd", reason: "out_of_range", count: 20 },
    { agent: "stray", reason: "out_of_range", count: 1 },
  ];
  const accounts = entries.map(({ agent, count }) => ({ ...BALANCED, agent, received: 1_000, quarantined: count }));
  const findings = await found(quarantine, { about: { ...ABOUT, quarantine: entries }, accounts });
  expect(findings.map(({ verdict }) => verdict)).toEqual(["yellow", "yellow", "yellow", "green"]);
  expect(findings[0]?.remedy).toContain("its clock is ahead");
  expect(findings[2]?.found).toContain("2 % of all it sent");
});

test("an agent whose account does not balance is red and its missing batches are named; a silent one is yellow", async () => {
  const ago = (hours: number) => isoInstant(epochMicros(TOMORROW - hours * MICROS_PER_HOUR));
  const agent = (name: string, hours: number, online = true) => ({
    agent: name,
    online,
    first_seen: ago(100),
    last_hello: ago(hours),
    last_batch: ago(hours),
    software: "1",
    pending: 0,
    labels: {},
    clock_trusted: true,
    clock_source: "ntp",
    refused_device: null,
    epochs: 3,
  });
  const missing = [
    { epoch: "e", from: 812, to: 815 },
    { epoch: "e", from: 820, to: 820 },
  ];
  const findings = await found(agents, {
    agents: [agent("fine", 0.1), agent("asleep", 0.5, false), agent("silent", 2), agent("torn", 0.1), agent("lossy", 0.1)],
    accounts: [
      { ...BALANCED, agent: "fine" },
      { ...BALANCED, agent: "torn", missingBatches: 5, missing, balanced: false },
      { ...BALANCED, agent: "lossy", unaccounted: 3, balanced: false },
    ],
  });
  expect(findings.map(({ verdict }) => verdict)).toEqual(["green", "green", "yellow", "red", "red"]);
  expect(findings[3]?.found).toContain("5 batches never arrived (812-815, 820)");
  expect(findings[4]?.found).toContain("3 readings are unaccounted for");
  expect(await verdicts(agents, {})).toEqual(["yellow"]);
});

test("a name that two devices want is yellow, and says how either is told to go", async () => {
  const seen = { online: true, first_seen: isoInstant(TOMORROW), last_hello: isoInstant(TOMORROW), last_batch: isoInstant(TOMORROW) };
  const about = {
    software: "1",
    pending: 0,
    clock_trusted: true,
    clock_source: "ntp",
    refused_device: isoInstant(TOMORROW),
    epochs: 2,
    labels: {},
  };
  const [finding] = await found(agents, { agents: [{ agent: "wanted", ...seen, ...about }], accounts: [] });
  expect(finding).toMatchObject({ verdict: "yellow", remedy: expect.stringContaining("tributary-collector replace wanted") });
});

test("a spool that began anew again and again is yellow long before its batches are refused", async () => {
  const seen = { online: true, first_seen: isoInstant(TOMORROW), last_hello: isoInstant(TOMORROW), last_batch: isoInstant(TOMORROW) };
  const about = { software: "1", pending: 0, clock_trusted: true, clock_source: "ntp", refused_device: null, labels: {} };
  const [often, seldom] = await found(agents, {
    agents: [100, 64].map((epochs) => ({ agent: `a${epochs}`, ...seen, ...about, epochs })),
    accounts: [],
  });
  expect(often).toMatchObject({ verdict: "yellow", found: expect.stringContaining("100 times, and after 1024") });
  expect(seldom).toMatchObject({ verdict: "green" });
});

test("a clock that nothing vouches for is yellow, one of before the build red", async () => {
  expect(await verdicts(clock, {})).toEqual(["green"]);
  expect(await verdicts(clock, { about: { ...ABOUT, clock_trusted: false } })).toEqual(["yellow"]);
  expect(await verdicts(clock, {}, epochMicros(5))).toEqual(["red"]);
});

test("a listener that does not answer while the collector runs is red", async () => {
  const [mqtt] = await found(listeners, {}); // nobody listens at port 1
  expect(mqtt).toMatchObject({ verdict: "red", found: expect.stringContaining("does not answer, though the collector runs") });
});
