/**
 * main: `tributary-agent` on this machine: its clock, its environment, its signals, its terminal.
 */
import { readFile } from "node:fs/promises";
import { pino } from "pino";
import { askControl, type Environment, isFault, serviceManager, systemClock, systemRandom } from "../protocol/index.ts";
import { type AgentStatus, startAgent } from "./agent.ts";
import {
  type AgentActions,
  type DoctorOptions,
  type FlushOptions,
  type JsonOptions,
  type RunOptions,
  runAgent,
  type ScanOptions,
  type TopOptions,
} from "./cli.ts";
import { checkAgent } from "./commands/check.ts";
import { describeStatus } from "./commands/status.ts";
import { testSensors } from "./commands/test.ts";
import { loadAgentConfig } from "./config/load.ts";
import { pulseOf } from "./pulse.ts";

const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
const SIGNALS = ["SIGINT", "SIGTERM"] as const;
const print = (text: string) => void process.stdout.write(text);
const printError = (text: string) => void process.stderr.write(text);
const environment: Environment = {
  clock: systemClock,
  random: systemRandom,
  log: pino({ name: "tributary-agent" }, pino.destination({ dest: 2, sync: true })),
};

async function run({ config: file, drain }: RunOptions): Promise<number> {
  const stopped = stopSignal();
  const config = await loadAgentConfig(file, process.env);
  const bug = Promise.withResolvers<never>();
  const agent = await Promise.race([
    bug.promise,
    startAgent({
      config,
      load: () => loadAgentConfig(file, process.env),
      environment,
      version,
      onBug: bug.reject,
      poolThreads: poolThreads(),
    }),
  ]);
  print(
    `${config.agent}: ${config.sensors.length} sensors, spool ${config.spool.path}, collector ${config.collector.url}\n` +
      `Next: tributary-agent status --config ${file}\n\n`,
  );
  process.on("SIGHUP", () => void agent.reload().catch(tellFault));
  const service = serviceManager(process.env, process.pid, environment);
  service.ready(async (patience) => pulseOf(await agent.status(), environment.clock.monotonic(), patience));
  const { dropped } = (await agent.status()).account;
  await Promise.race([stopped, bug.promise, ...(drain ? [agent.drained] : [])]);
  const lost = (await agent.status()).account.dropped - dropped;
  service.stopping();
  await agent.stop();
  return drain && lost > 0 ? tellLost(lost) : 0;
}

/** Of a replay that was to arrive whole. */
function tellLost(readings: number): number {
  process.stderr.write(`${readings} readings were dropped and counted: the spool had no room for them (see the log)\n`);
  return 1;
}

async function test(sensor: string | undefined, { config, json }: JsonOptions): Promise<number> {
  return testSensors(await loadAgentConfig(config, process.env), { sensor, json }, environment, print);
}

async function status({ config: file, json }: JsonOptions): Promise<number> {
  const { control } = await loadAgentConfig(file, process.env);
  const answer = (await askControl(control, "/api/v1/status")) as AgentStatus;
  print(json ? `${JSON.stringify(answer, null, 2)}\n` : describeStatus(answer));
  return answer.account.balanced && answer.dropping === undefined ? 0 : 1;
}

/** Loaded when asked for: `run` on a small device does without. */
async function doctor(options: DoctorOptions): Promise<number> {
  const { doctorCommand } = await import("./commands/doctor.ts");
  const load = () => loadAgentConfig(options.config, process.env);
  const isColored = process.stdout.isTTY && process.env.NO_COLOR === undefined;
  return (await doctorCommand(options, { environment, version, isColored, load, print })).code;
}

async function top({ config: file, json, once }: TopOptions): Promise<number> {
  const { topCommand } = await import("./commands/top.ts");
  const { askAgent } = await import("./doctor/ask-agent.ts");
  const { control } = await loadAgentConfig(file, process.env);
  const ending = new AbortController();
  void stopSignal().then(() => ending.abort());
  process.stdout.once("error", () => ending.abort()); // who read it is gone: `| head`
  const { stdin: input, stdout: output } = process;
  const terminal = input.isTTY && output.isTTY ? { input, output } : undefined;
  const ask = () => askAgent(control, systemClock);
  return topCommand({ json, once }, { ask, clock: systemClock, terminal, signal: ending.signal, print });
}

async function flush({ config: file, timeout, json }: FlushOptions): Promise<number> {
  const { flushCommand } = await import("./commands/flush.ts");
  const { control } = await loadAgentConfig(file, process.env);
  const ending = new AbortController();
  void stopSignal().then(() => ending.abort());
  const { stderr } = process;
  const showProgress = stderr.isTTY && !json ? (line: string) => void stderr.write(`\r\u001B[K${line}`) : undefined;
  return flushCommand({ control, timeout, json }, { clock: systemClock, print, showProgress, signal: ending.signal });
}

async function reload({ config: file, json }: JsonOptions): Promise<number> {
  const { reloadCommand } = await import("./commands/reload.ts");
  const { control } = await loadAgentConfig(file, process.env);
  return reloadCommand(control, json, print);
}

async function explain(series: string, { config: file, json }: JsonOptions): Promise<number> {
  const { explainCommand } = await import("./commands/explain.ts");
  const { control } = await loadAgentConfig(file, process.env);
  return explainCommand(control, series, json, print);
}

async function scan(options: ScanOptions): Promise<number> {
  const { scanCommand } = await import("./commands/scan.ts");
  return scanCommand(options, print);
}

const check = (options: JsonOptions) => checkAgent(options, process.env, environment.clock.wall(), print);
const actions: AgentActions = { run, check, test, status, top, doctor, scan, flush, reload, explain };

/** Nobody waits for the answer to a signal: it goes to the log. */
function tellFault(error: unknown): void {
  if (!isFault(error)) throw error;
  environment.log.error({ code: error.code, hint: error.hint }, `config not reloaded: ${error.message}`);
}

/** As libuv reads it (threadpool.c): 4 where nothing is set, at least 1, at most 1,024. */
function poolThreads(): number {
  const asked = process.env.UV_THREADPOOL_SIZE;
  return asked === undefined ? 4 : Math.min(Math.max(Number.parseInt(asked, 10) || 1, 1), 1_024);
}

/** A file read or a name look-up that does not come back: where everything is closed, nothing else is left of them. */
function isHanging(): boolean {
  return process.getActiveResourcesInfo().some((kind) => /^(FSReq|FileHandle|GetAddrInfo|DirHandle)/.test(kind));
}

/** The first asks to stop in order, the second ends at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      for (const signal of SIGNALS) process.off(signal, stop);
      resolve();
    };
    for (const signal of SIGNALS) process.on(signal, stop);
  });
}

// At its end Node waits for all threads of its pool, however it ends; one that hangs in a read of sysfs would keep
// it for ever. Only another program in its place can end it (execve takes no leave of threads).
process.on("uncaughtExceptionMonitor", (error) => {
  if (isHanging()) printError(`${error.stack ?? error}\n`);
});
process.on("exit", (code) => {
  if (isHanging()) process.execve?.("/bin/sh", ["sh", "-c", `exit ${code}`]);
});
// Whoever read the answer has seen enough (`| head`): nobody is left to tell the rest.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
process.exitCode = await runAgent(process.argv.slice(2), actions, { version, print, printError });
if (isHanging()) process.exit();
