/**
 * config-text: the proposal as a config file that a person goes on with.
 *
 * It is what `check` accepts and `run` runs, with comments that say where each thing comes from. Written by hand
 * and not by a YAML library, for the comments and the one-line maps are half of its use.
 */
import { join } from "node:path";
import { LIMITS, MICROS_PER_SECOND, type Micros, showDuration, showSize } from "../../protocol/index.ts";
import type { ProposedSensor } from "./proposal.ts";

export interface ConfigParts {
  readonly agent: string;
  /** Where the name comes from. */
  readonly agentComment: string;
  /** Bytes. */
  readonly spoolSize: number;
  readonly keepFree: number;
  /** `/` is not written. */
  readonly root: string;
  readonly sensors: readonly ProposedSensor[];
  /** Paths of serial ports: what is said on them nobody knows, so their lines are comments that a person completes. */
  readonly serial: readonly string[];
}

export const SPOOL_FOLDER = "/var/lib/tributary";

const EVERY_SECONDS = 10;

/** A sensor on the 1-Wire bus takes 750 ms, one after the other; with this much each, half of the time is left. */
const ONE_WIRE_SECONDS = 2;

export function configText({ agent, agentComment, spoolSize, keepFree, root, sensors, serial }: ConfigParts): string {
  const lines = [
    "# By tributary-agent scan. Names are yours to change, best before the first run: they are what readings are known by.",
    `agent: ${scalar(agent)} # ${oneLine(agentComment)}`,
    "collector: mqtt://127.0.0.1:1883 # where your collector listens",
    `spool: { path: ${join(SPOOL_FOLDER, "spool.db")}, max_size: ${showSize(spoolSize)}, keep_free: ${showSize(keepFree)} } # the folder must be the agent's`,
    ...(root === "/" ? [] : [`root: ${scalar(root)} # where /sys, /proc and /dev are looked for`]),
    "sensors:",
    ...sensors.flatMap((sensor) => entry(sensor, everyOf(sensor, sensors))),
    ...(serial.length === 0 ? [] : SERIAL_ADVICE),
    ...serial.map((port, index) => `  # - ${serialEntry(port, index)}`),
  ];
  return `${lines.join("\n")}\n`;
}

const SERIAL_ADVICE = [
  "  # Serial ports. Look what a device says (cat the port), choose plain, csv, json or pairs, and take the # away;",
  "  # a device that speaks Modbus is read with `driver: modbus` and `rtu:`.",
];

function serialEntry(port: string, index: number): string {
  return oneLine(flow({ name: `serial-${index + 1}`, driver: "serial", port, baud: 9_600, pairs: { temperature: "T" } }));
}

function entry({ name, driver, comment, options }: ProposedSensor, every: Micros): readonly string[] {
  return [
    `  - name: ${scalar(name)} # ${oneLine(comment)}`,
    `    driver: ${driver}`,
    `    every: ${showDuration(every)}`,
    ...Object.entries(options).map(([key, value]) => `    ${key}: ${flow(value)}`),
  ];
}

function everyOf({ driver }: ProposedSensor, sensors: readonly ProposedSensor[]): Micros {
  const onBus = sensors.filter((sensor) => sensor.driver === "one_wire").length;
  const seconds = driver === "one_wire" ? Math.max(EVERY_SECONDS, Math.ceil((onBus * ONE_WIRE_SECONDS) / 10) * 10) : EVERY_SECONDS;
  return (seconds * MICROS_PER_SECOND) as Micros;
}

function flow(value: unknown): string {
  if (typeof value !== "object" || value === null) return scalar(value);
  const entries = Object.entries(value).map(([key, each]) => `${scalar(key)}: ${flow(each)}`);
  return `{ ${entries.join(", ")} }`;
}

/** A text as YAML reads it back as that text: quoted wherever it might be something else. JSON's quoting is YAML's. */
function scalar(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  const isPlain = /^[a-z/][\w./@-]*$/i.test(value) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(value);
  return isPlain && value.length <= LIMITS.stringBytes ? value : JSON.stringify(value);
}

/** Of what the kernel says, a comment shows what can be printed on its line. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{C}]+/gu, " ");
}
