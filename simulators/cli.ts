/**
 * cli: the words of `tributary-simulate`. Adding a command = its file and one line in `COMMANDS`.
 */
import { Command } from "commander";
import { EXIT_HELP, exitCodeOf } from "../protocol/index.ts";
import type { SimulateCommand, Surroundings } from "./command.ts";
import { deviceCommand } from "./device/command.ts";
import { fleetCommand } from "./fleet/command.ts";
import { linkCommand } from "./link/command.ts";
import { oracleCommand } from "./oracle/command.ts";
import { replayCommand } from "./replay/command.ts";
import { sensorCommand } from "./sensor.ts";

const COMMANDS: readonly SimulateCommand[] = [
  sensorCommand, //
  replayCommand,
  deviceCommand,
  fleetCommand,
  linkCommand,
  oracleCommand,
];

/** What the shell expects of a program that was interrupted: 128 + SIGINT. */
const INTERRUPTED = 130;

export interface SimulateTerminal extends Surroundings {
  readonly version: string;
}

/** @param argv what stands behind the program's name. @returns the exit code. */
export function runSimulate(argv: readonly string[], terminal: SimulateTerminal): Promise<number> {
  return exitCodeOf(
    async () => {
      try {
        await simulateCommands(terminal).parseAsync(argv, { from: "user" });
        return 0;
      } catch (error) {
        if (error instanceof Error && error.name === "AbortError" && terminal.signal.aborted) return INTERRUPTED;
        throw error;
      }
    },
    (text) => void terminal.stderr.write(text),
  );
}

function simulateCommands(terminal: SimulateTerminal): Command {
  const program = new Command("tributary-simulate")
    .description("Made-up sensors, for whoever has no hardware yet, and for tests.")
    .version(terminal.version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void terminal.stdout.write(text), writeErr: (text) => void terminal.stderr.write(text) })
    .showHelpAfterError("(--help shows what there is)")
    .addHelpText("after", programHelp());
  for (const command of COMMANDS) command.add(program, terminal);
  return program;
}

function programHelp(): string {
  const examples = COMMANDS.flatMap((command) => command.examples);
  const width = Math.max(...examples.map(([typed]) => typed.length));
  const lines = examples.map(([typed, outcome]) => `  ${typed.padEnd(width)}   ${outcome}`);
  return `
Examples:
${lines.join("\n")}
  Options and more examples of each: tributary-simulate <command> --help
${EXIT_HELP}
  130 interrupted
`;
}
