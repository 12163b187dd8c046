/**
 * cli: the words of `tributary-agent`. What a command does is handed in; here is only how it is written.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { duration, EXIT_HELP, exitCodeOf, type Micros, micros } from "../protocol/index.ts";

const DEFAULT_CONFIG = "/etc/tributary/agent.yaml";

export interface ConfigOptions {
  readonly config: string;
}

export interface RunOptions extends ConfigOptions {
  /** End once every replay is at its end and everything is acked. */
  readonly drain: boolean;
}

export interface JsonOptions extends ConfigOptions {
  readonly json: boolean;
}

export interface DoctorOptions extends JsonOptions {
  /** Where to write a bundle; absent = none. */
  readonly bundle?: string;
  /** The bundle may take the place of a file. */
  readonly force: boolean;
}

export interface TopOptions extends JsonOptions {
  /** One snapshot. */
  readonly once: boolean;
}

export interface FlushOptions extends JsonOptions {
  /** For so long the acks are waited for. */
  readonly timeout: Micros;
}

export interface ScanOptions {
  readonly root: string;
  readonly json: boolean;
  /** A file that is not there yet; absent = print only. */
  readonly write?: string;
  /** Name of the agent; absent = from the host's. */
  readonly agent?: string;
}

/** Each resolves to the exit code, or rejects with a `Fault`, which is explained on stderr. */
export interface AgentActions {
  run(options: RunOptions): Promise<number>;
  check(options: JsonOptions): Promise<number>;
  /** @param sensor undefined = all of them. */
  test(sensor: string | undefined, options: JsonOptions): Promise<number>;
  status(options: JsonOptions): Promise<number>;
  scan(options: ScanOptions): Promise<number>;
  top(options: TopOptions): Promise<number>;
  doctor(options: DoctorOptions): Promise<number>;
  flush(options: FlushOptions): Promise<number>;
  reload(options: JsonOptions): Promise<number>;
  explain(series: string, options: JsonOptions): Promise<number>;
}

export interface Terminal {
  readonly version: string;
  print(text: string): void;
  printError(text: string): void;
}

/** @param argv what stands behind the program's name. @returns the exit code. */
export function runAgent(argv: readonly string[], actions: AgentActions, terminal: Terminal): Promise<number> {
  return exitCodeOf(async () => {
    let code = 0;
    const program = agentCommands(actions, terminal, (result) => {
      code = result;
    });
    await program.parseAsync(argv, { from: "user" });
    return code;
  }, terminal.printError);
}

function agentCommands(actions: AgentActions, terminal: Terminal, finish: (code: number) => void): Command {
  const program = new Command("tributary-agent")
    .description("Reads sensors, keeps every reading in a durable spool, and sends them to a collector.")
    .version(terminal.version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.print(text), writeErr: (text) => terminal.printError(text) })
    .showHelpAfterError("(--help shows what there is)")
    .addHelpText("after", PROGRAM_HELP);

  const command = (usage: string, description: string) =>
    program.command(usage).description(description).option("-c, --config <file>", "config file", DEFAULT_CONFIG);
  const answering = (usage: string, description: string) => command(usage, description).option("--json", "answer in JSON", false);

  command("run", "read, keep and send until stopped")
    .option("--drain", "end by itself once every replay is at its end and the collector has it all; 1 = readings were dropped", false)
    .addHelpText("after", "\nExamples:\n  tributary-agent run --config agent.yaml\n  tributary-agent run --config replay.yaml --drain\n")
    .action(async (options: RunOptions) => finish(await actions.run(options)));
  answering("check", "check the config file: says what it means, starts nothing")
    .addHelpText(
      "after",
      "\nBeside agent.yaml it reads the drop-ins agent.d/*.yaml. Schedules are shown in words, with their next times.\n" +
        "\nExamples:\n  tributary-agent check --config agent.yaml\n  tributary-agent check --config agent.yaml --json | jq .sensors\n",
    )
    .action(async (options: JsonOptions) => finish(await actions.check(options)));
  answering("test [sensor]", "read each sensor once, or one of them: raw value, every filter, result; keeps nothing")
    .addHelpText("after", "\nExamples:\n  tributary-agent test --config agent.yaml\n  tributary-agent test air --config agent.yaml\n")
    .action(async (sensor: string | undefined, options: JsonOptions) => finish(await actions.test(sensor, options)));
  answering("status", "ask the running agent how it is: sensors, spool, uplink, account")
    .addHelpText("after", "\nExample:\n  tributary-agent status --config agent.yaml\n")
    .action(async (options: JsonOptions) => finish(await actions.status(options)));
  addCare(answering, actions, finish);
  addRequests(answering, actions, finish);
  program
    .command("scan")
    .description("what there is to read, what is not there and how it appears, and a config that is ready to run")
    .option("--root <dir>", "look for /sys, /proc and /dev there", "/")
    .option("--json", "answer in JSON", false)
    .option("--write <file>", "write the config there; a file that is there already is left alone (exit code 1)")
    .option("--agent <name>", "name of the agent (default: the host's name)")
    .addHelpText("after", "\nExamples:\n  tributary-agent scan\n  tributary-agent scan --write agent.yaml --agent greenhouse-1\n")
    .action(async (options: ScanOptions) => finish(await actions.scan(options)));
  return program;
}

type NewCommand = (usage: string, description: string) => Command;

function addCare(answering: NewCommand, actions: AgentActions, finish: (code: number) => void): void {
  answering("top", "watch the running agent: rates, values, spool, uplink; q leaves")
    .option("--once", "one snapshot, as where nobody looks", false)
    .addHelpText("after", "\nExamples:\n  tributary-agent top\n  tributary-agent top --json | jq .pace\n")
    .action(async (options: TopOptions) => finish(await actions.top(options)));
  answering("doctor", "examine this machine: clock, disk, power, sensors, collector; says what to type; changes nothing")
    .option("--bundle <file>", "pack config (without secrets), versions, faults and counters for somebody who helps")
    .option("--force", "let the bundle take the place of a file", false)
    .addHelpText("after", "\nExamples:\n  tributary-agent doctor --config agent.yaml\n  tributary-agent doctor --bundle doctor.json.gz\n")
    .action(async (options: DoctorOptions) => finish(await actions.doctor(options)));
}

/** What the running agent is asked to do. */
function addRequests(answering: NewCommand, actions: AgentActions, finish: (code: number) => void): void {
  answering("flush", "have the running agent seal and send all it has, now and at any hour; waits for the collector's acks")
    .addOption(new Option("--timeout <duration>", "how long to wait").argParser(spanOption).default(micros(60_000_000), "1m"))
    .addHelpText("after", "\nExamples:\n  tributary-agent flush\n  tributary-agent flush --timeout 10m && sudo poweroff\n")
    .action(async (options: FlushOptions) => finish(await actions.flush(options)));
  answering("reload", "have the running agent read its config again: sensors, labels and send; a wrong one changes nothing")
    .addHelpText("after", "\nExamples:\n  tributary-agent check && tributary-agent reload\n  sudo systemctl reload tributary-agent\n")
    .action(async (options: JsonOptions) => finish(await actions.reload(options)));
  answering("explain <series>", "show what each filter did with the last readings of a series, as the running agent saw them")
    .addHelpText(
      "after",
      "\nExamples:\n  tributary-agent explain air/temperature\n  tributary-agent explain greenhouse-1/air/temperature --json\n",
    )
    .action(async (series: string, options: JsonOptions) => finish(await actions.explain(series, options)));
}

function spanOption(text: string): Micros {
  const read = duration().safeParse(text);
  if (read.success) return read.data;
  throw new InvalidArgumentError(read.error.issues[0]?.message ?? "expected a duration like 10s");
}

const PROGRAM_HELP = `
Examples:
  tributary-agent scan --write agent.yaml        what is there to read? writes a config for it
  tributary-agent check --config agent.yaml      is the config right?
  tributary-agent test air --config agent.yaml   does the sensor "air" answer?
  tributary-agent run --config agent.yaml        go
  tributary-agent status                         how is it going?
  tributary-agent top                            and how, second by second?
  tributary-agent flush                          send all there is, now, and wait until it is acked
  tributary-agent explain air/temperature        what did the filters do with the last readings?
  tributary-agent reload                         take over what changed in the config, without a restart
  tributary-agent doctor                         what is wrong with this machine, and what helps?
${EXIT_HELP}
`;
