/**
 * cli: the words of `npm run demo`.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { type Clock, duration, EXIT, EXIT_HELP, exitCodeOf, type Micros } from "../../protocol/index.ts";
import { playDemo } from "./demo.ts";
import { createFolder } from "./folder.ts";
import { type Output, Teller } from "./teller.ts";

/** What the shell expects of a program that was interrupted: 128 + SIGINT. */
const INTERRUPTED = 130;

interface DemoOptions {
  readonly dir?: string;
  readonly for?: Micros;
  readonly json: boolean;
}

/** What the demo is given of the machine. */
export interface DemoSurroundings {
  readonly clock: Clock;
  /** The user wants it to end. */
  readonly stop: AbortSignal;
  readonly stdout: Output;
  readonly stderr: Output;
}

/** @param argv what stands behind the program's name. @returns the exit code. */
export function runDemo(argv: readonly string[], surroundings: DemoSurroundings): Promise<number> {
  const printError = (text: string) => void surroundings.stderr.write(text);
  return exitCodeOf(async () => {
    const options = parse(argv, surroundings);
    try {
      return await play(options, surroundings);
    } catch (error) {
      if (error !== surroundings.stop.reason) throw error;
      printError("\nInterrupted before the week was through. Everything that was started is stopped.\n");
      return INTERRUPTED;
    }
  }, printError);
}

async function play({ dir, for: span, json }: DemoOptions, { clock, stop, stdout, stderr }: DemoSurroundings): Promise<number> {
  const teller = new Teller(json ? stderr : stdout, clock);
  const folder = await createFolder(dir);
  const result = await playDemo({ folder, span, clock, stop, teller });
  if (json) stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  return result.balanced ? EXIT.done : EXIT.failed;
}

function parse(argv: readonly string[], { stdout, stderr }: DemoSurroundings): DemoOptions {
  const program = new Command("npm run demo --")
    .description(
      "The whole way of a reading on this machine: a collector, an agent that reads this machine, an agent with a greenhouse's week.",
    )
    .exitOverride()
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: (text) => void stderr.write(text) })
    .showHelpAfterError("(--help shows what there is)")
    .allowExcessArguments(false)
    .addOption(new Option("--for <duration>", "end by itself after so long, not before the week is through").argParser(span))
    .option("--dir <folder>", "an empty or new folder for everything it writes (default: a new one for temporary files)")
    .option("--json", "the last account as JSON on the standard output, the story on the standard error", false)
    .addHelpText("after", HELP)
    .parse(argv, { from: "user" });
  return program.opts<DemoOptions>();
}

function span(text: string): Micros {
  const parsed = duration().safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(parsed.error.issues.map(({ message }) => message).join("; "));
}

const HELP = `
Examples:
  npm run demo                                     live until Ctrl-C
  npm run demo -- --for 30s                        end by itself: 0 if the account balances, 1 if not
  npm run demo -- --dir ./demo --for 1m            keep everything in ./demo, to look at afterwards
  npm run --silent demo -- --for 10s --json | jq .balanced
${EXIT_HELP}
  130 interrupted before the week was through
`;
