/**
 * sensor: `tributary-simulate sensor` prints a stretch of a made-up sensor's life as CSV or NDJSON.
 *
 * - The rows are the same for the same options, on every machine and in every run.
 * - They go out as fast as they are taken, or at a multiple of real time, each row when it is due.
 * - Faults are part of it: `--fault` and `--script` add them, `--truth` tells which rows have one and what was true.
 */
import { createWriteStream } from "node:fs";
import { type Command, Option } from "commander";
import { type Clock, duration, Fault, isoInstant, MICROS_PER_SECOND, type Micros, micros, speed } from "../protocol/index.ts";
import { option, printText, type SimulateCommand, type Surroundings, seedOption } from "./command.ts";
import { faultOption, faultsHelp, planOf, scriptOption } from "./fault-options.ts";
import { faultySensor, type PlannedFault } from "./faults/index.ts";
import { FORMATS, type Format, instantCount, pieceEnd, RowWriter, type Stretch, type Tally } from "./rows.ts";
import { PROFILE_NAMES, PROFILES, profileOf, type Start, simulatedSensor, start, startAt } from "./waveforms/index.ts";

interface SensorOptions {
  readonly profile: string;
  readonly seed: number;
  readonly from: Start;
  readonly for: Micros;
  readonly every: Micros;
  readonly format: Format;
  /** Infinity = as fast as it is taken. */
  readonly speed: number;
  readonly fault: readonly PlannedFault[];
  /** A file with faults. */
  readonly script?: string;
  readonly truth: boolean;
  readonly out?: string;
}

const HELP = `
Profiles:
${PROFILES.map(({ name, about, channels }) => `  ${name.padEnd(12)}${about}\n${" ".repeat(14)}${channels.map((one) => `${one.name} (${one.unit})`).join(", ")}`).join("\n")}

${faultsHelp()}

Examples:
  A week of a greenhouse as a file, in a second:
    tributary-simulate sensor --profile greenhouse --seed 7 --from 2026-11-01T00:00:00Z --for 7d --every 10s --out week.csv
  An office as it is now, one row a second:
    tributary-simulate sensor --profile office --from now --for 1h --every 1s --speed 1x
  A day of a boiler in 24 minutes, for another program to read:
    tributary-simulate sensor --profile boiler --for 1d --every 1m --speed 60x --format ndjson | your-program
  A day with faults, and which rows have them, to judge a filter by:
    tributary-simulate sensor --fault spike=0.001 --fault dropout=0.01 --fault stuck=0.02,for=20m --truth --out faulty.csv
  Faults at set times, from a file:
    tributary-simulate sensor --from 2026-11-01T00:00:00Z --script faults.yaml`;

export const sensorCommand: SimulateCommand = {
  examples: [
    ["tributary-simulate sensor --for 1h", "an hour of a greenhouse"],
    ["tributary-simulate sensor --profile office --from now --speed 1x", "an office as it is now"],
    ["tributary-simulate sensor --fault spike=0.001 --truth", "a day with spikes, and where they are"],
  ],
  add: addSensor,
};

function addSensor(program: Command, surroundings: Surroundings): void {
  program
    .command("sensor")
    .description("print the readings of a made-up sensor: the same for the same seed, whenever it is asked")
    .addOption(new Option("--profile <name>", "what is simulated").choices(PROFILE_NAMES).default("greenhouse"))
    .addOption(seedOption())
    .addOption(option("--from <instant>", "the first reading: 2026-11-01T00:00:00Z, now, now-7d", start(), "now-1d"))
    .addOption(option("--for <duration>", "how much is printed", duration(), "1d"))
    .addOption(option("--every <duration>", "time between readings", duration(), "10s"))
    .addOption(new Option("--format <format>", "one line an instant").choices(FORMATS).default("csv"))
    .addOption(option("--speed <speed>", "max, or a multiple of real time such as 1x or 60x", speed(), "max"))
    .addOption(faultOption())
    .addOption(scriptOption())
    .option("--truth", "beside each row: when it was measured, what was true, and its faults", false)
    .option("--out <file>", "write to a file instead of the standard output")
    .addHelpText("after", HELP)
    .action((options: SensorOptions) => printSensor(options, surroundings));
}

async function printSensor(options: SensorOptions, surroundings: Surroundings): Promise<void> {
  const { clock, signal, stdout, stderr } = surroundings;
  const { profile, seed, every, format, truth } = options;
  const now = clock.wall();
  const stretch = { from: startAt(options.from, now, every), for: options.for, every };
  const sensor = faultySensor(simulatedSensor(profileOf(profile), seed), await planOf(options), {
    ...{ seed, now, first: stretch.from, step: every },
  });
  const writer = new RowWriter(format, sensor, { truth });
  const out = options.out === undefined ? stdout : createWriteStream(options.out);
  try {
    await printText(text(writer, stretch, options, surroundings), out, signal);
  } catch (error) {
    throw options.out === undefined ? error : writeFault(error, options.out);
  }
  if (options.out !== undefined) stderr.write(`${options.out}: ${summary(writer.tally, stretch)}\n`);
}

/** The text in pieces: a thousand instants as fast as they are taken, or one when it is due. */
async function* text(
  writer: RowWriter,
  stretch: Stretch,
  { speed }: SensorOptions,
  { clock, signal, stderr }: Surroundings,
): AsyncGenerator<string> {
  const began = clock.monotonic();
  const show = progress(stretch, clock, stderr);
  const isPaced = speed !== Number.POSITIVE_INFINITY;
  yield writer.header();
  for (let first = 0, last = 0; first < instantCount(stretch); first = last) {
    last = isPaced ? first + 1 : pieceEnd(stretch, first);
    const due = isPaced ? began + (first * stretch.every) / speed : began;
    const wait = due - clock.monotonic();
    if (wait > 0) await clock.sleep("next simulated row", micros(wait), signal);
    yield writer.rows(stretch, first, last);
    show(last);
  }
}

/** Says once a second how far it is, where somebody looks at it. */
function progress(stretch: Stretch, clock: Clock, stderr: Surroundings["stderr"]): (done: number) => void {
  let shown = clock.monotonic();
  return (done) => {
    if (stderr.isTTY !== true || clock.monotonic() - shown < MICROS_PER_SECOND) return;
    shown = clock.monotonic();
    const percent = Math.floor((100 * done) / instantCount(stretch));
    stderr.write(`\r${percent} %  ${done.toLocaleString("en")} rows\x1b[K${done === instantCount(stretch) ? "\n" : ""}`);
  };
}

function summary({ rows, readings, faults }: Tally, { from }: Stretch): string {
  const count = (number: number) => number.toLocaleString("en");
  const faulty = [...faults].map(([name, number]) => `${name} ${count(number)}`).join(", ");
  return `${count(rows)} rows, ${count(readings)} readings from ${isoInstant(from)}${faulty === "" ? "" : `; rows with faults: ${faulty}`}`;
}

function writeFault(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return error;
  return new Fault("not_writable", `--out ${file}: expected to be allowed to write it, got ${error.code}`, {
    hint: "name a file in a folder that exists and is yours",
    cause: error,
  });
}
