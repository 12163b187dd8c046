/**
 * replay: `tributary-simulate replay FILE...` plays real CSV data as if it were measured now.
 *
 * - What is printed is `at` and the columns of the file; a number is a number, whatever decimal sign the file has.
 * - Several files follow each other as one; each may have its columns elsewhere.
 * - With `--broker` each row is published by a plain device: JSON, without a promise that it arrives.
 */
import { basename } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { stringify } from "csv-stringify/sync";
import { z } from "zod";
import { duration, isoInstant, type Micros, micros, speed, timeZone } from "../../protocol/index.ts";
import { type Broker, brokerUrl, connectBroker } from "../broker.ts";
import { option, printText, type SimulateCommand, type Surroundings } from "../command.ts";
import { FORMATS, type Format } from "../rows.ts";
import { type Start, start, startAt } from "../waveforms/index.ts";
import { instantReader, timeFormat } from "./instants.ts";
import { columnNames, type TableOptions, type TableRow, tableRows } from "./table.ts";
import { timeline } from "./timeline.ts";

interface ReplayOptions {
  readonly from: Start | "recorded";
  readonly speed: number;
  readonly loop: boolean;
  readonly for?: Micros;
  readonly time?: string;
  readonly timeFormat: string;
  readonly timeZone: string;
  readonly column: ReadonlyMap<string, string>;
  readonly separator?: string;
  readonly decimal: "." | ",";
  readonly missing: readonly string[];
  readonly format: Format;
  readonly broker?: string;
  readonly topic?: string;
}

const HELP = `
Columns, separator and time are found by a look at the file; say them where it is not as it seems.

Examples:
  A file as if it were measured now, a row whenever one is due:
    tributary-simulate replay room.csv
  Last week's copy of it at once, for an import:
    tributary-simulate replay room.csv --from now-7d --speed max > last-week.csv
  Date and time in two columns, decimal commas, a minute of data each second, for ever:
    tributary-simulate replay air.csv --time Date+Time --time-format "DD/MM/YYYY hh.mm.ss" --decimal , --missing=-200 --speed 60x --loop
  Two columns under names of one's own, from a device on MQTT:
    tributary-simulate replay pair.csv --column inside=t1 --column outside=t2 --broker mqtt://127.0.0.1:1883 --topic garden/pair`;

export const replayCommand: SimulateCommand = {
  examples: [["tributary-simulate replay room.csv", "real data as if it were measured now"]],
  add: addReplay,
};

function addReplay(program: Command, surroundings: Surroundings): void {
  const recorded = z.literal("recorded").or(start());
  program
    .command("replay")
    .description("play CSV files as if they were measured now, to the standard output or to MQTT")
    .argument("<file...>", "one after the other")
    .addOption(option("--from <instant>", "where the first row stands: now, now-7d, 2026-11-01T00:00:00Z, recorded", recorded, "now"))
    .addOption(option("--speed <speed>", "max, or a multiple of the recorded pace such as 1x or 60x", speed(), "1x"))
    .option("--loop", "begin again at the end; time goes on", false)
    .addOption(option("--for <duration>", "end after so long", duration()))
    .option("--time <columns>", "column of the time, by name or number; several joined by +")
    .addOption(
      option(
        "--time-format <format>",
        "auto (ISO 8601, or a count since 1970), or a pattern like DD/MM/YYYY hh.mm.ss",
        timeFormat(),
        "auto",
      ),
    )
    .addOption(option("--time-zone <zone>", "of times without an offset", timeZone(), "UTC"))
    .addOption(
      new Option("--column <name=column>", "give only these, under these names").argParser(column).default(new Map(), "all others"),
    )
    .addOption(new Option("--separator <character>", "between columns (default: found)").argParser(oneCharacter))
    .addOption(new Option("--decimal <sign>", "decimal sign").choices([".", ","]).default("."))
    .option("--missing <text...>", "what stands for no value, beside nothing", [])
    .addOption(new Option("--format <format>", "one line a row").choices(FORMATS).default("csv"))
    .addOption(option("--broker <url>", "publish instead of printing", brokerUrl()))
    .option("--topic <topic>", "where to publish (default: replay/NAME of the file)")
    .addHelpText("after", HELP)
    .action((files: readonly string[], options: ReplayOptions) => replay(files, options, surroundings));
}

async function replay(files: readonly string[], options: ReplayOptions, { clock, signal, stdout, stderr }: Surroundings): Promise<void> {
  const table: TableOptions = {
    time: options.time?.split("+"),
    instant: instantReader(options.timeFormat, options.timeZone),
    columns: options.column,
    separator: options.separator,
    decimal: options.decimal,
    missing: new Set(options.missing),
  };
  const skipped = new Map<string, number>();
  const names = new Set<string>();
  for (const file of files) for (const name of await columnNames(file, table)) names.add(name);
  const from = options.from === "recorded" ? undefined : startAt(options.from, clock.wall(), micros(1));
  const pieces = timeline(
    () => rowsOf(files, table, skipped),
    { from, speed: options.speed, loop: options.loop, for: options.for },
    clock,
    signal,
  );
  if (options.broker === undefined) {
    await printText(asText(pieces, options.format, [...names]), stdout, signal);
  } else {
    const topic = options.topic ?? `replay/${basename(files[0] ?? "").replace(/\.\w+$/, "")}`;
    await publish(pieces, await connectBroker(options.broker), topic, stderr);
  }
  if (skipped.size > 0) stderr.write(`rows left out: ${[...skipped].map(([reason, count]) => `${reason} ${count}`).join(", ")}\n`);
}

async function* rowsOf(files: readonly string[], table: TableOptions, skipped: Map<string, number>): AsyncGenerator<TableRow> {
  for (const file of files) yield* tableRows(file, table, skipped);
}

async function* asText(pieces: AsyncIterable<readonly TableRow[]>, format: Format, names: readonly string[]): AsyncGenerator<string> {
  if (format === "csv") yield stringify([["at", ...names]]);
  for await (const piece of pieces) {
    yield format === "csv"
      ? stringify(piece.map(({ at, values }) => [isoInstant(at), ...names.map((name) => values[name] ?? "")]))
      : piece.map(json).join("");
  }
}

async function publish(
  pieces: AsyncIterable<readonly TableRow[]>,
  broker: Broker,
  topic: string,
  stderr: Surroundings["stderr"],
): Promise<void> {
  try {
    stderr.write(`publishing to ${topic}\n`);
    for await (const piece of pieces) for (const row of piece) await broker.publish({ topic, payload: json(row).trimEnd() });
  } finally {
    await broker.close();
  }
}

function json({ at, values }: TableRow): string {
  return `${JSON.stringify({ at: isoInstant(at), ...values })}\n`;
}

function column(text: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const [, name, reference] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || reference === undefined) {
    throw new InvalidArgumentError(`expected a name and a column like inside=t1, or inside=3, got ${JSON.stringify(text)}`);
  }
  return new Map([...before, [name, reference]]);
}

function oneCharacter(text: string): string {
  if (text === "\\t" || text === "tab") return "\t";
  if (text.length === 1) return text;
  throw new InvalidArgumentError(`expected one character, or tab, got ${JSON.stringify(text)}`);
}
