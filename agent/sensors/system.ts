/**
 * system: how busy the machine is: load, processor, memory, disk, uptime; from `/proc` and `statfs`.
 *
 * - `cpu_busy` is the share of processor time since the read before, so the first read of a run has none.
 * - `memory_used` is what is not available (MemAvailable), not what is not free: a full cache is no full memory.
 * - `disk_used` is what `df` shows: used / (used + available to the agent's user).
 * - Shares are rounded to 0.01 %: finer digits are noise, and would cost bytes in every batch.
 * - With `power_flags`, what a Raspberry Pi says of under-voltage and throttling, now and since it started.
 * - A file of `/proc` that is cut short or missing is a fault; nothing is guessed.
 */
import { readFile, statfs } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Fault } from "../../protocol/index.ts";
import { type ChannelSpec, type DriverContext, type DriverKind, deviceFault, type PolledDriver, type Sample } from "./contract.ts";
import { POWER_CHANNELS, readPowerFlags } from "./system/power-flags.ts";

interface SystemConfig {
  readonly disk: string;
  readonly power_flags: "none" | "sysfs" | "vcgencmd";
}

/** Processor time since boot, in ticks. */
interface Ticks {
  readonly busy: number;
  readonly total: number;
}

const CHANNELS: readonly ChannelSpec[] = [
  { name: "load1", unit: "1", kind: "gauge" },
  { name: "cpu_busy", unit: "%", kind: "gauge" },
  { name: "memory_used", unit: "%", kind: "gauge" },
  { name: "disk_used", unit: "%", kind: "gauge" },
  { name: "uptime", unit: "s", kind: "counter" },
];

export const system: DriverKind<SystemConfig> = {
  name: "system",
  config: z.strictObject({
    disk: z.string().startsWith("/", "expected an absolute path, such as /").default("/"),
    power_flags: z.enum(["none", "sysfs", "vcgencmd"]).default("none"),
  }),
  channels: ({ power_flags }) => (power_flags === "none" ? CHANNELS : [...CHANNELS, ...POWER_CHANNELS]),
  create: (config, context) => new SystemDriver(config, context),
};

class SystemDriver implements PolledDriver {
  readonly shape = "polled";
  readonly bus: string;
  readonly #root: string;
  readonly #disk: string;
  readonly #powerFlags: SystemConfig["power_flags"];
  #before: Ticks | undefined;

  constructor({ disk, power_flags }: SystemConfig, context: DriverContext) {
    this.bus = `system:${context.sensor}`;
    this.#root = context.root;
    this.#disk = join(context.root, disk);
    this.#powerFlags = power_flags;
  }

  async open(): Promise<void> {
    this.#before = undefined;
  }

  async read(): Promise<Sample> {
    const ticks = ticksOf(await this.#find("proc/stat", /^cpu +(\d+(?: \d+){3,9})$/m));
    const values: Record<string, number> = {
      load1: Number(await this.#find("proc/loadavg", /^(\d+\.\d+) \d+\.\d+ \d+\.\d+ /)),
      memory_used: await this.#memoryUsed(),
      disk_used: await diskUsed(this.#disk),
      uptime: Number(await this.#find("proc/uptime", /^(\d+\.\d+) /)),
      ...(this.#powerFlags !== "none" && (await readPowerFlags(this.#powerFlags, this.#root))),
    };
    const before = this.#before;
    this.#before = ticks;
    if (before !== undefined && ticks.total > before.total) {
      values.cpu_busy = percent((ticks.busy - before.busy) / (ticks.total - before.total));
    }
    return { values };
  }

  async close(): Promise<void> {}

  async #memoryUsed(): Promise<number> {
    const total = Number(await this.#find("proc/meminfo", /^MemTotal: +([1-9]\d*) kB$/m));
    const available = Number(await this.#find("proc/meminfo", /^MemAvailable: +(\d+) kB$/m));
    return percent(1 - available / total);
  }

  /** The first group of `wanted` in a file under the root. */
  async #find(path: string, wanted: RegExp): Promise<string> {
    const file = join(this.#root, path);
    const text = await readFile(file, "latin1").catch((error) => {
      throw deviceFault(error, file);
    });
    const found = wanted.exec(text)?.[1];
    if (found !== undefined) return found;
    const shown = JSON.stringify(text.slice(0, 60));
    throw new Fault("bad_value", `${file}: expected ${wanted.source}, got ${shown}`, { retry: true });
  }
}

/** Fields of the line `cpu`: user nice system idle iowait irq softirq steal; guest time is in user already (proc(5)). */
function ticksOf(line: string): Ticks {
  const [user = 0, nice = 0, kernel = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line.split(" ").map(Number);
  const busy = user + nice + kernel + irq + softirq + steal;
  return { busy, total: busy + idle + iowait };
}

async function diskUsed(path: string): Promise<number> {
  const { blocks, bfree, bavail } = await statfs(path).catch((error) => {
    throw deviceFault(error, path);
  });
  const used = blocks - bfree;
  return percent(used + bavail === 0 ? 0 : used / (used + bavail));
}

function percent(share: number): number {
  return Math.round(Math.min(1, Math.max(0, share)) * 10_000) / 100;
}
