/**
 * cli: the words of `tributary-agent`. What a command does is handed in; here is only how it is written.
 */
import { Command } from "commander";
import { EXIT_HELP, exitCodeOf } from "../protocol/index.ts";

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

/** Each resolves to the exit code, or rejects with a `Fault`, which is explained on stderr. */
export interface AgentActions {
  run(options: RunOptions): Promise<number>;
  check(options: JsonOptions): Promise<number>;
  /** @param sensor undefined = all of them. */
  test(sensor: string | undefined, options: JsonOptions): Promise<number>;
  status(options: JsonOptions): Promise<number>;
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
    .option("--drain", "end by itself once every replay is at its end and the collector has it all", false)
    .addHelpText("after", "\nExamples:\n  tributary-agent run --config agent.yaml\n  tributary-agent run --config replay.yaml --drain\n")
    .action(async (options: RunOptions) => finish(await actions.run(options)));
  answering("check", "check the config file: says what it means, starts nothing")
    .addHelpText(
      "after",
      "\nExamples:\n  tributary-agent check --config agent.yaml\n  tributary-agent check --config agent.yaml --json | jq .sensors\n",
    )
    .action(async (options: JsonOptions) => finish(await actions.check(options)));
  answering("test [sensor]", "read each sensor once, or one of them: raw value, every filter, result; keeps nothing")
    .addHelpText("after", "\nExamples:\n  tributary-agent test --config agent.yaml\n  tributary-agent test air --config agent.yaml\n")
    .action(async (sensor: string | undefined, options: JsonOptions) => finish(await actions.test(sensor, options)));
  answering("status", "ask the running agent how it is: sensors, spool, uplink, account")
    .addHelpText("after", "\nExample:\n  tributary-agent status --config agent.yaml\n")
    .action(async (options: JsonOptions) => finish(await actions.status(options)));
  return program;
}

const PROGRAM_HELP = `
Examples:
  tributary-agent check --config agent.yaml      is the config right?
  tributary-agent test air --config agent.yaml   does the sensor "air" answer?
  tributary-agent run --config agent.yaml        go
  tributary-agent status                         how is it going?
${EXIT_HELP}
`;
