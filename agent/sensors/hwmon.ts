/**
 * hwmon: chips that watch a machine, from `/sys/class/hwmon`: temperatures, voltages, currents, fans, and sensors
 * such as SHT3x and INA219 that the kernel reads in this way.
 *
 * - A chip is found by its name, its place, or both, each time it is opened: `hwmon0` changes at boot.
 * - An input is meant by its number (`temp1`) or by its type and label (`{ type: temp, label: "Core 0" }`); a
 *   label that two inputs share is refused, never guessed.
 * - Where the chip says that an input is broken (`temp1_fault` is 1) the value is of quality bad
 *   (Documentation/hwmon/sysfs-interface).
 * - Power may be there as an average alone (`power1_average`).
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { bug, Fault, name } from "../../protocol/index.ts";
import {
  ChannelReads,
  type DriverContext,
  type DriverKind,
  deviceFault,
  type PolledDriver,
  type RawValue,
  readAttribute,
  readNumber,
  type Sample,
} from "./contract.ts";
import { findChip } from "./hwmon/chips.ts";
import { KNOWN_CHIPS } from "./hwmon/known-chips.ts";
import { INPUT, INPUT_TYPES, type InputType, type Quantity, quantityOf } from "./hwmon/quantities.ts";

type Input = string | { readonly type: InputType; readonly label: string };

interface HwmonConfig {
  readonly chip?: string | undefined;
  readonly address?: string | undefined;
  /** By channel name; without it those of `KNOWN_CHIPS`. */
  readonly inputs?: Readonly<Record<string, Input>> | undefined;
}

interface Source {
  readonly channel: string;
  readonly quantity: Quantity;
  readonly value: string;
  readonly fault: string | undefined;
}

const LABELLED = z.strictObject({ type: z.enum(INPUT_TYPES), label: z.string().min(1) });
const NUMBERED = z.string().regex(INPUT, "expected an input like temp1, in0 or in0_lcrit_alarm");

const CONFIG = z
  .strictObject({
    chip: z.string().min(1).optional(),
    address: z.string("expected a place like 1-0044 or coretemp.0").min(1).optional(),
    inputs: z.record(name(), z.union([NUMBERED, LABELLED], 'expected an input like temp1, or { type: temp, label: "Core 0" }')).optional(),
  })
  .check(({ value, issues }) => {
    const { chip, address, inputs } = value;
    const refuse = (key: string, message: string) => issues.push({ code: "custom", path: [key], input: undefined, message });
    if (chip === undefined && address === undefined) refuse("chip", "expected the name of a chip like nct6779, or its address");
    else if (inputs === undefined && !Object.hasOwn(KNOWN_CHIPS, chip ?? "")) {
      refuse("inputs", `expected the chip's inputs, such as { cpu: temp1 }; known without it are ${Object.keys(KNOWN_CHIPS).join(", ")}`);
    }
  });

export const hwmon: DriverKind<HwmonConfig> = {
  name: "hwmon",
  config: CONFIG,
  channels: (config) =>
    Object.entries(inputsOf(config)).map(([channel, input]) => {
      const { unit, kind } = quantity(input);
      return { name: channel, unit, kind };
    }),
  create: (config, context) => new HwmonDriver(config, context),
};

class HwmonDriver implements PolledDriver {
  readonly shape = "polled";
  readonly bus: string;
  readonly #config: HwmonConfig;
  readonly #root: string;
  readonly #reads: ChannelReads;
  #sources: readonly Source[] = [];

  constructor(config: HwmonConfig, context: DriverContext) {
    const i2c = /^(\d+)-[0-9a-f]{4}$/.exec(config.address ?? "")?.[1];
    this.bus = i2c === undefined ? `hwmon:${context.sensor}` : `i2c-${i2c}`;
    this.#config = config;
    this.#root = context.root;
    this.#reads = new ChannelReads(context);
  }

  async open(): Promise<void> {
    const { folder } = await findChip(this.#root, this.#config);
    const files = await readdir(folder).catch((error) => {
      throw deviceFault(error, folder);
    });
    const sources: Source[] = [];
    for (const [channel, input] of Object.entries(inputsOf(this.#config))) {
      const attribute = typeof input === "string" ? input : await labelled(folder, files, input.type, input.label);
      sources.push(sourceOf(folder, files, channel, attribute));
    }
    this.#sources = sources;
  }

  read(): Promise<Sample> {
    return this.#reads.sample(this.#sources, readSource);
  }

  async close(): Promise<void> {}
}

function inputsOf({ chip = "", inputs }: HwmonConfig): Readonly<Record<string, Input>> {
  return inputs ?? KNOWN_CHIPS[chip] ?? bug(`${chip}: neither known nor with inputs`);
}

function quantity(input: Input): Quantity {
  const asked = typeof input === "string" ? input : input.type;
  return quantityOf(asked) ?? bug(`${asked}: an input without a quantity`);
}

function sourceOf(folder: string, files: readonly string[], channel: string, input: string): Source {
  const value = [`${input}_input`, `${input}_average`, input].find((file) => files.includes(file));
  if (value === undefined) throw missingInput(folder, files, input);
  const fault = files.includes(`${input}_fault`) ? join(folder, `${input}_fault`) : undefined;
  return { channel, quantity: quantity(input), value: join(folder, value), fault };
}

async function labelled(folder: string, files: readonly string[], type: InputType, wanted: string): Promise<string> {
  const fitting: string[] = [];
  const ofType = new RegExp(`^(${type}\\d+)_label$`);
  for (const input of files.map((file) => ofType.exec(file)?.[1]).filter((each) => each !== undefined)) {
    if ((await readAttribute(join(folder, `${input}_label`))) === wanted) fitting.push(input);
  }
  const [input] = fitting;
  if (input === undefined) throw missingInput(folder, files, `${type} "${wanted}"`);
  if (fitting.length === 1) return input;
  throw new Fault("device_ambiguous", `${folder}: expected one ${type} "${wanted}", there is: ${fitting.toSorted().join(", ")}`, {
    hint: "name the input by its number",
  });
}

async function readSource({ quantity, value, fault }: Source): Promise<RawValue> {
  const isBroken = fault !== undefined && (await readNumber(fault)) !== 0;
  const inUnit = (await readNumber(value)) / quantity.divisor;
  return isBroken ? { value: inUnit, quality: "bad", reason: "input_fault" } : inUnit;
}

function missingInput(folder: string, files: readonly string[], wanted: string): Fault {
  const there = files.filter((file) => /_(input|average|label)$/.test(file)).toSorted();
  return new Fault("missing_attribute", `${folder}: expected ${wanted}, there is: ${there.join(", ") || "nothing to read"}`, {
    hint: "name what is there in inputs of the config",
  });
}
