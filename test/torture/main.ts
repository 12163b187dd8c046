/**
 * main: `npm run torture -- --minutes 10 --seed 7 [--json]`: does it still count right when everything is hurt?
 *
 * Exit 0 where sent = stored once + declared lost and no program had a bug; else 1, and the folder is kept. The same seed
 * does the same deeds in the same order; their moments depend on the machine.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { explain, isFault, MICROS_PER_SECOND, micros, systemClock } from "../../protocol/index.ts";
import { Teller } from "../../simulators/demo/teller.ts";
import { verdictText } from "../../simulators/oracle/index.ts";
import { type TortureResult, torture } from "./torture.ts";

interface Options {
  readonly minutes: number;
  readonly seed: number;
  readonly json: boolean;
  readonly keep: boolean;
}

/** What the shell expects of a program that was interrupted: 128 + SIGINT. */
const INTERRUPTED = 130;
const TELL_EVERY = micros(10 * MICROS_PER_SECOND);

const program = new Command("torture")
  .description(
    "Real agents, a real collector and a bad link between them: killed, cut off, filled up and misled at random. At the end an oracle counts.",
  )
  .option("--minutes <minutes>", "how long they are hurt; delivering and counting come on top", positive, 2)
  .option("--seed <integer>", "the same deeds again; without it new ones", integer)
  .option("--json", "the result as one JSON object; how it goes on stderr", false)
  .option("--keep", "keep the folder even if it balances", false)
  .addHelpText(
    "after",
    `
Examples:
  npm run torture -- --minutes 10
  npm run torture -- --minutes 1 --seed 7 --json

As root its disks are really filled (it mounts small ones); with libfaketime clocks are stepped. What cannot be done is left
out, and it says so. Exit 1 where a reading is missing undeclared, stored twice or made up, or a program had a bug.`,
  );
program.parse();
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
process.exitCode = await run(program.opts<Options>()).catch((error: unknown) => {
  if (stop.signal.aborted) return INTERRUPTED;
  if (!isFault(error)) throw error;
  process.stderr.write(`${explain(error)}\n`);
  return 1;
});

async function run({ minutes, seed = Math.floor(Math.random() * 2 ** 31), json, keep }: Options): Promise<number> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tributary-torture-"));
  const story = path.join(folder, "story.log");
  const teller = new Teller(process.stderr, systemClock);
  const began = performance.now();
  const tell = (line: string) => {
    const told = `${((performance.now() - began) / 1_000).toFixed(1).padStart(7)} s  ${line}`;
    fs.appendFileSync(story, `${told}\n`);
    teller.say(told);
  };
  tell(`seed ${seed}, ${minutes} min, everything is in ${folder}`);
  let result: TortureResult | undefined;
  try {
    const progress = (line: string) => teller.progress(line, TELL_EVERY);
    result = await torture({ folder, seconds: Math.round(minutes * 60), seed, signal: stop.signal, tell, progress });
    tell("done");
    process.stdout.write(json ? `${JSON.stringify(result)}\n` : words(result));
  } finally {
    if (result?.balanced && !keep) fs.rmSync(folder, { recursive: true });
    else teller.say(`kept: ${folder} (story.log, what each program said, spools and data)`);
  }
  return result.balanced ? 0 : 1;
}

function words({ deeds, own_ends, verdict, problems, seed }: TortureResult): string {
  const done = Object.entries(deeds).map(([name, count]) => `  ${String(count).padStart(5)}  ${name}`);
  const ends = Object.entries(own_ends).map(([name, each]) => `  ${name} ended by itself ${each.length} times, the last: ${each.at(-1)}`);
  const wrong = problems.map((problem) => `  PROBLEM: ${problem}`);
  return `\nSeed ${seed}; done to them:\n${[...done, ...ends, ...wrong].join("\n")}\n\n${verdictText(verdict)}`;
}

function positive(text: string): number {
  if (Number(text) > 0) return Number(text);
  throw new InvalidArgumentError(`expected a number of minutes like 10 or 0.5, got ${JSON.stringify(text)}`);
}

function integer(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`expected an integer of at most nine digits like 7, got ${JSON.stringify(text)}`);
}
