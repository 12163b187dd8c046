/**
 * one_wire: a DS18B20 and its kin on a 1-Wire bus, from `/sys/bus/w1/devices/28-0316a2799bff/w1_slave`.
 *
 * A reading takes about 750 ms and there is one bus, so sensors are read one after the other. The kernel gives two
 * lines, the nine bytes of the scratchpad and the temperature in milli-degrees, cut to whole ones
 * (Documentation/w1/slaves/w1_therm.rst). What a good reading looks like is the lesser part of it:
 *
 * - `crc=.. NO`: the second line shows the bytes of the last good reading and a temperature made from the bad
 *   ones. Neither is taken. The sum is computed here as well.
 * - All zero (a short, a brown-out): the CRC of zeros is zero, so it says YES and 0 degrees. No real scratchpad is
 *   all zero.
 * - 85.000 with byte 6 = 0c: the power-on value, no conversion took place; CRC good. A clone may have another byte
 *   there, and water may have 85 degrees: such a reading is kept as suspect.
 * - 127.937 (0x07ff) and all else outside -55 to 125 degrees: the conversion failed; CRC good.
 *
 * All of these pass by themselves, so they are asked again at the next turn, and counted.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Fault, isFault } from "../../protocol/index.ts";
import {
  type DriverContext,
  type DriverKind,
  deviceFault,
  type PolledDriver,
  type RawValue,
  readAttribute,
  type Sample,
} from "./contract.ts";

interface OneWireConfig {
  readonly id: string;
}

const FOLDER = "sys/bus/w1/devices";

/** Families that w1_therm reads: DS18S20, DS1822, DS18B20, DS1825, DS28EA00. */
const ID = /^(10|22|28|3b|42)-[0-9a-f]{12}$/;

/** `7a 01 4b 46 7f ff 06 10 0b : crc=0b YES`, then the same bytes and `t=23625`. */
const ANSWER = /^(?<bytes>(?:[0-9a-f]{2} ){9}): crc=[0-9a-f]{2} (?<verdict>YES|NO)(?:\n(?:[0-9a-f]{2} ){9}t=(?<milli>-?\d+))?$/;

const POWER_ON = 85_000;
const LOWEST = -55_000;
const HIGHEST = 125_000;

export const oneWire: DriverKind<OneWireConfig> = {
  name: "one_wire",
  config: z.strictObject({ id: z.string().regex(ID, "expected the id of a temperature sensor like 28-0316a2799bff") }),
  channels: () => [{ name: "temperature", unit: "Cel", kind: "gauge" }],
  create: ({ id }, context) => new OneWireDriver(id, context),
};

class OneWireDriver implements PolledDriver {
  readonly shape = "polled";
  readonly bus = "w1";
  readonly #id: string;
  readonly #root: string;
  readonly #file: string;

  constructor(id: string, { root }: DriverContext) {
    this.#id = id;
    this.#root = root;
    this.#file = join(root, FOLDER, id, "w1_slave");
  }

  async open(): Promise<void> {
    const ids = await oneWireIds(this.#root);
    if (ids.includes(this.#id)) return;
    const there = ids.join(", ") || "no sensor";
    throw new Fault("device_missing", `${join(this.#root, FOLDER)}: expected ${this.#id}, there is: ${there}`, {
      hint: "check its wiring and the 4.7 kOhm resistor; the kernel finds it again within a minute",
    });
  }

  async read(): Promise<Sample> {
    return { values: { temperature: temperatureOf(await readAttribute(this.#file), this.#file) } };
  }

  async close(): Promise<void> {}
}

/** The temperature sensors on all 1-Wire buses, sorted. @throws Fault `device_missing` where there is no bus. */
export async function oneWireIds(root: string): Promise<readonly string[]> {
  const folder = join(root, FOLDER);
  const names = await readdir(folder).catch((error) => {
    const fault = deviceFault(error, folder);
    if (!isFault(fault, "device_missing")) throw fault;
    throw new Fault("device_missing", `${folder}: expected a 1-Wire bus, there is none`, {
      hint: "on a Raspberry Pi: add dtoverlay=w1-gpio to config.txt and reboot",
      cause: error,
    });
  });
  return names.filter((name) => ID.test(name)).toSorted();
}

/** Degrees Celsius. @throws Fault, all to be asked again: `bad_value`, `bad_crc`, `all_zero`, `power_on_value`, `out_of_range`. */
function temperatureOf(text: string, file: string): RawValue {
  const { bytes: hex = "", verdict, milli } = ANSWER.exec(text)?.groups ?? {};
  const bytes = hex
    .trim()
    .split(" ")
    .map((byte) => Number.parseInt(byte, 16));
  const refuse = (code: string, expected: string) =>
    new Fault(code, `${file}: expected ${expected}, got ${JSON.stringify(text.slice(0, 120))}`, { retry: true });
  if (verdict === undefined) throw refuse("bad_value", "nine bytes with their crc, and t=");
  if (verdict === "NO" || crc8(bytes.slice(0, 8)) !== bytes[8]) throw refuse("bad_crc", "bytes that fit their crc");
  if (milli === undefined) throw refuse("bad_value", "a second line with t=");
  if (bytes.every((byte) => byte === 0)) throw refuse("all_zero", "a scratchpad that is not all zero");
  const value = Number(milli);
  if (value === POWER_ON && bytes[6] === 0x0c)
    throw refuse("power_on_value", "a temperature, not what the sensor holds before the first one");
  if (value < LOWEST || value > HIGHEST) throw refuse("out_of_range", "-55 to 125 degrees");
  return value === POWER_ON ? { value: value / 1_000, quality: "suspect", reason: "power_on_value" } : value / 1_000;
}

/** CRC-8 of Dallas/Maxim: x^8 + x^5 + x^4 + 1, low bit first (Maxim application note 27). */
function crc8(bytes: readonly number[]): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x8c : crc >> 1;
  }
  return crc;
}
