/**
 * devices: what is on the IIO bus of this machine, and which of them a config means.
 *
 * - The number in `iio:device0` is given anew at each boot and is never used: a device is told by its name and,
 *   where two share one, by its place on the bus: the folder above it in `/sys/devices`, `1-0076` for address
 *   0x76 on I2C bus 1, `spi0.0`, `dht11@4`.
 * - A name may be that of the node in the device tree (`humidity-sensor`, `dht11@4`), so the chip's name there
 *   (`of_node/compatible`) counts as well.
 * - Names and links are read from the kernel's memory: no sensor is asked.
 */
import { readdir, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Fault, isFault } from "../../../protocol/index.ts";
import { deviceFault, readAttribute } from "../contract.ts";

export interface IioDevice {
  /** Its real path: it belongs to this device alone, whatever number another one gets. */
  readonly folder: string;
  /** As the kernel says it; empty where it says none. */
  readonly name: string;
  /** All the names it answers to, in lower case. */
  readonly names: readonly string[];
  /** Place on its bus; undefined where the tree does not show it. */
  readonly address: string | undefined;
}

const FOLDER = "sys/bus/iio/devices";

/** In the order of their places. @throws Fault `device_missing` where the kernel has no IIO. */
export async function iioDevices(root: string): Promise<readonly IioDevice[]> {
  const folder = join(root, FOLDER);
  const entries = await readdir(folder).catch((error) => {
    throw deviceFault(error, folder);
  });
  const devices: IioDevice[] = [];
  for (const entry of entries.filter((name) => name.startsWith("iio:device"))) {
    const device = await describe(join(folder, entry)).catch(goneMeanwhile);
    if (device !== undefined) devices.push(device);
  }
  return devices.toSorted((a, b) => order(a).localeCompare(order(b), "en"));
}

/** @throws Fault `device_missing`, `device_ambiguous`, with the list of what is there. */
export async function findDevice(root: string, wanted: string, address: string | undefined): Promise<IioDevice> {
  const devices = await iioDevices(root).catch((error) => {
    if (isFault(error, "device_missing")) return [];
    throw error;
  });
  const asked = wanted.toLowerCase();
  const placed = devices.filter((each) => address === undefined || each.address === address);
  // A device tree may call a BME280 a BMP280 too, for the sake of older kernels: what the kernel calls it goes first.
  const named = placed.filter(({ name }) => name.toLowerCase() === asked);
  const fitting = named.length > 0 ? named : placed.filter(({ names }) => names.includes(asked));
  const [device] = fitting;
  if (device !== undefined && fitting.length === 1) return device;

  const there = devices.map((each) => `${each.name} at ${each.address ?? "an unknown place"}`).join(", ") || "nothing";
  const expected = address === undefined ? wanted : `${wanted} at ${address}`;
  if (device === undefined) {
    throw new Fault("device_missing", `${join(root, FOLDER)}: expected ${expected}, there is: ${there}`, {
      hint: "check its wiring and its line in config.txt: tributary-agent scan shows what is there and the lines for what is not",
    });
  }
  throw new Fault("device_ambiguous", `${join(root, FOLDER)}: expected one ${expected}, there is: ${there}`, {
    hint: `set address to the place of the one that is meant, such as ${device.address ?? "1-0076"}`,
  });
}

async function describe(link: string): Promise<IioDevice> {
  const folder = await realpath(link).catch((error) => {
    throw deviceFault(error, link);
  });
  const parent = dirname(folder);
  const name = await ifThere(join(folder, "name"));
  const compatible = (await ifThere(join(folder, "of_node/compatible"))) || (await ifThere(join(parent, "of_node/compatible")));
  const chips = compatible.split("\0").map((entry) => entry.replace(/^.*,/, ""));
  const names = [name, name.replace(/@.*$/, ""), ...chips].map((each) => each.toLowerCase());
  const address = basename(parent) === "devices" ? undefined : basename(parent);
  return { folder, name, names: [...new Set(names)].filter((each) => each !== ""), address };
}

async function ifThere(path: string): Promise<string> {
  return readAttribute(path).catch((error) => {
    if (isFault(error)) return "";
    throw error;
  });
}

/** A device may leave between the listing and the look at it. */
function goneMeanwhile(error: unknown): undefined {
  if (isFault(error, "device_missing")) return undefined;
  throw error;
}

function order({ address = "", name }: IioDevice): string {
  return `${address} ${name}`;
}
