/**
 * proposal: the sensors that a config for this machine would have, from what was found on it.
 *
 * - There is always `machine` (driver system), so that a bare Pi shows something at once.
 * - A name is made of the chip's name and, where two share it, of the place on the bus: both are the same after a
 *   reboot. Kernel numbers (`iio:device0`, `hwmon0`) go into no name, unless nothing else tells a thing apart.
 * - What the kernel shows twice is proposed once: a thermal zone is not read again as a hwmon chip.
 * - What nothing is known to read of is left out, and so is what cannot be told from another.
 */
import { LIMITS, nearestName } from "../../protocol/index.ts";
import { KNOWN_CHIPS as HWMON_CHIPS } from "../sensors/hwmon/known-chips.ts";
import { quantityOf as hwmonQuantity, INPUT } from "../sensors/hwmon/quantities.ts";
import { KNOWN_CHIPS as IIO_CHIPS } from "../sensors/iio/known-chips.ts";
import { ATTRIBUTE } from "../sensors/iio/quantities.ts";
import type { Zone } from "../sensors/thermal.ts";
import type { HwmonFound, IioFound, Machine } from "./machine.ts";

export interface ProposedSensor {
  readonly name: string;
  readonly driver: string;
  /** What it is, for the person who reads the config. */
  readonly comment: string;
  /** The driver's own keys. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Names are unique; each sensor is one that its driver finds on this machine. */
export function proposeSensors({ iio, hwmon, thermal, oneWire = [], hasPowerFlags }: Machine): readonly ProposedSensor[] {
  const flags = hasPowerFlags ? { power_flags: "sysfs" } : {};
  return uniquelyNamed([
    { name: "machine", place: "", driver: "system", comment: "load, memory and disk of this machine", options: flags },
    ...thermal.map((zone) => zoneSensor(zone, thermal)),
    ...hwmon.filter((chip) => !isThermalZone(chip)).flatMap((chip) => chipSensor(chip, hwmon)),
    ...iio.flatMap((device) => deviceSensor(device, iio)),
    ...oneWire.map((id) => ({
      name: `probe-${id.slice(id.indexOf("-") + 1)}`,
      place: id,
      driver: "one_wire",
      comment: "temperature on the 1-Wire bus: give it the name of its place",
      options: { id },
    })),
  ]);
}

type Draft = ProposedSensor & { readonly place: string };

function zoneSensor({ type, number }: Zone, all: readonly Zone[]): Draft {
  const isOnly = all.filter((zone) => zone.type === type).length === 1 && !type.startsWith("unknown");
  const comment = isOnly ? `temperature of ${type}` : `temperature of ${type}, one of several: its number may change with the kernel`;
  return { name: type, place: String(number), driver: "thermal", comment, options: { zone: isOnly ? type : number } };
}

/** The kernel shows each thermal zone as a hwmon chip too. */
function isThermalZone({ device = "" }: HwmonFound): boolean {
  return /\/thermal_zone\d+$/.test(device);
}

function chipSensor(chip: HwmonFound, all: readonly HwmonFound[]): readonly Draft[] {
  const { name, address } = chip;
  const known = name === undefined ? undefined : HWMON_CHIPS[name];
  const isAsKnown = known !== undefined && Object.values(known).every((input) => hasInput(chip, input));
  const inputs = inputsOf(chip);
  if (!isAsKnown && Object.keys(inputs).length === 0) return [];
  if (all.filter((other) => other.name === name && other.address === address).length > 1) return [];
  const isOnly = name !== undefined && all.filter((other) => other.name === name).length === 1;
  const options = { ...(name !== undefined && { chip: name }), ...(!isOnly && { address }), ...(!isAsKnown && { inputs }) };
  const comment = `what ${name ?? "a chip without a name"} at ${address} measures`;
  return [{ name: name ?? address, place: address, driver: "hwmon", comment, options }];
}

function hasInput({ files }: HwmonFound, input: string): boolean {
  return [`${input}_input`, `${input}_average`, input].some((file) => files.includes(file));
}

/** By label where that tells them apart, else by number; at most what one sensor may have. */
function inputsOf({ files, labels }: HwmonFound): Readonly<Record<string, string>> {
  const found = files.map((file) => /^(.+)_(?:input|average)$/.exec(file)?.[1]).filter((input) => input !== undefined);
  const inputs = [...new Set(found)].filter((input) => INPUT.test(input) && hwmonQuantity(input) !== undefined);
  const names = inputs.map((input) => nearestName(labels[input] ?? "") || input);
  const isTold = (name: string, input: string) =>
    names.indexOf(name) === names.lastIndexOf(name) && (name === input || !inputs.includes(name));
  const named = inputs.map((input, index): [string, string] => {
    const name = names[index] ?? input;
    return [isTold(name, input) ? name : input, input];
  });
  return Object.fromEntries(named.toSorted(byNumber).slice(0, LIMITS.channelsPerFrame));
}

function byNumber([, a]: readonly [string, string], [, b]: readonly [string, string]): number {
  return a.localeCompare(b, "en", { numeric: true });
}

function deviceSensor(device: IioFound, all: readonly IioFound[]): readonly Draft[] {
  const known = device.names.find((name) => Object.hasOwn(IIO_CHIPS, name));
  const chip = known ?? device.names[0];
  const attributes = attributesOf(device);
  if (chip === undefined || Object.keys(attributes).length === 0) return [];
  const isOnly = all.filter(({ names }) => names.includes(chip)).length === 1;
  const { address = "" } = device;
  if (!isOnly && (address === "" || all.filter((other) => other.names.includes(chip) && other.address === address).length > 1)) return [];
  const hasKnown = Object.values(IIO_CHIPS[known ?? ""] ?? {}).some((attribute) => hasAttribute(device, attribute));
  const options = { device: chip, ...(!isOnly && { address }), ...(!hasKnown && { attributes }) };
  const called = device.name === "" ? chip : device.name;
  const comment = address === "" || address === called ? called : `${called} at ${address}`;
  return [{ name: chip, place: address, driver: "iio", comment, options }];
}

function hasAttribute({ files }: IioFound, attribute: string): boolean {
  return files.includes(`${attribute}_input`) || files.includes(`${attribute}_raw`);
}

function attributesOf({ files }: IioFound): Readonly<Record<string, string>> {
  const found = files.map((file) => /^(in_.+)_(?:input|raw)$/.exec(file)?.[1]).filter((attribute) => attribute !== undefined);
  const attributes = [...new Set(found)].filter((attribute) => ATTRIBUTE.test(attribute));
  const named = attributes.map((attribute): [string, string] => [nearestName(attribute.slice("in_".length)), attribute]);
  return Object.fromEntries(named.slice(0, LIMITS.channelsPerFrame));
}

/** Adds the place to every name that two share, and a number where even that does not tell them apart. */
function uniquelyNamed(drafts: readonly Draft[]): readonly ProposedSensor[] {
  const plain = drafts.map(({ name }) => nearestName(name) || "sensor");
  const placed = drafts.map(({ place }, index) => {
    const name = plain[index] ?? "";
    const isShared = plain.indexOf(name) !== plain.lastIndexOf(name);
    if (!isShared || place === "") return name;
    return nearestName(place.startsWith(name) ? place : `${name.slice(0, 20)}-${place}`); // coretemp.1 says it all
  });
  const taken = new Set<string>();
  return drafts.map(({ place: _, ...draft }, index) => {
    const name = placed[index] ?? "";
    const free = [name, ...Array.from({ length: drafts.length }, (_, number) => `${name.slice(0, 35)}-${number + 2}`)].find(
      (each) => !taken.has(each),
    );
    taken.add(free ?? name);
    return { ...draft, name: free ?? name };
  });
}
