/**
 * agent: what the agent costs the machine it runs on, as a real process without a collector, so that all it reads stays
 * in its spool.
 *
 * - `load`: about 10,000 readings a second through range, deadband and aggregate into the spool. CPU is that of all threads
 *   of the process, the made-up sensors included, over the readings that its own counters say it took meanwhile.
 * - `idle`: one sensor a second, as most devices have.
 * - `hung`: sensors of 1 s beside one whose read never returns. Jitter is how far from its turn on the grid a reading was
 *   taken, by the instants that stand in the spool: mostly behind it, by a little before it where the wall clock is slewed.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import Database from "better-sqlite3";
import { decodeOpenRow, type OpenRow } from "../../agent/spool/open-row.ts";
import { askControl, isFault, MICROS_PER_MS, MICROS_PER_SECOND } from "../../protocol/index.ts";
import { ROOT } from "../support/project-files.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import type { Bench } from "./bench.ts";

interface AgentCost {
  readonly scene: "load" | "idle";
  readonly readings_per_second: number;
  readonly cpu_percent: number;
  readonly cpu_us_per_reading: number;
  readonly rss_mb: number;
  /** A Node that does nothing, in the same run. */
  readonly bare_node_rss_mb: number;
  /** What waits in the spool at the end. */
  readonly backlog_mb: number;
}

interface AgentJitter {
  readonly scene: "hung";
  readonly sensors: number;
  readonly readings: number;
  readonly jitter_p50_ms: number;
  readonly jitter_p99_ms: number;
}

/** How long each scene is measured, after a start that is not. */
interface Lengths {
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

const USUAL: Lengths = { warmUpSeconds: 10, seconds: 30 };
const QUICK: Lengths = { warmUpSeconds: 3, seconds: 5 };
/** `USER_HZ`: clock ticks a second in /proc/<pid>/stat, 100 on every Linux that Node runs on (proc(5)). */
const TICKS_PER_SECOND = 100;
const FAST_SENSORS = 20;
const SLOW_SENSORS = 10;
/** Sensors are not read in step: each is measured alone. */
const APART = 100 * MICROS_PER_MS;
const CHANNELS = ["temperature", "humidity", "soil_moisture", "light", "door"];

export const agent: Bench = {
  about: "what an agent costs its machine, and how late it reads beside a sensor that hangs",
  named: ["scene"],
  figures: ["readings_per_second", "cpu_us_per_reading", "rss_mb", "jitter_p99_ms"],
  async run({ quick, print }) {
    for await (const row of measureAgent(quick ? QUICK : USUAL)) print(row);
  },
};

async function* measureAgent(lengths: Lengths): AsyncGenerator<AgentCost | AgentJitter> {
  const bare = await bareNodeMegabytes();
  yield await measureCost("load", fastSensors(), bare, lengths);
  yield await measureCost("idle", slowSensors(1), bare, lengths);
  yield await measureJitter(lengths);
}

async function measureCost(scene: AgentCost["scene"], sensors: string, bare: number, lengths: Lengths): Promise<AgentCost> {
  await using dir = await tempDir();
  await using agent = await startAgent(dir, sensors);
  await pause(lengths.warmUpSeconds * 1_000);
  const before = await agent.look();
  await pause(lengths.seconds * 1_000);
  const after = await agent.look();
  const readings = after.read - before.read;
  const cpu = after.cpuSeconds - before.cpuSeconds;
  const seconds = (after.now - before.now) / 1_000;
  return {
    scene,
    readings_per_second: readings / seconds,
    cpu_percent: (100 * cpu) / seconds,
    cpu_us_per_reading: (cpu * MICROS_PER_SECOND) / readings,
    rss_mb: await residentMegabytes(agent.pid),
    bare_node_rss_mb: bare,
    backlog_mb: after.spoolBytes / 2 ** 20,
  };
}

async function measureJitter(lengths: Lengths): Promise<AgentJitter> {
  await using dir = await tempDir();
  const root = dir.join("root");
  const zone = path.join(root, "sys/class/thermal/thermal_zone0");
  await write(path.join(root, "proc/sys/kernel/random/boot_id"), "00000000-0000-4000-8000-000000000000\n");
  await write(path.join(zone, "type"), "hung\n");
  execFileSync("mkfifo", [path.join(zone, "temp")]); // opening it waits for a writer that never comes
  const hung = "  - { name: hung, driver: thermal, zone: hung, every: 1s }\n";
  {
    await using _agent = await startAgent(dir, hung + slowSensors(SLOW_SENSORS), `root: ${root}\nclock: { trust: ntp }\n`);
    await pause((lengths.warmUpSeconds + lengths.seconds) * 1_000);
  }
  const late = distances(dir.join("spool.db")).sort((a, b) => a - b);
  const at = (share: number) => (late[Math.min(late.length - 1, Math.floor(share * late.length))] ?? Number.NaN) / MICROS_PER_MS;
  return { scene: "hung", sensors: SLOW_SENSORS, readings: late.length, jitter_p50_ms: at(0.5), jitter_p99_ms: at(0.99) };
}

async function write(file: string, text: string): Promise<void> {
  await fs.mkdir(path.dirname(file), { recursive: true });
  await fs.writeFile(file, text);
}

/** 20 sensors of 5 channels, 100 times a second. */
function fastSensors(): string {
  const filters = "[ { range: { min: -40, max: 100000 } }, { deadband: { width: 0.01 } }, { aggregate: { every: 1m } } ]";
  const channels = CHANNELS.map((channel) => `      ${channel}: { filters: ${filters} }\n`).join("");
  return Array.from(
    { length: FAST_SENSORS },
    (_, index) =>
      `  - name: fast${index}\n    driver: simulated\n    profile: greenhouse\n    seed: ${index}\n    every: 10ms\n    channels:\n${channels}`,
  ).join("");
}

/** Their turns are a tenth of a second apart, and they keep the instant at which they were read. */
function slowSensors(count: number): string {
  return Array.from(
    { length: count },
    (_, index) =>
      `  - { name: slow${index}, driver: simulated, profile: greenhouse, seed: ${index}, every: 1s, offset: ${index * 100 || "0"}${index === 0 ? "s" : "ms"}, stamp: exact }\n`,
  ).join("");
}

/** Microseconds to the nearest turn, of the instants in the journal. It is never sealed here: the clock is not trusted. */
function distances(spool: string): number[] {
  const db = new Database(spool, { readonly: true });
  try {
    const rows = db.prepare("SELECT * FROM journal ORDER BY id").all() as OpenRow[];
    return rows.flatMap((row) =>
      (decodeOpenRow(row) ?? []).flatMap(({ sensor, frame }) => {
        const turn = (sensor - 1) * APART; // the first sensor of the config is the one that hangs
        return frame.form === "samples" ? [...frame.at].map((at) => toNearestTurn(at - turn)) : [];
      }),
    );
  } finally {
    db.close();
  }
}

function toNearestTurn(micros: number): number {
  const behind = micros % MICROS_PER_SECOND;
  return Math.min(behind, MICROS_PER_SECOND - behind);
}

interface Look {
  readonly read: number;
  readonly cpuSeconds: number;
  readonly spoolBytes: number;
  /** Milliseconds, monotonic. */
  readonly now: number;
}

interface RunningAgent extends AsyncDisposable {
  readonly pid: number;
  look(): Promise<Look>;
}

interface Answer {
  readonly spool: { readonly usedBytes: number };
  readonly account: { readonly read: number };
}

async function startAgent(dir: TempDir, sensors: string, more = ""): Promise<RunningAgent> {
  const config = dir.join("agent.yaml");
  const head = `agent: bench\ncollector: mqtt://127.0.0.1:1\nspool: { path: ./spool.db, keep_free: 1MB }\ncontrol: ./agent.sock\n`;
  await fs.writeFile(config, `${head}${more}sensors:\n${sensors}`);
  const child = spawn(process.execPath, [path.join(ROOT, "agent/bin.js"), "run", "--config", config], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("the agent did not start");
  const ask = async () => (await askControl(dir.join("agent.sock"), "/api/v1/status")) as Answer;
  await answering(ask, child);
  return {
    pid,
    async look() {
      const [{ spool, account }, cpuSeconds] = [await ask(), await cpuSecondsOf(pid)];
      return { read: account.read, spoolBytes: spool.usedBytes, cpuSeconds, now: performance.now() };
    },
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function answering(ask: () => Promise<unknown>, child: ChildProcess): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await ask();
      return;
    } catch (error) {
      if (!isFault(error) || tries > 300 || child.exitCode !== null) throw error;
      await pause(100);
    }
  }
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

async function bareNodeMegabytes(): Promise<number> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000); console.log('up')"], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const megabytes = await residentMegabytes(child.pid as number);
  await end(child);
  return megabytes;
}

/** User and system time of all threads, from /proc/<pid>/stat: fields 14 and 15, counted behind the name in brackets. */
async function cpuSecondsOf(pid: number): Promise<number> {
  const text = await fs.readFile(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function residentMegabytes(pid: number): Promise<number> {
  const text = await fs.readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1]) / 1_024;
}
