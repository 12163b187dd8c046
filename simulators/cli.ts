/**
 * cli: the words of `tributary-simulate`.
 */
import { Command } from "commander";
import { EXIT_HELP, exitCodeOf } from "../protocol/index.ts";
import { addSensorCommand, type Surroundings } from "./sensor.ts";

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
    .addHelpText("after", PROGRAM_HELP);
  addSensorCommand(program, terminal);
  return program;
}

const PROGRAM_HELP = `
Examples:
  tributary-simulate sensor --for 1h                                 an hour of a greenhouse
  tributary-simulate sensor --profile office --from now --speed 1x   an office as it is now
  tributary-simulate sensor --help                                   profiles, options, more examples
${EXIT_HELP}
  130 interrupted
`;
