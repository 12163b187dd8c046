/**
 * modbus: `tributary-simulate device modbus` answers as a boiler's controller on Modbus TCP.
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Surroundings } from "../../command.ts";
import { faultLines, faultOption } from "../../fault-options.ts";
import type { FaultWords, PlannedFault } from "../../faults/index.ts";
import { Life, type LifeOptions, lifeOptions } from "../life.ts";
import { boiler } from "./boiler.ts";
import { MODBUS_FAULTS } from "./modbus-faults.ts";
import { REGISTERS, wordsOf } from "./register-map.ts";
import { serveModbus } from "./server.ts";

interface ModbusOptions extends LifeOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly unit: number;
  readonly fault: readonly PlannedFault<FaultWords>[];
}

const HELP = `
Registers (function 3 and 4 alike; addresses count from 0):
${registerMap()}

Faults (=RATE is the share of answers, or of readings):
${faultLines(MODBUS_FAULTS)}

Examples:
  A boiler on a free port; it says which, and the config for an agent:
    tributary-simulate device modbus
  One that is slow to answer in one of ten times, and lies now and then:
    tributary-simulate device modbus --listen 127.0.0.1:1502 --fault timeout=0.1 --fault spike=0.001,channels=flow
  Its answers by hand (mbpoll counts from 1):
    mbpoll -m tcp -p 1502 -a 1 -t 4 -r 1 -c 4 -1 127.0.0.1`;

export function addModbus(device: Command, surroundings: Surroundings): void {
  lifeOptions(device.command("modbus"))
    .description("a boiler's controller on Modbus TCP")
    .addOption(
      new Option("--listen <host:port>", "where it listens; port 0 = a free one")
        .argParser(hostAndPort)
        .default({ host: "127.0.0.1", port: 0 }, "127.0.0.1:0"),
    )
    .addOption(new Option("--unit <id>", "its unit id, 1 to 247; questions to others are not answered").argParser(unitId).default(1))
    .addOption(faultOption(MODBUS_FAULTS, "timeout=0.05"))
    .addHelpText("after", HELP)
    .action((options: ModbusOptions) => run(options, surroundings));
}

async function run({ listen, unit, fault, ...options }: ModbusOptions, surroundings: Surroundings): Promise<void> {
  const life = new Life(options, surroundings);
  const answer = boiler({ seed: options.seed, unit, faults: fault, first: life.first });
  const server = await serveModbus(listen.host, listen.port, (question) => answer(question, life.now()));
  try {
    surroundings.stdout.write(greeting(server.address, unit));
    await life.over();
  } finally {
    await server.close();
  }
}

function greeting(address: string, unit: number): string {
  const plain = REGISTERS.filter(({ wordOrder, address: place }) => wordOrder === "big" && place < 4);
  const registers = plain.map(
    ({ name, address: place, type, scale, unit }) =>
      `        ${name}: { input: ${place}, type: ${type}, scale: ${scale}, unit: "${unit}" }`,
  );
  return `A boiler answers Modbus TCP on ${address}, unit ${unit} (Ctrl-C ends it).
${registerMap()}
To paste into an agent's config:
  sensors:
    - name: boiler
      driver: modbus
      every: 10s
      tcp: ${address}
      unit_id: ${unit}
      registers:
${registers.join("\n")}
`;
}

function registerMap(): string {
  const lines = REGISTERS.map(({ address, name, type, unit, scale, wordOrder }) => {
    const place = wordsOf(type) === 1 ? `${address}` : `${address}-${address + wordsOf(type) - 1}`;
    return `  ${place.padEnd(7)}${name.padEnd(22)}${type.padEnd(9)}x ${String(scale).padEnd(7)}${unit.padEnd(5)}${wordOrder === "little" ? "low word first" : ""}`.trimEnd();
  });
  return lines.join("\n");
}

function hostAndPort(text: string): ModbusOptions["listen"] {
  const { host, port } = /^(?<host>[\w.-]+|\[[\da-f:.]+\]):(?<port>\d{1,5})$/i.exec(text)?.groups ?? {};
  if (host !== undefined && Number(port) < 65_536) return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
  throw new InvalidArgumentError(`expected a host and port like 127.0.0.1:1502, got ${JSON.stringify(text)}`);
}

function unitId(text: string): number {
  const id = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (id >= 1 && id <= 247) return id;
  throw new InvalidArgumentError(`expected a unit id, 1 to 247, got ${JSON.stringify(text)}`);
}
