/**
 * iio: sensors that the kernel reads itself, from `/sys/bus/iio/devices`: BME280, DHT22, ADS1115, light, gas ...
 *
 * - A device is found by its name and, where two share one, by its place on the bus (`address: 1-0076`), each
 *   time it is opened: numbers like `iio:device0` change at boot.
 * - A value is `<attribute>_input`, or else (`_raw` + `_offset`) * `_scale`; offset and scale may be one for all
 *   channels of a type, and absent (Documentation/ABI/testing/sysfs-bus-iio). Scale is read with each value, for
 *   a driver may choose the gain itself.
 * - EIO and ETIMEDOUT are how a DHT sensor misses a reading, which a quarter of them do: asked again at the next
 *   turn. A channel that fails alone is absent and costs the others nothing; one that stays silent is logged.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { bug, Fault, name } from "../../protocol/index.ts";
import { ChannelReads, type DriverContext, type DriverKind, deviceFault, type PolledDriver, readNumber, type Sample } from "./contract.ts";
import { findDevice } from "./iio/devices.ts";
import { type Attributes, asInAbi, KNOWN_CHIPS } from "./iio/known-chips.ts";
import { ATTRIBUTE, inUnit, type Quantity, quantityOf } from "./iio/quantities.ts";

interface IioConfig {
  readonly device: string;
  readonly address?: string | undefined;
  /** Channels of a chip that is not known by name; without it those of `KNOWN_CHIPS`. */
  readonly attributes?: Attributes | undefined;
}

/** Where a channel's value is read. */
interface Source {
  readonly channel: string;
  readonly quantity: Quantity;
  readonly value: string;
  /** Of a raw value; undefined = 0. */
  readonly offset: string | undefined;
  /** Of a raw value; undefined = 1. */
  readonly scale: string | undefined;
}

const CONFIG = z
  .strictObject({
    device: z.string("expected a name like bme280").min(1),
    address: z.string("expected a place like 1-0076").min(1).optional(),
    attributes: z
      .record(name(), z.string().regex(ATTRIBUTE, "expected an attribute like in_illuminance or in_voltage0").transform(withoutEnding))
      .optional(),
  })
  .check(({ value, issues }) => {
    if (value.attributes !== undefined || Object.hasOwn(KNOWN_CHIPS, chipOf(value))) return;
    const known = Object.keys(KNOWN_CHIPS).join(", ");
    const message = `expected the channels of ${value.device}, such as { light: in_illuminance }; known without it are ${known}`;
    issues.push({ code: "custom", path: ["attributes"], input: value.attributes, message });
  });

export const iio: DriverKind<IioConfig> = {
  name: "iio",
  config: CONFIG,
  channels: (config) =>
    Object.entries(attributesOf(config)).map(([channel, attribute]) => {
      const { unit, kind } = quantityOf(attribute);
      return { name: channel, unit, kind };
    }),
  create: (config, context) => new IioDriver(config, context),
};

class IioDriver implements PolledDriver {
  readonly shape = "polled";
  readonly bus: string;
  readonly #config: IioConfig;
  readonly #root: string;
  readonly #reads: ChannelReads;
  #sources: readonly Source[] = [];

  constructor(config: IioConfig, context: DriverContext) {
    this.bus = busOf(config.address) ?? `iio:${context.sensor}`;
    this.#config = config;
    this.#root = context.root;
    this.#reads = new ChannelReads(context);
  }

  async open(): Promise<void> {
    const { device, address, attributes } = this.#config;
    const { folder } = await findDevice(this.#root, device, address);
    const files = new Set(
      await readdir(folder).catch((error) => {
        throw deviceFault(error, folder);
      }),
    );
    const wanted = Object.entries(attributesOf(this.#config));
    this.#sources = wanted.map(([channel, attribute]) => sourceOf(folder, files, channel, attribute)).filter((each) => each !== undefined);
    const needed = attributes === undefined ? 1 : wanted.length;
    if (this.#sources.length < needed) throw missingAttribute(folder, files, wanted);
  }

  read(): Promise<Sample> {
    return this.#reads.sample(this.#sources, (source) => readSource(source, chipOf(this.#config)));
  }

  async close(): Promise<void> {}
}

/** `dht11@4` is a dht11 at pin 4. */
function chipOf({ device }: Pick<IioConfig, "device">): string {
  return device.toLowerCase().replace(/@.*$/, "");
}

function attributesOf(config: IioConfig): Attributes {
  return config.attributes ?? KNOWN_CHIPS[chipOf(config)] ?? bug(`${config.device}: neither known nor with attributes`);
}

/** Two sensors on one wire are read one after the other, and hang together. */
function busOf(address = ""): string | undefined {
  const [, i2c, spi] = /^(\d+)-[0-9a-f]{4}$|^(spi\d+)\.\d+$/.exec(address) ?? [];
  return i2c === undefined ? spi : `i2c-${i2c}`;
}

function withoutEnding(attribute: string): string {
  return attribute.replace(/_(input|raw)$/, "");
}

function sourceOf(folder: string, files: ReadonlySet<string>, channel: string, attribute: string): Source | undefined {
  const first = (...candidates: readonly string[]) => {
    const found = candidates.find((file) => files.has(file));
    return found === undefined ? undefined : join(folder, found);
  };
  // One for the channel, one for all of its kind (`in_voltage-voltage_scale`), or one for all of its type.
  const shared = [attribute, attribute.replaceAll(/\d+(?=-|_|$)/g, ""), `in_${ATTRIBUTE.exec(attribute)?.groups?.type}`];
  const quantity = quantityOf(attribute);
  const input = first(`${attribute}_input`);
  if (input !== undefined) return { channel, quantity, value: input, offset: undefined, scale: undefined };
  const raw = first(`${attribute}_raw`);
  if (raw === undefined) return undefined;
  const offset = first(...shared.map((each) => `${each}_offset`));
  return { channel, quantity, value: raw, offset, scale: first(...shared.map((each) => `${each}_scale`)) };
}

async function readSource({ quantity, value, offset, scale }: Source, chip: string): Promise<number> {
  const raw = await readNumber(value);
  const zero = offset === undefined ? 0 : await readNumber(offset);
  const step = scale === undefined ? 1 : await readNumber(scale);
  return inUnit(quantity, asInAbi(chip, quantity, (raw + zero) * step));
}

function missingAttribute(folder: string, files: ReadonlySet<string>, wanted: readonly (readonly [string, string])[]): Fault {
  const there = [...files].filter((file) => /^in_.*_(input|raw)$/.test(file)).toSorted();
  const expected = wanted.map(([, attribute]) => attribute).join(", ");
  return new Fault("missing_attribute", `${folder}: expected ${expected}, there is: ${there.join(", ") || "nothing to read"}`, {
    hint: "name what is there in attributes of the config",
  });
}
