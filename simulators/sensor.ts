/**
 * sensor: `tributary-simulate sensor` prints a stretch of a made-up sensor's life as CSV or NDJSON.
 *
 * - The rows are the same for the same options, on every machine and in every run.
 * - They go out as fast as they are taken, or at a multiple of real time, each row when it is due.
 * - Whoever reads may stop reading (`| head`): that ends it quietly.
 */
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Command, Option } from "commander";
import { type Clock, duration, Fault, isoInstant, MICROS_PER_SECOND, type Micros, micros, speed } from "../protocol/index.ts";
import { option, type SimulateCommand, type Surroundings, seedOption } from "./command.ts";
import { FORMATS, type Format, header, pieceEnd, rowCount, rows, type Stretch } from "./rows.ts";
import {
  PROFILE_NAMES,
  PROFILES,
  profileOf,
  type SimulatedSensor,
  type Start,
  simulatedSensor,
  start,
  startAt,
} from "./waveforms/index.ts";

interface SensorOptions {
  readonly profile: string;
  readonly seed: number;
  readonly from: Start;
  readonly for: Micros;
  readonly every: Micros;
  readonly format: Format;
  /** Infinity = as fast as it is taken. */
  readonly speed: number;
  readonly out?: string;
}

const HELP = `
Profiles:
${PROFILES.map(({ name, about, channels }) => `  ${name.padEnd(12)}${about}\n${" ".repeat(14)}${channels.map((one) => `${one.name} (${one.unit})`).join(", ")}`).join("\n")}

Examples:
  A week of a greenhouse as a file, in a second:
    tributary-simulate sensor --profile greenhouse --seed 7 --from 2026-11-01T00:00:00Z --for 7d --every 10s --out week.csv
  An office as it is now, one row a second:
    tributary-simulate sensor --profile office --from now --for 1h --every 1s --speed 1x
  A day of a boiler in 24 minutes, for another program to read:
    tributary-simulate sensor --profile boiler --for 1d --every 1m --speed 60x --format ndjson | your-program`;

export const sensorCommand: SimulateCommand = {
  examples: [
    ["tributary-simulate sensor --for 1h", "an hour of a greenhouse"],
    ["tributary-simulate sensor --profile office --from now --speed 1x", "an office as it is now"],
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
    .option("--out <file>", "write to a file instead of the standard output")
    .addHelpText("after", HELP)
    .action((options: SensorOptions) => printSensor(options, surroundings));
}

async function printSensor(options: SensorOptions, surroundings: Surroundings): Promise<void> {
  const { clock, signal, stdout, stderr } = surroundings;
  const sensor = simulatedSensor(profileOf(options.profile), options.seed);
  const stretch = { from: startAt(options.from, clock.wall(), options.every), for: options.for, every: options.every };
  const out = options.out === undefined ? stdout : createWriteStream(options.out);
  try {
    await pipeline(Readable.from(text(sensor, stretch, options, surroundings), { objectMode: true, highWaterMark: 1 }), out, { signal });
  } catch (error) {
    if (isReaderGone(error)) return;
    throw options.out === undefined ? error : writeFault(error, options.out);
  }
  if (options.out !== undefined) stderr.write(`${options.out}: ${summary(sensor, stretch)}\n`);
}

/** The text in pieces: a thousand rows as fast as they are taken, or a row when it is due. */
async function* text(
  sensor: SimulatedSensor,
  stretch: Stretch,
  { format, speed }: SensorOptions,
  { clock, signal, stderr }: Surroundings,
): AsyncGenerator<string> {
  const began = clock.monotonic();
  const show = progress(stretch, clock, stderr);
  const isPaced = speed !== Number.POSITIVE_INFINITY;
  yield header(format, sensor);
  for (let first = 0, last = 0; first < rowCount(stretch); first = last) {
    last = isPaced ? first + 1 : pieceEnd(stretch, first);
    const due = isPaced ? began + (first * stretch.every) / speed : began;
    const wait = due - clock.monotonic();
    if (wait > 0) await clock.sleep("next simulated row", micros(wait), signal);
    yield rows(format, sensor, stretch, first, last);
    show(last);
  }
}

/** Says once a second how far it is, where somebody looks at it. */
function progress(stretch: Stretch, clock: Clock, stderr: Surroundings["stderr"]): (done: number) => void {
  let shown = clock.monotonic();
  return (done) => {
    if (stderr.isTTY !== true || clock.monotonic() - shown < MICROS_PER_SECOND) return;
    shown = clock.monotonic();
    const percent = Math.floor((100 * done) / rowCount(stretch));
    stderr.write(`\r${percent} %  ${done.toLocaleString("en")} rows\x1b[K${done === rowCount(stretch) ? "\n" : ""}`);
  };
}

function summary(sensor: SimulatedSensor, stretch: Stretch): string {
  const count = rowCount(stretch);
  const readings = count * sensor.profile.channels.length;
  return `${count.toLocaleString("en")} rows, ${readings.toLocaleString("en")} readings from ${isoInstant(stretch.from)}`;
}

function isReaderGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}

function writeFault(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return error;
  return new Fault("not_writable", `--out ${file}: expected to be allowed to write it, got ${error.code}`, {
    hint: "name a file in a folder that exists and is yours",
    cause: error,
  });
}
