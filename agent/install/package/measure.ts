/**
 * measure: what bundling is good for: start-up time and memory of the packaged agent beside the sources.
 *
 * Start-up is the time from the start of the process to the line that says it runs; memory is the resident set ten
 * seconds later, with four simulated channels ten times a second. Each is the median of three runs, taken in turns.
 */
import { spawn } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { type Clock, Fault, MICROS_PER_SECOND, type Micros } from "../../../protocol/index.ts";
import type { Workshop } from "./workshop.ts";

const RUNS = 3;
const SETTLE = (10 * MICROS_PER_SECOND) as Micros;

interface Taken {
  readonly startMs: number;
  readonly residentMb: number;
}

/** @param node the Node of the sources. @param root the packages' files, laid out as on a device. */
export async function measureStart(workshop: Workshop, clock: Clock, node: string, root: string): Promise<string> {
  const folder = path.join(workshop.scratch, "measure");
  const variants = [
    { title: "sources", command: [node, path.join(workshop.project, "agent/bin.js")] },
    { title: "bundle", command: [path.join(root, "usr/bin/tributary-agent")] },
  ];
  const taken = new Map<string, Taken[]>(variants.map(({ title }) => [title, []]));
  for (let run = 0; run < RUNS; run++)
    for (const { title, command } of variants) taken.get(title)?.push(await takeOne(clock, command, folder));
  await rm(folder, { recursive: true, force: true });
  return [...taken].map(([title, runs]) => describe(title, runs)).join("");
}

function describe(title: string, runs: readonly Taken[]): string {
  const start = median(runs.map(({ startMs }) => startMs));
  const resident = median(runs.map(({ residentMb }) => residentMb));
  return `${`agent from the ${title}`.padEnd(24)} running after ${start.toFixed(0)} ms, resident ${resident.toFixed(1)} MB\n`;
}

async function takeOne(clock: Clock, command: readonly string[], folder: string): Promise<Taken> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const config = path.join(folder, "agent.yaml");
  await writeFile(config, CONFIG);
  const [program = "", ...args] = command;
  const began = clock.monotonic();
  const child = spawn(program, [...args, "run", "--config", config], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    await lineOf(child.stdout);
    const startMs = (clock.monotonic() - began) / 1000;
    await clock.sleep("memory settles", SETTLE, new AbortController().signal);
    const status = await readFile(`/proc/${child.pid}/status`, "utf8");
    return { startMs, residentMb: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1000 };
  } finally {
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("close", resolve));
  }
}

async function lineOf(output: NodeJS.ReadableStream): Promise<void> {
  for await (const line of createInterface(output)) if (line.startsWith("Next:")) return;
  throw new Fault("tool_failed", "the agent: expected a line that begins with Next:, got the end of its output");
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Nobody listens there: the readings stay in the spool, as on a device without a link. */
const CONFIG = `agent: measured
collector: mqtt://127.0.0.1:9
spool: { path: ./spool.db, keep_free: 1MB }
sensors:
  - name: air
    driver: simulated
    profile: greenhouse
    every: 100ms
    channels:
      temperature:
      humidity:
`;
