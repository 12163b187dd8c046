/**
 * mqtt: `tributary-simulate device mqtt` publishes as devices do that were made for others: Zigbee2MQTT, Tasmota.
 * Adding an ecosystem = its file and one line in `ECOSYSTEMS`.
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { duration, MICROS_PER_SECOND, type Micros, machineZone, micros, timeZone } from "../../../protocol/index.ts";
import { brokerUrl } from "../../broker.ts";
import { option, type Surroundings } from "../../command.ts";
import { faultLines, faultOption } from "../../fault-options.ts";
import type { FaultWords, PlannedFault } from "../../faults/index.ts";
import { refuseUnknownParts } from "../device-faults.ts";
import { Life, type LifeOptions, lifeOptions } from "../life.ts";
import type { Ecosystem } from "./ecosystem.ts";
import { MQTT_FAULTS } from "./mqtt-faults.ts";
import { Reporting } from "./reporting.ts";
import { tasmota } from "./tasmota.ts";
import { zigbee2mqtt } from "./zigbee2mqtt.ts";

const ECOSYSTEMS: readonly Ecosystem[] = [zigbee2mqtt, tasmota];

interface MqttOptions extends LifeOptions {
  readonly broker: string;
  readonly kind?: string;
  readonly devices: number;
  readonly every: Micros;
  readonly timeZone: string;
  readonly fault: readonly PlannedFault<FaultWords>[];
}

const HELP = `
Kinds:
${ECOSYSTEMS.map(({ name, about }) => `  ${name.padEnd(14)}${about}`).join("\n")}

Faults (=RATE is the share of messages, of time or of devices; ,devices=NAME+NAME for some alone):
${faultLines(MQTT_FAULTS)}

Examples:
  Devices of both kinds on a broker of this machine; it says the config for an agent:
    tributary-simulate device mqtt --broker mqtt://127.0.0.1:1883
  Zigbee2MQTT as it can be: the same five times a second, no timestamp, old values kept by the broker:
    tributary-simulate device mqtt --kind zigbee2mqtt --fault repeat=0.2 --fault no_time=0.1 --fault stale=1
  Ten boards whose local time has no zone, through the night in which clocks are set back, at 60x:
    tributary-simulate device mqtt --kind tasmota --devices 10 --time-zone Europe/Berlin --speed 60x
  What is published:
    mosquitto_sub -h 127.0.0.1 -t 'zigbee2mqtt/#' -t 'tele/#' -v`;

export function addMqtt(device: Command, surroundings: Surroundings): void {
  lifeOptions(device.command("mqtt"))
    .description("devices that publish as Zigbee2MQTT and Tasmota do")
    .addOption(option("--broker <url>", "where to publish", brokerUrl(), "mqtt://127.0.0.1:1883"))
    .addOption(new Option("--kind <kind>", "one kind alone (default: all)").choices(ECOSYSTEMS.map(({ name }) => name)))
    .addOption(new Option("--devices <count>", "of each kind, 1 to 100").argParser(count).default(2))
    .addOption(option("--every <duration>", "how often each reports, 1s at least", duration({ least: micros(MICROS_PER_SECOND) }), "10s"))
    .addOption(option("--time-zone <zone>", "of devices that know local time alone", timeZone(), machineZone()))
    .addOption(faultOption(MQTT_FAULTS, "repeat=0.2"))
    .addHelpText("after", HELP)
    .action((options: MqttOptions) => run(options, surroundings));
}

async function run(options: MqttOptions, surroundings: Surroundings): Promise<void> {
  const { broker, kind, seed, every, timeZone } = options;
  const { clock, signal, stdout } = surroundings;
  const life = new Life(options, surroundings);
  const chosen = ECOSYSTEMS.filter(({ name }) => kind === undefined || name === kind);
  refuseUnknownParts(
    options.fault,
    chosen.flatMap((each) => namesOf(each, options.devices)),
  );
  const reporting = new Reporting({ broker, seed, faults: options.fault, first: life.first, clock, signal, now: () => life.now() });
  try {
    await reporting.open(chosen.flatMap((each) => each.connections(namesOf(each, options.devices), { seed, timeZone, first: life.first })));
    stdout.write(greeting(chosen, options));
    await life.each("next report of the devices", every, () => untilInterrupted(reporting.report(life.now()), signal));
  } finally {
    await reporting.close();
    stdout.write(`${reporting.published.toLocaleString("en")} messages were published.\n`);
  }
}

/** The end of a device may fall between two messages. */
async function untilInterrupted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  await work.catch((error) => {
    if (!signal.aborted) throw error;
  });
}

function namesOf({ name }: Ecosystem, devices: number): readonly string[] {
  return Array.from({ length: devices }, (_, index) => `${name}_${index + 1}`);
}

function greeting(chosen: readonly Ecosystem[], { broker, devices, every, timeZone }: MqttOptions): string {
  const { protocol, host } = new URL(broker);
  const sensors = chosen.flatMap((each) =>
    namesOf(each, devices)
      .slice(0, 2)
      .flatMap((name) => each.config(name, `${protocol}//${host}`, timeZone)),
  );
  return `${chosen.map(({ name }) => `${devices} ${devices === 1 ? "device" : "devices"} of ${name}`).join(" and ")} publish to ${protocol}//${host} each ${every / MICROS_PER_SECOND} s (Ctrl-C ends them).
To paste into an agent's config:
  sensors:
${sensors.map((line) => `    ${line}`).join("\n")}
`;
}

function count(text: string): number {
  const number = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= 100) return number;
  throw new InvalidArgumentError(`expected a number of devices, 1 to 100, got ${JSON.stringify(text)}`);
}
