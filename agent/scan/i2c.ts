/**
 * i2c: the I2C buses of this machine and which addresses answer, by `i2cdetect` of i2c-tools.
 *
 * Node has no ioctl, so the addresses are known only where that program is installed and may open the bus. `UU`
 * in its table is an address that a driver holds: that chip is seen in IIO or hwmon already.
 */
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

export interface I2cBus {
  readonly number: number;
  /** Addresses that answered and that no driver holds; undefined where nobody could look. */
  readonly free: readonly number[] | undefined;
  /** Addresses that a driver holds. */
  readonly held: readonly number[];
}

/** `/usr/sbin` is on few users' PATH. */
const PROGRAMS = ["i2cdetect", "/usr/sbin/i2cdetect"];

/** A bus whose lines are held down makes each address wait for its timeout. */
const LONGEST_MS = 20_000;

/** @param root addresses are looked for on this machine alone, where it is `/`. */
export async function i2cBuses(root: string, programs = root === "/" ? PROGRAMS : []): Promise<readonly I2cBus[]> {
  const names = await readdir(join(root, "dev")).catch(() => []); // a tree without /dev has no bus
  const numbers = names.map((name) => /^i2c-(\d+)$/.exec(name)?.[1]).filter((number) => number !== undefined);
  const buses: I2cBus[] = [];
  for (const number of numbers.map(Number).toSorted((a, b) => a - b)) buses.push(await busOf(number, programs));
  return buses;
}

async function busOf(number: number, programs: readonly string[]): Promise<I2cBus> {
  for (const program of programs) {
    const table = await outputOf(program, ["-y", String(number)]);
    if (table !== undefined) return { number, ...addressesIn(table) };
  }
  return { number, free: undefined, held: [] };
}

/** Undefined where the program is not there, may not open the bus, or does not come to an end. */
function outputOf(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: LONGEST_MS, encoding: "latin1" }, (error, stdout) => resolve(error === null ? stdout : undefined));
  });
}

/** The table of i2cdetect(8): a line for every 16 addresses, 3 columns an address: `--`, `UU`, or the address itself. */
export function addressesIn(table: string): { readonly free: readonly number[]; readonly held: readonly number[] } {
  const free: number[] = [];
  const held: number[] = [];
  for (const [, start = "", cells = ""] of table.matchAll(/^([0-7]0):(.*)$/gm)) {
    for (let column = 0; column < 16; column++) {
      const cell = cells.slice(column * 3, column * 3 + 3).trim();
      const address = Number.parseInt(start, 16) + column;
      if (cell === "UU") held.push(address);
      else if (/^[0-9a-f]{2}$/.test(cell)) free.push(address);
    }
  }
  return { free, held };
}
