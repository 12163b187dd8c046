/**
 * thermal: a temperature the kernel itself watches, from `/sys/class/thermal/thermal_zone*`.
 *
 * - `zone` is the type the kernel gives it (`cpu-thermal`, `x86_pkg_temp`) or its number. Numbers may change
 *   with the kernel, names do not, so a name that fits two zones is refused rather than guessed.
 * - Without `zone` the only one there is, is meant.
 * - The kernel writes milli-degrees Celsius (Documentation/ABI/testing/sysfs-class-thermal).
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Fault } from "../../protocol/index.ts";
import { type DriverContext, type DriverKind, deviceFault, type PolledDriver, type Sample } from "./contract.ts";

interface ThermalConfig {
  readonly zone?: string | number | undefined;
}

export interface Zone {
  readonly number: number;
  readonly type: string;
}

const FOLDER = "sys/class/thermal";

export const thermal: DriverKind<ThermalConfig> = {
  name: "thermal",
  config: z.strictObject({ zone: z.union([z.string().min(1), z.int().nonnegative()]).optional() }),
  channels: () => [{ name: "temperature", unit: "Cel", kind: "gauge" }],
  create: ({ zone }, context) => new ThermalDriver(zone, context),
};

class ThermalDriver implements PolledDriver {
  readonly shape = "polled";
  readonly bus: string;
  readonly #wanted: string | number | undefined;
  readonly #folder: string;
  #file = "";

  constructor(wanted: string | number | undefined, context: DriverContext) {
    this.bus = `thermal:${context.sensor}`;
    this.#wanted = wanted;
    this.#folder = join(context.root, FOLDER);
  }

  async open(): Promise<void> {
    const zone = pick(await zonesIn(this.#folder), this.#wanted, this.#folder);
    this.#file = join(this.#folder, `thermal_zone${zone.number}`, "temp");
  }

  async read(): Promise<Sample> {
    const text = await readText(this.#file);
    if (!/^-?\d+\s*$/.test(text)) {
      const shown = JSON.stringify(text.slice(0, 40));
      throw new Fault("bad_value", `${this.#file}: expected milli-degrees as one integer, got ${shown}`, { retry: true });
    }
    return { values: { temperature: Number(text) / 1_000 } };
  }

  async close(): Promise<void> {}
}

/** In the order of their numbers. @throws Fault `device_missing`. */
export async function zonesIn(folder: string): Promise<readonly Zone[]> {
  const names = await readdir(folder).catch((error) => {
    throw noZones(folder, deviceFault(error, folder));
  });
  const numbers = names.map((name) => /^thermal_zone(\d+)$/.exec(name)?.[1]).filter((number) => number !== undefined);
  const zones = numbers.map(async (number) => ({
    number: Number(number),
    type: await typeOf(join(folder, `thermal_zone${number}`, "type")),
  }));
  return (await Promise.all(zones)).toSorted((a, b) => a.number - b.number);
}

/** A zone that does not tell its type can still be meant by its number. */
async function typeOf(path: string): Promise<string> {
  try {
    return (await readText(path)).trim();
  } catch (error) {
    if (error instanceof Fault) return `unknown (${error.code})`;
    throw error;
  }
}

function pick(zones: readonly Zone[], wanted: string | number | undefined, folder: string): Zone {
  if (zones.length === 0) throw noZones(folder, undefined);
  const fitting = zones.filter((zone) => wanted === undefined || zone.type === wanted || zone.number === wanted);
  const [zone] = fitting;
  if (zone !== undefined && fitting.length === 1) return zone;

  const there = zones.map(({ number, type }) => `${number} = ${type}`).join(", ");
  const expected = wanted === undefined ? "zone to be given, for there are several" : `one thermal zone ${JSON.stringify(wanted)}`;
  const code = zone === undefined ? "device_missing" : "device_ambiguous";
  throw new Fault(code, `${folder}: expected ${expected}, there is: ${there}`, { hint: "set zone to one of these numbers or names" });
}

function noZones(folder: string, cause: unknown): unknown {
  if (cause !== undefined && !(cause instanceof Fault)) return cause;
  return new Fault("device_missing", `${folder}: expected a thermal zone, there is none`, {
    hint: "this machine shows no temperature here (a virtual machine seldom does): remove the sensor, or read another with its own driver",
    cause,
  });
}

async function readText(path: string): Promise<string> {
  return readFile(path, "latin1").catch((error) => {
    throw deviceFault(error, path);
  });
}
