/**
 * fault-option: `--fault latency=200ms,jitter=50ms`, `--fault throttle=2kB`, `--fault cut=0.01`: faults for the whole
 * time, and those that chance brings.
 */
import { InvalidArgumentError, Option } from "commander";
import type { z } from "zod";
import { didYouMean, duration, size } from "../../protocol/index.ts";
import { FAULT_NAMES, type LinkFault } from "./faults.ts";
import { CHANCE_NAMES, type ChanceName, type Chances } from "./link.ts";

export interface AskedFaults {
  readonly always: readonly LinkFault[];
  readonly chances: Chances;
}

const NONE: AskedFaults = { always: [], chances: {} };

export function faultOption(): Option {
  const about = "latency=200ms,jitter=50ms, throttle=2kB, or a chance such as cut=0.01; may be given several times";
  return new Option("--fault <fault>", about).argParser(add).default(NONE, "none");
}

function add(text: string, { always, chances }: AskedFaults): AskedFaults {
  const [, name = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(text) ?? [];
  if (name === "latency") return { always: [...always, latency(value)], chances };
  if (name === "throttle") return { always: [...always, { fault: "throttle", rate: read(size(), value) }], chances };
  if (isByChance(name)) return { always, chances: { ...chances, [name]: chance(name, value) } };
  if (name === "stall") throw new InvalidArgumentError("stall has its times, so it stands in a script only");
  throw new InvalidArgumentError(`unknown fault${didYouMean(name, FAULT_NAMES) || `; there is ${FAULT_NAMES.join(", ")}`}`);
}

function latency(value: string): LinkFault {
  const [, most = "", jitter] = /^([^,]*)(?:,jitter=(.*))?$/s.exec(value) ?? [];
  const fault = { fault: "latency", latency: read(duration(), most) } as const;
  return jitter === undefined ? fault : { ...fault, jitter: read(duration(), jitter) };
}

function chance(name: ChanceName, value: string): number {
  const probability = Number(value);
  if (value !== "" && probability > 0 && probability <= 1) return probability;
  throw new InvalidArgumentError(`expected a chance like ${name}=0.01, more than 0 and at most 1, got ${JSON.stringify(value)}`);
}

function read<T>(schema: z.ZodType<T>, text: string): T {
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(parsed.error.issues.map(({ message }) => message).join("; "));
}

function isByChance(name: string): name is ChanceName {
  return (CHANCE_NAMES as readonly string[]).includes(name);
}
