/**
 * command: the contract of a command of `tributary-simulate`, and how all of them read their options.
 *
 * A command is one file (or folder) and one line in the table of `cli.ts`. What it needs beyond this program's own
 * code is loaded when it runs, so that `--help` answers at once.
 */
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { z } from "zod";
import type { Clock, Random, Variables } from "../protocol/index.ts";

/** Where the words of a command go, and by which clock. */
export interface Surroundings {
  readonly clock: Clock;
  /** For identities: values come from seeds. */
  readonly random: Random;
  /** Ends it, in the middle of a row or a pause. */
  readonly signal: AbortSignal;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** For `${NAME}` in files that programs are configured with. */
  readonly env?: Variables;
  /** Calls `tell` whenever somebody asks the running command how far it is (SIGUSR2). */
  onAsked?(tell: () => void): void;
}

export interface SimulateCommand {
  /** For `tributary-simulate --help`: what may be typed, and what comes of it. */
  readonly examples: readonly (readonly [typed: string, outcome: string])[];
  /** Adds itself to the program; its action rejects with a Fault where it fails. */
  add(program: Command, surroundings: Surroundings): void;
}

/** An option that is read by a schema: its message is what the user is told. */
export function option<T>(flags: string, description: string, schema: z.ZodType<T>, fallback?: string): Option {
  const parse = (text: string): T => {
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(parsed.error.issues.map(({ message }) => message).join("; "));
  };
  const made = new Option(flags, description).argParser(parse);
  return fallback === undefined ? made : made.default(parse(fallback), fallback);
}

export function seedOption(about = "another seed, another sensor of that kind"): Option {
  return new Option("--seed <integer>", about).argParser(integer).default(1);
}

function integer(text: string): number {
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`expected an integer like 7, got ${JSON.stringify(text)}`);
}

/** Writes pieces of text as they come. Whoever reads may stop reading (`| head`): that ends it quietly. */
export async function printText(pieces: AsyncIterable<string>, out: Writable, signal: AbortSignal): Promise<void> {
  try {
    await pipeline(Readable.from(pieces, { objectMode: true, highWaterMark: 1 }), out, { signal });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
  }
}
