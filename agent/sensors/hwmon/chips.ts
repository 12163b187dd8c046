/**
 * chips: what hwmon shows on this machine, and which chip a config means.
 *
 * - `hwmon0` is numbered anew at each boot and is not used: a chip is told by its name and, where two share one,
 *   by its place: the name of its device in `/sys/devices`, `coretemp.1`, `1-0044`, `phy0`.
 * - The name stands in `name`, in older drivers in `device/name`, or nowhere; then the place alone tells it.
 * - Only where the tree shows no device either, the folder's own name is the place: better than no way to read it.
 */
import { readdir, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Fault, isFault } from "../../../protocol/index.ts";
import { deviceFault, readAttribute } from "../contract.ts";

export interface HwmonChip {
  readonly folder: string;
  /** Undefined where the driver gave it none. */
  readonly name: string | undefined;
  readonly address: string;
  /** The real path of its device; undefined where the tree shows none. */
  readonly device: string | undefined;
}

const FOLDER = "sys/class/hwmon";

/** In the order of their names and places. @throws Fault `device_missing` where the kernel has no hwmon. */
export async function hwmonChips(root: string): Promise<readonly HwmonChip[]> {
  const folder = join(root, FOLDER);
  const entries = await readdir(folder).catch((error) => {
    throw deviceFault(error, folder);
  });
  const chips: HwmonChip[] = [];
  for (const entry of entries.filter((each) => /^hwmon\d+$/.test(each))) {
    const chip = await describe(join(folder, entry));
    if (chip !== undefined) chips.push(chip);
  }
  return chips.toSorted((a, b) => label(a).localeCompare(label(b), "en", { numeric: true }));
}

/** @throws Fault `device_missing`, `device_ambiguous`, with the list of what is there. */
export async function findChip(root: string, wanted: { readonly chip?: string | undefined; readonly address?: string | undefined }) {
  const chips = await hwmonChips(root).catch((error) => {
    if (isFault(error, "device_missing")) return [];
    throw error;
  });
  const { chip: name, address } = wanted;
  const fitting = chips.filter((each) => (name === undefined || each.name === name) && (address === undefined || each.address === address));
  const [chip] = fitting;
  if (chip !== undefined && fitting.length === 1) return chip;

  const asked = label({ name, address: address ?? "any place" });
  const there = chips.map(label).join(", ") || "nothing";
  const code = chip === undefined ? "device_missing" : "device_ambiguous";
  const hint =
    chip === undefined ? "name one of those that are there" : `set address to the place of the one that is meant: ${chip.address}`;
  throw new Fault(code, `${join(root, FOLDER)}: expected one chip ${asked}, there is: ${there}`, { hint });
}

async function describe(link: string): Promise<HwmonChip | undefined> {
  const folder = await pathOf(link);
  if (folder === undefined) return undefined;
  const above =
    basename(dirname(folder)) === "hwmon" && basename(dirname(dirname(folder))) !== "class" ? dirname(dirname(folder)) : undefined;
  const device = (await pathOf(join(link, "device"))) ?? above;
  const name = (await ifThere(join(link, "name"))) ?? (await ifThere(join(link, "device/name")));
  return { folder, name, device, address: basename(device ?? link) };
}

async function pathOf(link: string): Promise<string | undefined> {
  return realpath(link).catch((error) => {
    const fault = deviceFault(error, link);
    if (isFault(fault, "device_missing")) return undefined;
    throw fault;
  });
}

async function ifThere(path: string): Promise<string | undefined> {
  return readAttribute(path).catch((error) => {
    if (isFault(error)) return undefined;
    throw error;
  });
}

function label({ name = "without a name", address }: { readonly name?: string | undefined; readonly address: string }): string {
  return `${name} at ${address}`;
}
