/**
 * machine-files: what a small Linux machine shows of itself beside its sensors, so that an agent can live on the tree.
 */
import { MICROS_PER_SECOND, type Micros } from "../../../protocol/index.ts";
import { seedFor, uniform } from "../../waveforms/index.ts";
import type { Files } from "./chip.ts";

/** Files that are there from the start. */
export const MACHINE: Files = {
  "boot/firmware/config.txt": "dtparam=i2c_arm=on\ndtoverlay=w1-gpio\n",
  "dev/i2c-1": "",
};

/** @param boot how often it was started, from 0 on. @param up how long ago. */
export function machineFiles(seed: number, boot: number, up: Micros): Files {
  const seconds = up / MICROS_PER_SECOND;
  const busy = 0.05 + 0.3 * uniform(seedFor(seed, "load"), Math.floor(seconds / 10));
  const jiffies = Math.floor(seconds * 400);
  return {
    "proc/sys/kernel/random/boot_id": `${bootId(seed, boot)}\n`,
    "proc/uptime": `${seconds.toFixed(2)} ${(seconds * 4 * (1 - busy)).toFixed(2)}\n`,
    "proc/loadavg": `${(busy * 4).toFixed(2)} ${(busy * 3.6).toFixed(2)} ${(busy * 3.2).toFixed(2)} 1/142 ${1_000 + (Math.floor(seconds) % 30_000)}\n`,
    "proc/meminfo": `MemTotal:        3884348 kB\nMemFree:          ${2_100_000 - Math.floor(busy * 1e6)} kB\nMemAvailable:    ${3_100_000 - Math.floor(busy * 1e6)} kB\n`,
    "proc/stat": `cpu  ${Math.floor(jiffies * 0.14)} 0 ${Math.floor(jiffies * 0.05)} ${Math.floor(jiffies * 0.8)} ${Math.floor(jiffies * 0.01)} 0 0 0 0 0\n`,
  };
}

/** A random UUID of version 4, the same for one seed and boot. */
function bootId(seed: number, boot: number): string {
  const digits = Array.from({ length: 32 }, (_, index) => Math.floor(uniform(seedFor(seed, `boot ${boot}`), index) * 16).toString(16));
  digits[12] = "4";
  digits[16] = "89ab"[Number.parseInt(digits[16] ?? "0", 16) % 4] ?? "8";
  return digits.join("").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
