/**
 * own-drivers: drivers of the user's own, from the files that `drivers` of the config names.
 *
 * A file is a module (`.mjs`) whose default export makes a driver out of a kit: what a driver of ours imports, so that
 * a file needs nothing beside it. It is held to the same contract, at load and with each sample, for what is wrong in
 * it must be told with its place and cost its own sensors alone.
 */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { duration, Fault, type Problem, size } from "../../protocol/index.ts";
import { type DriverKind, deviceFault, readAttribute, readNumber } from "../sensors/contract.ts";
import { DRIVERS } from "../sensors/registry.ts";
import { held } from "./own-driver/held.ts";

/** By the name it has in the config, how it is loaded. */
export type DriverTable = Readonly<Record<string, () => Promise<DriverKind>>>;

/** What a driver file is given: schemas for its config, the fault it throws, and readers of sysfs. */
const KIT = { z, Fault, duration, size, deviceFault, readAttribute, readNumber };

/** Names as ours have them. */
const NAME = /^[a-z][a-z0-9_]{0,39}$/;

/**
 * Our drivers and those of `files`, or what is wrong with a file; paths of problems are `drivers` and its index.
 * @param folder that relative paths are meant from.
 */
export async function loadDrivers(
  files: unknown,
  folder: string,
): Promise<{ readonly table: DriverTable; readonly problems: readonly Problem[] }> {
  const table: Record<string, () => Promise<DriverKind>> = { ...DRIVERS };
  const problems: Problem[] = [];
  for (const [index, file] of Array.isArray(files) ? files.entries() : []) {
    if (typeof file !== "string") continue; // the schema says so
    const loaded = await load(resolve(folder, file));
    const problem = typeof loaded === "string" ? loaded : repeated(loaded, table);
    if (problem !== undefined) problems.push({ path: ["drivers", index], message: problem });
    else if (typeof loaded !== "string") table[loaded.name] = async () => loaded;
  }
  return { table, problems };
}

function repeated({ name }: DriverKind, table: DriverTable): string | undefined {
  return Object.hasOwn(table, name) ? `expected a driver with a name of its own; there is a driver ${name} already` : undefined;
}

/** The driver, or what is wrong with the file. */
async function load(file: string): Promise<DriverKind | string> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
  if (typeof found === "string" || !found.isFile()) return `expected a driver file; there is ${typeof found === "string" ? found : "none"}`;
  if (!/\.m?js$/.test(file)) return "expected a file that ends in .mjs";
  if ((found.mode & 0o002) !== 0) return `expected a file that only its owner may write, for the agent runs it: chmod o-w ${file}`;
  const version = `at=${found.mtimeMs}`; // so that a reload takes what was changed
  try {
    const { default: make } = (await import(`${pathToFileURL(file).href}?${version}`)) as { readonly default?: unknown };
    if (typeof make !== "function") return "expected `export default (kit) => ({ name, config, channels, create })`";
    const judged = judge(await make(KIT));
    return typeof judged === "string" ? judged : held(judged, version);
  } catch (error) {
    return `expected a module that loads; it threw: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
  }
}

function judge(made: unknown): DriverKind | string {
  if (typeof made !== "object" || made === null) return "expected a driver { name, config, channels, create } from its default export";
  const { name, config, channels, create } = made as Partial<Record<keyof DriverKind, unknown>>;
  if (typeof name !== "string" || !NAME.test(name)) return "expected `name` to be a text of a-z, 0-9 and _";
  if (!(config instanceof z.ZodType)) return `${name}: expected \`config\` to be a schema made with kit.z, such as z.strictObject({})`;
  if (typeof channels !== "function") return `${name}: expected \`channels\` to be a function of the config`;
  if (typeof create !== "function") return `${name}: expected \`create\` to be a function of the config and a context`;
  return made as DriverKind;
}
