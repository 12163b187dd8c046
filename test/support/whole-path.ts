/**
 * whole-path: the built programs as a user runs them: collector and agents as processes, reports from the command line.
 */
import fs from "node:fs/promises";
import { parse } from "csv-parse/sync";
import { askControl, Fault } from "../../protocol/index.ts";
import { type Program, startProgram } from "./processes.ts";
import type { TempDir } from "./temp-dir.ts";

export interface CollectorProcess {
  readonly program: Program;
  /** `mqtt://127.0.0.1:<the port it got>`. */
  readonly url: string;
}

type Variables = Readonly<Record<string, string>>;

/** Starts a collector with its data in `dir`; give the `url` of the one before to have the same port again. */
export async function startCollector(dir: TempDir, before?: string, env: Variables = {}): Promise<CollectorProcess> {
  const mqtt = before === undefined ? "127.0.0.1:0" : before.replace("mqtt://", "");
  const config = collectorConfig(dir);
  await fs.writeFile(config, `listen: { mqtt: "${mqtt}", http: "127.0.0.1:0" }\ndata: ./data\n`);
  const program = await startProgram({ args: ["collector/bin.js", "run", "--config", config], env });
  const [, url] = await program.line(/Listening for agents at (\S+)/);
  await program.line(/tributary-collector report hourly/);
  return { program, url: url as string };
}

/** The same behind a broker that stands elsewhere: `place` are the keys of `broker:`. */
export async function startCollectorBehind(dir: TempDir, place: string): Promise<CollectorProcess> {
  const config = collectorConfig(dir);
  await fs.writeFile(config, `broker: { ${place} }\nlisten: { http: "127.0.0.1:0" }\ndata: ./data\n`);
  const program = await startProgram({ args: ["collector/bin.js", "run", "--config", config] });
  const [, url] = await program.line(/Hearing agents through the broker at (\S+)/);
  await program.line(/tributary-collector report hourly/);
  return { program, url: url as string };
}

function collectorConfig(dir: TempDir): string {
  return dir.join("collector.yaml");
}

export interface AgentFile {
  readonly name: string;
  readonly url: string;
  /** YAML of the list of sensors, indented by two. */
  readonly sensors: string;
  readonly send?: string;
  readonly commitEvery?: string;
  /** Other top-level keys, each a line. */
  readonly more?: string;
}

/** Writes an agent's config, its spool and socket beside it; returns its path. */
export async function writeAgent(
  dir: TempDir,
  { name, url, sensors, send = "{ every: 1s }", commitEvery = "200ms", more = "" }: AgentFile,
): Promise<string> {
  const file = dir.join(`${name}.yaml`);
  const head = `agent: ${name}\ncollector: ${url}\nspool: { path: ./${name}.db, commit_every: ${commitEvery}, keep_free: 1MB }\n`;
  await fs.writeFile(file, `${head}${more}send: ${send}\ncontrol: ./${name}.sock\nsensors:\n${sensors}`);
  return file;
}

export function startAgent(config: string, ...more: readonly string[]): Promise<Program> {
  return startProgram({ args: ["agent/bin.js", "run", "--config", config, ...more] });
}

/** What a running agent says of itself: the parts that tests ask for. */
export interface AgentAnswer {
  readonly clock: { readonly source: string; readonly offset?: number };
  readonly uplink: {
    readonly phase: string;
    readonly inFlight: number;
    readonly ackedBatches: number;
    readonly trouble?: string;
    readonly remedy?: string;
    readonly isRefused: boolean;
    readonly hasNamesake: boolean;
  };
  readonly spool: { readonly open: number; readonly pendingBatches: number; readonly pendingReadings: number };
  readonly sensors: readonly {
    readonly name: string;
    readonly activity: string;
    readonly fault?: { readonly code: string; readonly hint?: string };
    readonly tally: { readonly read: number; readonly dropped: Readonly<Record<string, number>> };
  }[];
  readonly account: Readonly<Record<"read" | "open" | "sealed" | "dropped", number>> & { readonly balanced: boolean };
  readonly idle: boolean;
}

export async function agentStatus(dir: TempDir, name: string): Promise<AgentAnswer> {
  return (await askControl(dir.join(`${name}.sock`), "/api/v1/status")) as AgentAnswer;
}

/** Runs a replay to its end: everything read, sealed and acked. */
export async function drainAgent(config: string): Promise<void> {
  await using agent = await startAgent(config, "--drain");
  const { code } = await agent.ended;
  if (code !== 0) throw new Error(`the agent ended with ${code}:\n${agent.output()}`);
}

export type ReportRow = Readonly<Record<string, string>>;

/** The hourly report as its CSV says it. */
export async function hourly(dir: TempDir, ...options: readonly string[]): Promise<ReportRow[]> {
  const out = dir.join("report.csv");
  await using report = await startProgram({
    args: ["collector/bin.js", "report", "hourly", "--config", collectorConfig(dir), "--format", "csv", "--out", out, ...options],
  });
  const { code } = await report.ended;
  if (code !== 0) throw new Error(`the report ended with ${code}:\n${report.output()}`);
  return parse(await fs.readFile(out), { columns: true }) as ReportRow[];
}

export interface Account {
  readonly agent: string;
  readonly received: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly quarantined: number;
  readonly missingBatches: number;
  readonly balanced: boolean;
}

/** What the running collector says of an agent. @throws Fault `unknown_agent` until it has heard of it. */
export async function accountOf(dir: TempDir, agent: string): Promise<Account> {
  const accounts = (await askControl(dir.join("data", "collector.sock"), "/api/v1/accounting")) as Account[];
  const account = accounts.find((entry) => entry.agent === agent);
  if (account === undefined) throw new Fault("unknown_agent", `the collector knows no agent ${agent}`);
  return account;
}
