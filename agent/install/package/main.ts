/**
 * main: `npm run package` on this machine: its terminal, its tools, its folders.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { BUILD_DATE, MICROS_PER_SECOND, systemClock } from "../../../protocol/index.ts";
import { type PackageOptions, runPackager } from "./cli.ts";
import { makePackages } from "./make.ts";
import { measureStart } from "./measure.ts";
import { toolRunner, type Workshop } from "./workshop.ts";

const PROJECT = path.resolve(import.meta.dirname, "../../..");
const print = (text: string) => void process.stdout.write(text);

async function make(options: PackageOptions): Promise<void> {
  const cache = path.resolve(options.cache);
  await mkdir(cache, { recursive: true });
  const scratch = await mkdtemp(path.join(cache, "run-"));
  const epochSeconds = Number(process.env.SOURCE_DATE_EPOCH ?? BUILD_DATE / MICROS_PER_SECOND);
  const workshop: Workshop = { project: PROJECT, cache, scratch, epochSeconds, run: toolRunner(process.env) };
  try {
    const root = await makePackages(workshop, process.arch, options, print);
    if (options.isMeasured && root !== undefined) print(await measureStart(workshop, systemClock, process.execPath, root));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

process.exitCode = await runPackager(process.argv.slice(2), make, (text) => void process.stderr.write(text));
