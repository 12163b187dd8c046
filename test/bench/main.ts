/**
 * main: `npm run bench -- [name] [--quick] [--json]`: measures this project, beside its peers where there are any.
 *
 * A name prints that bench, no name all of them and a summary at the end; `--json` prints one object a line, each with the
 * name of its bench. Adding a bench = its file and one line in `BENCHES`.
 */
import { Command } from "commander";
import { agent } from "./agent.ts";
import type { Bench } from "./bench.ts";
import { codec } from "./codec.ts";
import { fleet } from "./fleet.ts";
import { report } from "./report.ts";
import { summaryOf, tablesOf } from "./table.ts";
import { wire } from "./wire.ts";

const BENCHES: Readonly<Record<string, Bench>> = { wire, codec, agent, report, fleet };

interface Options {
  readonly json: boolean;
  readonly quick: boolean;
}

async function runAll(options: Options): Promise<void> {
  const results: (readonly [string, Bench, readonly object[]])[] = [];
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (!options.json) process.stdout.write(`${name}: ${bench.about}\n`);
    results.push([name, bench, await run(name, bench, options, {})]);
  }
  if (!options.json) process.stdout.write(`\nAll of them:\n${summaryOf(results)}`);
}

/** One JSON object a line as they come, or tables at the end. */
async function run(name: string, bench: Bench, { json, quick }: Options, options: Readonly<Record<string, unknown>>): Promise<object[]> {
  const rows: object[] = [];
  const print = (row: object) => {
    if (json) process.stdout.write(`${JSON.stringify({ bench: name, ...rounded(row) })}\n`);
    rows.push(row);
  };
  await bench.run({ quick, options, print });
  if (!json) process.stdout.write(`${tablesOf(rows)}\n`);
  return rows;
}

function rounded(row: object): object {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key,
      typeof value === "number" ? Number(value.toFixed(Number.isInteger(value) ? 0 : 4)) : value,
    ]),
  );
}

const EXAMPLES = `
Examples:
  npm run bench                                       everything, and a summary
  npm run bench -- --quick                            the same, small: to see that it runs
  npm run --silent bench -- wire --json               bytes a reading, for a program
  npm run bench -- fleet --agents 200 --every 1s --for 10s   a small fleet`;

/** `--json` and `--quick` may stand before the name of a bench or behind it. */
const shared = (command: Command) =>
  command.option("--json", "one JSON object a line", false).option("--quick", "small: to see that it runs, not for figures", false);

const program = shared(new Command("bench"))
  .description("measures this project, beside its peers where there are any; without a name everything")
  .addHelpText("after", EXAMPLES)
  .action(runAll);
for (const [name, bench] of Object.entries(BENCHES)) {
  const command = shared(program.command(name)).description(bench.about);
  for (const option of bench.options ?? []) command.addOption(option);
  command.action(async ({ json, quick, ...own }: Options) => {
    const before = program.opts<Options>();
    await run(name, bench, { json: json || before.json, quick: quick || before.quick }, own);
  });
}
await program.parseAsync();
