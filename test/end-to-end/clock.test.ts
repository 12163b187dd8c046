/**
 * Real programs under wrong wall clocks. The oracle is the machine's uptime, which the agent reads as a value: an
 * instant is true where it differs from the start of the machine by just that value.
 */
import fs from "node:fs";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { askControl } from "../../protocol/index.ts";
import { eventually } from "../support/eventually.ts";
import { type FakedClock, fakedClock, secondsTo } from "../support/faked-clock.ts";
import { type Program, startProgram } from "../support/processes.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { type AgentFile, accountOf, agentStatus, drainAgent, startCollector, writeAgent } from "../support/whole-path.ts";

const HOUR = 3_600;
const UPTIME = `  - name: box
    driver: system
    every: 50ms
    stamp: exact
    channels: { uptime: {} }
`;
/** A sensor with an end, for a run that only delivers what is left. */
const LAST = "  - { name: last, driver: simulated, profile: boiler, replay: { from: now-1h, for: 1s, step: 1s } }\n";

test("an agent that boots in 1970 waits for the collector's time: all it read before is stored with its true instant", async () => {
  await using dir = await tempDir();
  const clock = fakedClock(dir, "agent", secondsTo("1970-01-01T01:00:00Z"));
  const first = await startCollector(dir);
  await first.program.kill("SIGTERM");
  const config = await agentOf(dir, { name: "pi", url: first.url });
  await using agent = await startFaked(config, clock);
  await hasRead(dir, "pi", 20);
  expect(await agentStatus(dir, "pi")).toMatchObject({ clock: { source: "none" }, account: { sealed: 0 } });
  await using collector = (await startCollector(dir, first.url)).program;
  await eventually(
    () => agentStatus(dir, "pi"),
    ({ clock, account }) => clock.source === "collector" && account.sealed >= 20,
  );
  const stored = await deliverAll(dir, agent, { name: "pi", url: first.url });
  expectTrue(stored);
  await collector.kill("SIGTERM");
});

test.for(["auto", "collector"] as const)(
  "while the wall clock of an agent steps back and forth by hours, every instant stays true and no reading is lost or doubled (trust: %s)",
  async (trust) => {
    await using dir = await tempDir();
    const clock = fakedClock(dir, "agent", 0);
    const { url, program } = await startCollector(dir);
    await using _collector = program;
    const config = await agentOf(dir, { name: "pi", url, more: `clock: { trust: ${trust} }\n` });
    await using agent = await startFaked(config, clock);
    await stepThrough(dir, clock);
    const stored = await deliverAll(dir, agent, { name: "pi", url });
    expectTrue(stored);
  },
);

test("under `trust: system` the instants step with the wall clock, and still no two readings share one, none is lost", async () => {
  await using dir = await tempDir();
  const clock = fakedClock(dir, "agent", 0);
  const { url, program } = await startCollector(dir);
  await using _collector = program;
  const config = await agentOf(dir, { name: "pi", url, more: "clock: { trust: system }\n" });
  await using agent = await startFaked(config, clock);
  for (const seconds of [-HOUR, 0, -HOUR, 0]) {
    clock.set(seconds);
    await hasRead(dir, "pi", 25);
  }
  const stored = await deliverAll(dir, agent, { name: "pi", url });
  expect(new Set(stored.map(({ at }) => at)).size).toBe(stored.length);
});

test("an agent that lives in 2100 fills the quarantine and harms nobody else; set right, it is heard again", async () => {
  await using dir = await tempDir();
  const clock = fakedClock(dir, "agent", secondsTo("2100-01-01T00:00:00Z"));
  const { url, program } = await startCollector(dir);
  await using _collector = program;
  const wrong = await agentOf(dir, { name: "wrong", url, more: "clock: { trust: system }\n" });
  const right = await agentOf(dir, { name: "right", url });
  await using first = await startFaked(wrong, clock);
  await using other = await startProgram({ args: ["agent/bin.js", "run", "--config", right] });
  await eventually(
    () => accountOf(dir, "wrong"),
    ({ quarantined }) => quarantined >= 40,
  );
  expect(await accountOf(dir, "wrong")).toMatchObject({ stored: 0, balanced: true });
  const { quarantine } = (await askControl(dir.join("data", "collector.sock"), "/api/v1/status")) as { quarantine: unknown };
  expect(quarantine).toEqual([{ agent: "wrong", reason: "future", count: expect.any(Number) }]);
  await eventually(
    () => accountOf(dir, "right"),
    ({ stored }) => stored >= 40,
  );
  await first.kill("SIGTERM");
  expectTrue(await deliverAll(dir, other, { name: "right", url }));

  clock.set(0);
  await using again = await startFaked(wrong, clock);
  await eventually(
    () => accountOf(dir, "wrong"),
    ({ stored }) => stored >= 20,
  );
  await again.kill("SIGTERM");
  expectTrue(storedUptimes(dir, "wrong"));
});

test("a collector in 1970 judges nobody and gives nobody its time: agents with a clock go on, others wait for a better one", async () => {
  await using dir = await tempDir();
  const clock = fakedClock(dir, "collector", secondsTo("1970-01-02T00:00:00Z"));
  const { url, program } = await startCollector(dir, undefined, clock.env);
  const sure = await agentOf(dir, { name: "sure", url });
  const unsure = await agentOf(dir, { name: "unsure", url, more: "clock: { trust: collector }\n" });
  await using first = await startProgram({ args: ["agent/bin.js", "run", "--config", sure] });
  await using second = await startProgram({ args: ["agent/bin.js", "run", "--config", unsure] });
  await eventually(
    () => accountOf(dir, "sure"),
    ({ stored }) => stored >= 40,
  );
  const status = await askControl(dir.join("data", "collector.sock"), "/api/v1/status");
  expect(status).toMatchObject({ clock_trusted: false, refused: {}, quarantine: [] });
  await hasRead(dir, "unsure", 20);
  expect(await agentStatus(dir, "unsure")).toMatchObject({ clock: { source: "none" }, uplink: { phase: "open" }, account: { sealed: 0 } });

  await program.kill("SIGTERM");
  await using better = (await startCollector(dir, url)).program;
  await eventually(
    () => accountOf(dir, "unsure"),
    ({ stored }) => stored >= 20,
  );
  expectTrue(await deliverAll(dir, first, { name: "sure", url }));
  expectTrue(await deliverAll(dir, second, { name: "unsure", url }));
  await better.kill("SIGTERM");
});

function agentOf(dir: TempDir, file: Omit<AgentFile, "sensors">): Promise<string> {
  return writeAgent(dir, { sensors: UPTIME, ...file });
}

function startFaked(config: string, { env }: FakedClock): Promise<Program> {
  return startProgram({ args: ["agent/bin.js", "run", "--config", config], env });
}

/** Waits for so many readings more than there are now. */
async function hasRead(dir: TempDir, name: string, more: number): Promise<void> {
  const first = await eventually(() => agentStatus(dir, name), Boolean);
  await eventually(
    () => agentStatus(dir, name),
    ({ account }) => account.read >= first.account.read + more,
  );
}

async function stepThrough(dir: TempDir, clock: FakedClock): Promise<void> {
  await eventually(
    () => agentStatus(dir, "pi"),
    ({ clock: { source } }) => source !== "none",
  );
  for (const seconds of [HOUR, 0, -HOUR, -2 * HOUR, 30 * 24 * HOUR, 0]) {
    clock.set(seconds);
    await hasRead(dir, "pi", 25);
  }
}

interface Uptime {
  /** Microseconds since 1970. */
  readonly at: number;
  readonly seconds: number;
}

/** Stops the agent, sends what its spool holds, and returns what is stored: all that was ever read, each once. */
async function deliverAll(dir: TempDir, agent: Program, { name, url }: Omit<AgentFile, "sensors">): Promise<Uptime[]> {
  const { code } = await agent.kill("SIGTERM");
  expect(code, agent.output()).toBe(0);
  await drainAgent(await writeAgent(dir, { name, url, sensors: LAST }));
  const account = await accountOf(dir, name);
  expect(account).toMatchObject({ duplicate: 0, conflict: 0, missingBatches: 0, balanced: true });
  expect(account.stored + account.quarantined).toBe(account.received);
  const stored = storedUptimes(dir, name);
  expectNoneTwice(stored);
  expect(stored.length).toBe(readOf(dir, name));
  return stored;
}

/**
 * A reading that was stored under two keys shows its value twice: hours apart after a step of the wall clock, else
 * less than a millisecond apart, by the digits of the stamp. Two reads in a row share a value within the 10 ms of
 * /proc/uptime, longer where the machine stalled between a stamp and its read; each takes a millisecond of its own.
 */
function expectNoneTwice(stored: readonly Uptime[]): void {
  const byValue = Map.groupBy(stored, ({ seconds }) => seconds);
  const apart = [...byValue.values()].flatMap((same) => {
    const at = same.map((reading) => reading.at).sort((a, b) => a - b);
    return at.slice(1).map((instant, index) => instant - (at[index] as number));
  });
  expect(apart.filter((micros) => micros < 990 || micros > TOLERANCE_MS * 1_000)).toEqual([]);
}

function storedUptimes(dir: TempDir, agent: string): Uptime[] {
  const db = new Database(dir.join("data", "collector.db"), { readonly: true });
  const rows = db.prepare("SELECT at, value AS seconds FROM sample JOIN series ON series = number WHERE agent = ? AND channel = 'uptime'");
  const found = rows.all(agent) as Uptime[];
  db.close();
  return found;
}

/** Readings of the live sensor in the agent's own account. */
function readOf(dir: TempDir, name: string): number {
  const db = new Database(dir.join(`${name}.db`), { readonly: true });
  const state = db.prepare("SELECT value FROM meta WHERE key = 'state'").pluck().get() as string;
  db.close();
  return (JSON.parse(state) as { tallies: Record<string, { read: number }> }).tallies.box?.read ?? 0;
}

/** Generous to a busy machine, and far below any of the faults. */
const TOLERANCE_MS = 2_000;

function expectTrue(stored: readonly Uptime[]): void {
  expect(stored.length).toBeGreaterThan(0);
  const started = Date.now() - Number(fs.readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 1_000;
  const wrong = stored.filter(({ at, seconds }) => Math.abs(at / 1_000 - seconds * 1_000 - started) > TOLERANCE_MS);
  expect(wrong).toEqual([]);
}
