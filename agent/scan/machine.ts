/**
 * machine: what this machine has to be read: what the drivers themselves would find, and what hangs on its buses.
 *
 * Names, links and lists are read from the kernel's memory and no sensor is asked, with one exception: `i2cdetect`,
 * which tries the addresses of a bus, for that is the only way to see a chip that no driver has taken yet. It is
 * run on this machine alone, not for another tree.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isFault } from "../../protocol/index.ts";
import { deviceFault, readAttribute } from "../sensors/contract.ts";
import { type HwmonChip, hwmonChips } from "../sensors/hwmon/chips.ts";
import { type IioDevice, iioDevices } from "../sensors/iio/devices.ts";
import { oneWireIds } from "../sensors/one-wire.ts";
import { powerFile } from "../sensors/system/power-flags.ts";
import { type Zone, zonesIn } from "../sensors/thermal.ts";
import { type I2cBus, i2cBuses } from "./i2c.ts";

export interface IioFound extends IioDevice {
  /** Names of its files. */
  readonly files: readonly string[];
}

export interface HwmonFound extends HwmonChip {
  readonly files: readonly string[];
  /** Label by input: `temp1` is called `Core 0`. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface Machine {
  readonly iio: readonly IioFound[];
  readonly hwmon: readonly HwmonFound[];
  readonly thermal: readonly Zone[];
  /** Undefined = there is no 1-Wire bus. */
  readonly oneWire: readonly string[] | undefined;
  /** The firmware tells of under-voltage and throttling, as a Raspberry Pi's does. */
  readonly hasPowerFlags: boolean;
  /** Paths by `by-id`, which stay the same whichever socket is used. */
  readonly serial: readonly string[];
  readonly i2c: readonly I2cBus[];
  /** `/boot/firmware/config.txt`, or where it lay before. */
  readonly bootConfig: string;
}

export async function scanMachine(root: string): Promise<Machine> {
  const devices = (await orNone(iioDevices(root))) ?? [];
  const chips = (await orNone(hwmonChips(root))) ?? [];
  const boot = await namesIn(join(root, "boot"));
  return {
    iio: await Promise.all(devices.map(async (device) => ({ ...device, files: await namesIn(device.folder) }))),
    hwmon: await Promise.all(chips.map(withInputs)),
    thermal: (await orNone(zonesIn(join(root, "sys/class/thermal")))) ?? [],
    oneWire: await orNone(oneWireIds(root)),
    hasPowerFlags: (await powerFile(root)) !== undefined,
    serial: (await namesIn(join(root, "dev/serial/by-id"))).map((name) => `/dev/serial/by-id/${name}`),
    i2c: await i2cBuses(root),
    bootConfig: boot.includes("config.txt") && !boot.includes("firmware") ? "/boot/config.txt" : "/boot/firmware/config.txt",
  };
}

async function withInputs(chip: HwmonChip): Promise<HwmonFound> {
  const files = await namesIn(chip.folder);
  const labels: Record<string, string> = {};
  for (const file of files.filter((name) => name.endsWith("_label"))) {
    const label = await orNone(readAttribute(join(chip.folder, file)));
    if (label !== undefined) labels[file.replace(/_label$/, "")] = label;
  }
  return { ...chip, files, labels };
}

/** Sorted; none where the folder cannot be seen. */
async function namesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error) => {
    if (isFault(deviceFault(error, folder))) return [];
    throw error;
  });
  return names.toSorted();
}

/** What cannot be seen is not there, to a scan; anything but a fault is a bug and thrown on. */
async function orNone<T>(look: Promise<T>): Promise<T | undefined> {
  return look.catch((error) => {
    if (isFault(error)) return undefined;
    throw error;
  });
}
