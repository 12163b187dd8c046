/**
 * oracle command: `tributary-simulate oracle AGENT.yaml ...`: did every numbered reading arrive, once?
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { duration, Fault, type Micros } from "../../protocol/index.ts";
import { option, type SimulateCommand, type Surroundings } from "../command.ts";
import type { CollectorPlace } from "./ask.ts";
import { askOracle } from "./oracle.ts";
import { dueOf } from "./replays.ts";
import { verdictText } from "./words.ts";

interface OracleCommandOptions {
  readonly data: string;
  readonly collector?: string;
  readonly tokenFile?: string;
  readonly wait: Micros;
  readonly json: boolean;
}

const HELP = `
What is due is read from the configs of the agents: their sensors with numbered readings, such as
  - name: count
    driver: simulated
    profile: numbered
    seed: 7
    replay: { from: 2026-11-01T00:00:00Z, for: 1d, step: 1s, speed: 60x }
A replay commits its place together with its readings, so whatever is killed, every number is due once.

Examples:
  Ask the collector that runs on this machine, wherever its data folder is:
    tributary-simulate oracle agent.yaml --data /var/lib/tributary-collector
  Several agents, a collector elsewhere, ten minutes for what is still under way:
    tributary-simulate oracle box-1.yaml box-2.yaml --collector http://collector.local:8480 --token-file token --wait 10m
  For a program:
    tributary-simulate oracle agent.yaml --json

It ends with 0 where sent = stored once + declared lost, else with 1.`;

export const oracleCommand: SimulateCommand = {
  examples: [["tributary-simulate oracle agent.yaml", "did every numbered reading arrive, once?"]],
  add(program: Command, surroundings: Surroundings): void {
    program
      .command("oracle")
      .description("ask the collector what became of every numbered reading: stored once, twice, declared lost, missing")
      .argument("<config...>", "config files of the agents that sent them")
      .option("--data <folder>", "the collector's data folder, where its control socket is", "tributary-data")
      .option("--collector <url>", "ask over the network instead: http://host:8480")
      .option("--token-file <file>", "a file with a token of the role read, for --collector")
      .addOption(option("--wait <duration>", "how long readings are waited for that are still under way", duration(), "30s"))
      .option("--json", "the verdict as one JSON object", false)
      .addHelpText("after", HELP)
      .action((configs: readonly string[], options: OracleCommandOptions) => runOracle(configs, options, surroundings));
  },
};

async function runOracle(configs: readonly string[], options: OracleCommandOptions, surroundings: Surroundings): Promise<void> {
  const { clock, signal, stdout, stderr, env = {} } = surroundings;
  const due = await Promise.all(configs.map((file) => dueOf(file, env)));
  const isLive = stderr.isTTY === true;
  const onProgress = (words: string) => void (isLive && stderr.write(`\r${words}\x1b[K`));
  const verdict = await askOracle({ collector: await placeOf(options), due, clock, signal, patience: options.wait, onProgress });
  onProgress("");
  stdout.write(options.json ? `${JSON.stringify(verdict)}\n` : verdictText(verdict));
  if (verdict.balanced) return;
  throw new Fault("not_balanced", "expected every reading to be stored once or declared lost, and it is not so", {
    hint: "tributary-collector status and tributary-agent status say what they know of it; nothing was changed",
  });
}

async function placeOf({ data, collector, tokenFile }: OracleCommandOptions): Promise<CollectorPlace> {
  if (collector === undefined) return { socket: join(data, "collector.sock") };
  if (!/^https?:$/.test(URL.parse(collector)?.protocol ?? "")) {
    throw new Fault("bad_address", `--collector: expected an address like http://host:8480, got ${JSON.stringify(collector)}`);
  }
  return { url: collector, token: tokenFile === undefined ? undefined : await tokenIn(tokenFile) };
}

async function tokenIn(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Fault("token_unreadable", `--token-file ${file}: expected a file with a token, got ${code}`, {
      hint: "tributary-collector token create --role read > FILE",
      cause,
    });
  }
}
