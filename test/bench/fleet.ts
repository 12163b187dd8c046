/**
 * fleet: a collector process under a fleet of real MQTT connections: what acks take, what it takes of the machine, and
 * how soon all is well after it was killed.
 *
 * The fleet is `tributary-simulate fleet`, a process of its own. When all agents are connected the clock starts; after
 * `--for` the collector is killed (SIGKILL) and started again at once. Latency, memory and CPU are those before
 * the kill; at the end every reading that was sent is looked for, those before and behind the kill.
 */
import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { Option } from "commander";
import { duration, MICROS_PER_SECOND, type Micros, micros, showDuration } from "../../protocol/index.ts";
import { option } from "../../simulators/command.ts";
import type { FleetStatus } from "../../simulators/fleet/fleet.ts";
import type { FleetResult } from "../../simulators/fleet/result.ts";
import type { Bench } from "./bench.ts";
import { CollectorProcess } from "./collector-process.ts";
import type { ProcessUse } from "./process-use.ts";

const BIN = path.resolve(import.meta.dirname, "../../simulators/bin.js");

interface FleetBench {
  readonly agents: number;
  readonly every: Micros;
  readonly ramp: Micros;
  /** With all agents connected, until the kill. */
  readonly for: Micros;
  /** Behind the kill, at least: then it ends as soon as all is well. */
  readonly recover: Micros;
}

const LONGEST_RUN = "1h";
const LONGEST_RECOVERY_S = 300;

const seconds = (count: number) => micros(count * MICROS_PER_SECOND);
const WHOLE: FleetBench = { agents: 10_000, every: seconds(10), ramp: seconds(60), for: seconds(180), recover: seconds(90) };
const QUICK: FleetBench = { agents: 100, every: seconds(1), ramp: seconds(1), for: seconds(4), recover: seconds(8) };

export const fleet: Bench = {
  about: "a collector under a fleet of real connections, and how soon all is well after it was killed",
  options: [
    new Option("--agents <count>", "each with a connection of its own").argParser(Number),
    option("--every <duration>", "time between two batches of an agent", duration()),
    option("--ramp <duration>", "until the last agent is started", duration()),
    option("--for <duration>", "with all of them connected, until the collector is killed", duration()),
    option("--recover <duration>", "how long they go on behind the kill, at least", duration()),
  ],
  named: ["agents"],
  figures: ["connected", "missing", "duplicated", "ack_p99_ms", "rss_mb", "cpu_percent", "steady_after_kill_s"],
  async run({ quick, options, print }) {
    print(await measureFleet({ ...(quick ? QUICK : WHOLE), ...options }));
  },
};

interface FleetRow {
  readonly agents: number;
  /** Just before the kill. */
  readonly connected: number;
  /** Readings. */
  readonly sent: number;
  readonly stored: number;
  readonly missing: number;
  readonly duplicated: number;
  readonly balanced: boolean;
  readonly batches_per_second: number;
  readonly ack_p50_ms: number;
  readonly ack_p99_ms: number;
  /** Of the collector. */
  readonly rss_mb: number;
  readonly cpu_percent: number;
  /** From the kill until everybody is connected again and nothing waits longer than a period; NaN where that never came. */
  readonly steady_after_kill_s: number;
  readonly rss_after_kill_mb: number;
  readonly fleet_rss_mb: number;
  readonly fleet_cpu_percent: number;
}

type Line = ({ readonly event: "progress" } & FleetStatus) | { readonly event: "check" } | FleetResult;

export async function measureFleet(bench: FleetBench): Promise<FleetRow> {
  await using collector = await CollectorProcess.start();
  const run = new Run(bench, collector);
  const simulator = startFleet(bench, collector);
  for await (const line of simulator.lines()) {
    await run.hear(line);
    if (run.isOver) simulator.endSending();
  }
  return run.row(await collector.use());
}

/** What is remembered of a run on its way. */
class Run {
  readonly #bench: FleetBench;
  readonly #collector: CollectorProcess;
  /** When everybody was connected, and what had been used and sent until then. */
  #began: { readonly at: number; readonly cpuSeconds: number; readonly batches: number } | undefined;
  #before: { readonly status: FleetStatus; readonly use: ProcessUse } | undefined;
  /** Of the fleet's clock. */
  #killedAt: number | undefined;
  /** It went on long enough behind the kill, and all was well again; or that never came. */
  isOver = false;
  #result: FleetResult | undefined;

  constructor(bench: FleetBench, collector: CollectorProcess) {
    this.#bench = bench;
    this.#collector = collector;
  }

  async hear(line: Line): Promise<void> {
    if (line.event === "result") this.#result = line;
    if (line.event !== "progress") return;
    const { at_s, connected, sealed_batches } = line;
    if (this.#began === undefined) {
      if (connected < this.#bench.agents || line.phase === "ramp") return;
      this.#began = { at: at_s, cpuSeconds: (await this.#collector.use()).cpuSeconds, batches: sealed_batches };
    } else if (this.#killedAt === undefined && at_s - this.#began.at >= this.#bench.for / MICROS_PER_SECOND) {
      this.#before = { status: line, use: await this.#collector.use() };
      this.#killedAt = at_s;
      await this.#collector.end("SIGKILL");
      await this.#collector.start();
    } else if (this.#killedAt !== undefined && at_s - this.#killedAt >= this.#bench.recover / MICROS_PER_SECOND) {
      const isBack = line.steady && line.reconnects >= this.#bench.agents;
      this.isOver ||= isBack || at_s - this.#killedAt > LONGEST_RECOVERY_S;
    }
  }

  row(after: ProcessUse): FleetRow {
    const [began, before, result] = [this.#began, this.#before, this.#result];
    if (began === undefined || before === undefined) throw new Error("the fleet ended before all its agents were connected for so long");
    if (result?.check == null) throw new Error("the fleet ended without a result");
    const { sent, stored, missing, duplicated } = result.check;
    const seconds = before.status.at_s - began.at;
    return {
      agents: result.agents,
      connected: before.status.connected,
      sent,
      stored,
      missing,
      duplicated,
      balanced: result.balanced,
      batches_per_second: (before.status.sealed_batches - began.batches) / seconds,
      ack_p50_ms: before.status.ack_p50_ms ?? Number.NaN,
      ack_p99_ms: before.status.ack_p99_ms ?? Number.NaN,
      rss_mb: before.use.peakMb,
      cpu_percent: (100 * (before.use.cpuSeconds - began.cpuSeconds)) / seconds,
      steady_after_kill_s: steadyAfter(result, this.#killedAt ?? 0),
      rss_after_kill_mb: after.peakMb,
      fleet_rss_mb: result.rss_mb,
      fleet_cpu_percent: result.cpu_percent,
    };
  }
}

/** Seconds from the kill to the end of the last trouble behind it. */
function steadyAfter({ steady, troubles }: FleetResult, killedAt: number): number {
  const ends = troubles.map(({ from_s, seconds }) => from_s + seconds).filter((end) => end > killedAt);
  return steady && ends.length > 0 ? Math.max(...ends) - killedAt : Number.NaN;
}

interface Simulator {
  /** What the fleet says, line by line, to its end; what it complains of goes to our own standard error. */
  lines(): AsyncGenerator<Line>;
  /** What was sent is still waited for, and checked. */
  endSending(): void;
}

/** It sends until it is told to end: how long a start or a recovery takes is what is measured. */
function startFleet({ agents, every, ramp }: FleetBench, collector: CollectorProcess): Simulator {
  const options = {
    agents,
    every: showDuration(every),
    ramp: showDuration(ramp),
    for: LONGEST_RUN,
    collector: collector.url,
    ask: collector.control,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, [BIN, "fleet", "--json", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let isEnding = false;
  return {
    async *lines() {
      try {
        for await (const line of createInterface(child.stdout)) yield JSON.parse(line) as Line;
      } finally {
        child.kill("SIGTERM");
        await ended;
      }
    },
    endSending() {
      if (!isEnding) child.kill("SIGINT");
      isEnding = true;
    },
  };
}
