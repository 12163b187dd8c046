/**
 * main: `tributary-agent` on this machine: its clock, its environment, its signals, its terminal.
 */
import { readFile } from "node:fs/promises";
import { pino } from "pino";
import { askControl, type Environment, systemClock, systemRandom } from "../protocol/index.ts";
import { type AgentStatus, startAgent } from "./agent.ts";
import { type AgentActions, type JsonOptions, type RunOptions, runAgent } from "./cli.ts";
import { checkAgent } from "./commands/check.ts";
import { describeStatus } from "./commands/status.ts";
import { testSensors } from "./commands/test.ts";
import { loadAgentConfig } from "./config/load.ts";

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
  const config = await loadAgentConfig(file, process.env);
  const bug = Promise.withResolvers<never>();
  const agent = await Promise.race([bug.promise, startAgent({ config, environment, version, onBug: bug.reject })]);
  print(
    `${config.agent}: ${config.sensors.length} sensors, spool ${config.spool.path}, collector ${config.collector.url}\n` +
      `Next: tributary-agent status --config ${file}\n\n`,
  );
  await Promise.race([stopSignal(), bug.promise, ...(drain ? [agent.drained] : [])]);
  await agent.stop();
  return 0;
}

async function test(sensor: string | undefined, { config, json }: JsonOptions): Promise<number> {
  return testSensors(await loadAgentConfig(config, process.env), { sensor, json }, environment, print);
}

async function status({ config: file, json }: JsonOptions): Promise<number> {
  const { control } = await loadAgentConfig(file, process.env);
  const answer = (await askControl(control, "/api/v1/status")) as AgentStatus;
  print(json ? `${JSON.stringify(answer, null, 2)}\n` : describeStatus(answer));
  return answer.account.balanced ? 0 : 1;
}

const actions: AgentActions = { run, check: (options) => checkAgent(options, process.env, print), test, status };

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

process.exitCode = await runAgent(process.argv.slice(2), actions, { version, print, printError });
