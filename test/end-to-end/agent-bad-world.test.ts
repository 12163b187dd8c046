/**
 * Agents as processes in a world that is not as it should be: each trouble is a clear fault or a counted outcome,
 * and what was read is there in the end.
 */
import { once } from "node:events";
import fs from "node:fs";
import net, { type AddressInfo } from "node:net";
import { Aedes } from "aedes";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Program, startProgram } from "../support/processes.ts";
import { smallDisk } from "../support/small-disk.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { accountOf, agentStatus, drainAgent, hourly, startAgent, startCollector, writeAgent } from "../support/whole-path.ts";

const LIVE = `  - name: box
    driver: system
    every: 50ms
    stamp: exact
    channels: { uptime: {} }
`;
const HOUR_OF_READINGS = 3_600 * 5;
const REPLAY = "  - { name: past, driver: simulated, profile: greenhouse, replay: { from: now-2h, for: 1h, step: 1s } }\n";
const NOWHERE = "mqtt://127.0.0.1:1";

test("an agent without a collector keeps everything, says so once, and delivers when one appears", async () => {
  await using dir = await tempDir();
  const { url, program } = await startCollector(dir);
  await program.kill("SIGTERM");
  const config = await writeAgent(dir, { name: "box", url, sensors: LIVE });
  await using agent = await startAgent(config);
  const { uplink } = await eventually(
    () => agentStatus(dir, "box"),
    ({ account }) => account.sealed >= 40,
  );
  expect(uplink).toMatchObject({ phase: "down", trouble: expect.stringContaining("expected a collector, got") });
  await using _collector = (await startCollector(dir, url)).program;
  await eventually(
    () => accountOf(dir, "box"),
    ({ stored }) => stored >= 60,
  );
  expect(agent.output().match(/"code":"unreachable"/g)).toHaveLength(1);
});

test("a collector that went away and lost its data gets all that the agents still keep, once more", async () => {
  await using dir = await tempDir();
  const { url, program } = await startCollector(dir);
  const config = await writeAgent(dir, { name: "box", url, sensors: REPLAY + LIVE });
  await using agent = await startAgent(config);
  await eventually(
    () => accountOf(dir, "box"),
    ({ stored }) => stored > HOUR_OF_READINGS,
  );
  await program.kill();
  fs.rmSync(dir.join("data"), { recursive: true });
  await using _collector = (await startCollector(dir, url)).program;
  await eventually(
    () => accountOf(dir, "box"),
    ({ stored }) => stored > HOUR_OF_READINGS + 20,
  );
  const { code } = await agent.kill("SIGTERM");
  expect(code, agent.output()).toBe(0);
  await drainAgent(await writeAgent(dir, { name: "box", url, sensors: REPLAY }));
  const rows = await hourly(dir, "--series", "box/past/*", "--last", "3h");
  const readings = rows.reduce((sum, { count }) => sum + Number(count), 0);
  expect(readings).toBe(HOUR_OF_READINGS);
  expect(await accountOf(dir, "box")).toMatchObject({ duplicate: 0, conflict: 0, quarantined: 0, missingBatches: 0, balanced: true });
});

test("a broker that takes every batch with nobody behind it acknowledges nothing: all stays pending", async () => {
  await using dir = await tempDir();
  const broker = await Aedes.createBroker();
  const taken: string[] = [];
  broker.on("publish", ({ topic }) => void taken.push(topic));
  const server = net.createServer((socket) => broker.handle(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = await writeAgent(dir, { name: "box", url, sensors: LIVE });
  await using agent = await startAgent(config);
  await eventually(
    () => taken,
    (topics) => topics.includes("tributary/v1/box/hello"),
  );
  const { uplink, spool, account } = await eventually(
    () => agentStatus(dir, "box"),
    (status) => status.account.sealed >= 40,
  );
  expect(uplink).toMatchObject({ phase: "greeting", ackedBatches: 0 });
  expect(spool.pendingReadings).toBe(account.sealed);
  expect(taken.filter((topic) => topic.endsWith("/batch"))).toEqual([]);
  await agent.kill("SIGTERM");
  await new Promise<void>((resolve) => broker.close(() => resolve()));
  server.close();
});

test("a port that answers nothing does not keep an agent from stopping at once", async () => {
  await using dir = await tempDir();
  const server = net.createServer((socket) => socket.on("error", () => undefined));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const called = once(server, "connection");
  const config = await writeAgent(dir, { name: "box", url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, sensors: LIVE });
  await using agent = await startAgent(config);
  await called;
  const started = performance.now();
  const { code } = await agent.kill("SIGTERM");
  expect(code, agent.output()).toBe(0);
  expect(performance.now() - started, "far less than the 15 s a connection may take").toBeLessThan(8_000);
  server.close();
});

test("SIGTERM seals what was read and ends with 0; the next run finds it and goes on", async () => {
  await using dir = await tempDir();
  const config = await writeAgent(dir, { name: "box", url: NOWHERE, sensors: LIVE, send: "{ every: 1h }" });
  const agent = await startAgent(config);
  const { account } = await eventually(
    () => agentStatus(dir, "box"),
    (status) => status.account.open >= 20,
  );
  const { code } = await agent.kill("SIGTERM");
  expect(code, agent.output()).toBe(0);
  expect(fs.existsSync(dir.join("box.sock"))).toBe(false);
  await using again = await startAgent(config);
  const after = await eventually(() => agentStatus(dir, "box"), Boolean);
  expect(after.account.sealed).toBeGreaterThanOrEqual(account.open);
  expect(after.account.balanced).toBe(true);
  await again.kill();
});

test("a second signal ends an agent at once, whatever the first still waits for", async () => {
  await using dir = await tempDir();
  const config = await writeAgent(dir, { name: "box", url: NOWHERE, sensors: LIVE });
  await using agent = await startAgent(config);
  await eventually(() => agentStatus(dir, "box"), Boolean);
  const other = new Database(dir.join("box.db"));
  other.exec("BEGIN IMMEDIATE"); // the last commit has to wait for it
  process.kill(agent.pid, "SIGTERM");
  await eventually(
    () => fs.readFileSync(`/proc/${agent.pid}/status`, "latin1"),
    (status) => !catches(status, "SIGTERM"),
  );
  const { code, signal } = await agent.kill("SIGINT");
  other.close();
  expect([code, signal]).toEqual([null, "SIGINT"]);
});

test("a second agent is refused where the first has the spool, and where it has the control socket", async () => {
  await using dir = await tempDir();
  const config = await writeAgent(dir, { name: "box", url: NOWHERE, sensors: LIVE });
  await using first = await startAgent(config);
  await eventually(() => agentStatus(dir, "box"), Boolean);
  await expectRefusal(dir, config, (text) => text, /expected no other agent on this spool/);
  await expectRefusal(dir, config, (text) => text.replace("./box.sock", "./other.sock"), /expected no other agent on this spool/);
  await expectRefusal(dir, config, (text) => text.replace("./box.db", "./other.db"), /box\.sock: expected no other program/);
  const { account } = await agentStatus(dir, "box");
  expect(account.balanced).toBe(true);
  await first.kill();
  await using next = await startAgent(config); // a lock and a socket of a killed agent are no hindrance
  await eventually(() => agentStatus(dir, "box"), Boolean);
  await next.kill();
});

test.for([
  ["a spool that is a folder", "./box.db", "./folder", /folder: expected a file this user may write|expected a file or nothing/],
  ["a spool below a file", "./box.db", "./file/box.db", /expected a file this user may write, got/],
  ["a control socket in the place of a file", "./box.sock", "./file", /expected nothing or a socket, got another file/],
  ["a control socket without a folder", "./box.sock", "./nowhere/box.sock", /expected to make a socket there, got ENOENT/],
  ["a control socket of a path too long", "./box.sock", `./${"x".repeat(120)}.sock`, /longer than|at most/],
] as const)("%s is a clear fault, and nothing there is touched", async ([, right, wrong, message]) => {
  await using dir = await tempDir();
  fs.mkdirSync(dir.join("folder"));
  fs.writeFileSync(dir.join("file"), "mine");
  const config = await writeAgent(dir, { name: "box", url: NOWHERE, sensors: LIVE });
  await expectRefusal(dir, config, (text) => text.replace(right, wrong), message);
  expect(fs.readFileSync(dir.join("file"), "utf8")).toBe("mine");
  expect(fs.readdirSync(dir.join("folder"))).toEqual([]);
});

test("status where no agent runs says so and what to do", async () => {
  await using dir = await tempDir();
  const config = await writeAgent(dir, { name: "box", url: NOWHERE, sensors: LIVE });
  await using status = await startProgram({ args: ["agent/bin.js", "status", "--config", config] });
  expect((await status.ended).code).toBe(1);
  expect(status.output()).toMatch(/box\.sock: expected a running program, nobody answers\n {2}-> start it first/);
});

test("a full disk costs what is read meanwhile, counted as disk_full; then the agent goes on", async ({ skip }) => {
  await using dir = await tempDir();
  await using disk = smallDisk(dir.path, "2m") ?? skip("needs the right to mount a tmpfs (root)");
  const config = await writeAgent(dir, { name: "box", url: NOWHERE, sensors: LIVE });
  rewrite(config, (text) =>
    text.replace(/spool: .*/, `spool: { path: ${disk.path}/spool.db, max_size: 100MB, keep_free: 1kB, commit_every: 100ms }`),
  );
  await using agent = await startAgent(config);
  await eventually(
    () => agentStatus(dir, "box"),
    ({ account }) => account.sealed >= 20,
  );
  disk.fill();
  const full = await eventually(
    () => agentStatus(dir, "box"),
    ({ sensors }) => (sensors[0]?.tally.dropped.disk_full ?? 0) >= 20,
  );
  expect(full.spool.pendingReadings).toBeGreaterThanOrEqual(20);
  disk.empty();
  const after = await eventually(
    () => agentStatus(dir, "box"),
    ({ account }) => account.sealed >= full.account.sealed + 40,
  );
  expect(after.account).toMatchObject({ balanced: true, dropped: after.sensors[0]?.tally.dropped.disk_full });
  disk.fill();
  const { code } = await agent.kill("SIGTERM");
  expect(code, agent.output()).toBe(0);
  disk.empty();
  await using again = await startAgent(config);
  expect((await eventually(() => agentStatus(dir, "box"), Boolean)).account.balanced).toBe(true);
  await again.kill("SIGTERM");
});

test("a sensor whose file is missing stops no other; status shows its fault and what to do", async () => {
  await using dir = await tempDir();
  const missing = `  - { name: log, driver: file, path: ${dir.join("missing.csv")}, header: "yes", time_format: unix_ms, columns: { time: time, t: t } }\n`;
  const config = await writeAgent(dir, { name: "box", url: NOWHERE, sensors: missing + LIVE });
  await using agent = await startAgent(config);
  const { sensors } = await eventually(
    () => agentStatus(dir, "box"),
    (answer) => answer.account.read >= 20,
  );
  expect(sensors).toMatchObject([
    { name: "log", activity: "waiting", fault: { code: expect.any(String), hint: expect.any(String) } },
    { name: "box", activity: "running" },
  ]);
  await using status = await startProgram({ args: ["agent/bin.js", "status", "--config", config] });
  expect((await status.ended).code).toBe(0);
  expect(status.output()).toMatch(/log \(file\) waiting, 0 readings: .*missing\.csv.* -> /);
  await agent.kill("SIGTERM");
});

test("run --drain waits for the collector, and ends with 0 when the replay is stored", async () => {
  await using dir = await tempDir();
  const { url, program } = await startCollector(dir);
  await program.kill("SIGTERM");
  const config = await writeAgent(dir, { name: "box", url, sensors: REPLAY });
  await using agent = await startAgent(config, "--drain");
  await eventually(
    () => agentStatus(dir, "box"),
    ({ account, sensors }) => account.sealed === HOUR_OF_READINGS && sensors[0]?.activity === "ended",
  );
  await using _collector = (await startCollector(dir, url)).program;
  expect((await agent.ended).code, agent.output()).toBe(0);
  expect(await accountOf(dir, "box")).toMatchObject({ stored: HOUR_OF_READINGS, balanced: true });
});

test("run --drain with nothing new to read ends at once with 0", async () => {
  await using dir = await tempDir();
  const { url, program } = await startCollector(dir);
  await using _collector = program;
  const config = await writeAgent(dir, { name: "box", url, sensors: REPLAY });
  await drainAgent(config);
  await drainAgent(config);
  expect(await accountOf(dir, "box")).toMatchObject({ stored: HOUR_OF_READINGS, duplicate: 0 });
});

test("run --drain beside a live sensor never ends by itself", async () => {
  await using dir = await tempDir();
  const { url, program } = await startCollector(dir);
  await using _collector = program;
  const config = await writeAgent(dir, { name: "box", url, sensors: REPLAY + LIVE });
  await using agent = await startAgent(config, "--drain");
  await eventually(
    () => accountOf(dir, "box"),
    ({ stored }) => stored > HOUR_OF_READINGS + 60,
  );
  expect(await agentStatus(dir, "box")).toMatchObject({ idle: false, sensors: [{ activity: "ended" }, { activity: "running" }] });
  expect((await agent.kill("SIGTERM")).code).toBe(0);
});

/** Runs an agent with the config as changed: it has to end with 1 and this message. */
async function expectRefusal(dir: TempDir, config: string, change: (text: string) => string, message: RegExp): Promise<void> {
  const file = dir.join("refused.yaml");
  fs.writeFileSync(file, change(fs.readFileSync(config, "utf8")));
  await using agent: Program = await startAgent(file);
  const { code } = await agent.ended;
  expect(agent.output()).toMatch(message);
  expect(agent.output()).toContain("->");
  expect(code).toBe(1);
}

function rewrite(file: string, change: (text: string) => string): void {
  fs.writeFileSync(file, change(fs.readFileSync(file, "utf8")));
}

/** Does the process still take care of the signal itself? `SigCgt` of /proc/pid/status, proc(5). */
function catches(status: string, signal: "SIGTERM"): boolean {
  const mask = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  const number = { SIGTERM: 15n }[signal];
  return ((mask >> (number - 1n)) & 1n) === 1n;
}
