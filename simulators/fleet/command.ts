/**
 * command: `tributary-simulate fleet`: thousands of agents that send to a collector as real ones do, and a check at the
 * end that each of their readings is stored once.
 */
import type { Command } from "commander";
import { z } from "zod";
import { DEFAULT_PREFIX, duration, isName, micros, topicPrefix } from "../../protocol/index.ts";
import { option, type SimulateCommand, type Surroundings, seedOption } from "../command.ts";
import { PROFILE_NAMES } from "../waveforms/index.ts";
import type { FleetOptions } from "./options.ts";

const HELP = `
Every agent is one MQTT connection of its own and uses a real agent's uplink and codec; its spool is in memory. At the
end all that was sent is looked for in what the collector stored, reading by reading, and held against its account.
Ctrl-C ends the sending early: what was sent is still waited for, and checked.

Examples:
  Two hundred agents for half a minute, at a collector of this machine with its data in ./tributary-data:
    tributary-simulate fleet --agents 200 --for 30s
  As many as a collector is made for, a batch every ten seconds each:
    tributary-simulate fleet --agents 10000 --every 10s --ramp 60s --for 3m
  At the service of this machine:
    tributary-simulate fleet --agents 200 --ask /run/tributary/collector.sock
  At a collector elsewhere:
    tributary-simulate fleet --collector mqtt://collector.local:1883 --ask http://collector.local:8480 --token-file token
  For another program: a JSON object a line, progress each second, the result last:
    tributary-simulate fleet --agents 200 --for 30s --json

Exit code 1 where anything is missing, there twice, or other than it was sent.`;

export const fleetCommand: SimulateCommand = {
  examples: [["tributary-simulate fleet --agents 200 --for 30s", "200 agents send to a collector, then it is checked"]],
  add: addFleet,
};

function addFleet(program: Command, surroundings: Surroundings): void {
  program
    .command("fleet")
    .description("many agents at once over real MQTT, checked to the last reading")
    .addOption(option("--agents <count>", "how many, each with a connection of its own", count(100_000), "100"))
    .addOption(option("--every <duration>", "time between two batches of an agent", duration({ least: micros(100_000) }), "10s"))
    .addOption(option("--readings <count>", "readings of each channel in a batch", count(500), "2"))
    .addOption(option("--ramp <duration>", "until the last agent is started", duration(), "10s"))
    .addOption(option("--for <duration>", "how long all of them send", duration(), "1m"))
    .addOption(option("--patience <duration>", "how long acks are waited for at the end", duration(), "2m"))
    .option("--collector <url>", "where they send to", "mqtt://127.0.0.1:1883")
    .addOption(option("--prefix <topics>", "of the topics, as the collector has it", topicPrefix(), DEFAULT_PREFIX))
    .addOption(option("--profile <name>", `sensor of each: ${PROFILE_NAMES.join(", ")}`, z.enum(PROFILE_NAMES), "greenhouse"))
    .addOption(seedOption())
    .addOption(option("--name <name>", "what agents are called: fleet makes fleet-00001 and so on", fleetName(), "fleet"))
    .option("--ask <address>", "whom to ask at the end: the collector's control socket, or its URL", "tributary-data/collector.sock")
    .option("--token-file <file>", "file with a token for the URL")
    .option("--no-check", "do not ask: only wait until everything is acked")
    .option("--json", "one JSON object a line: progress, then the result", false)
    .addHelpText("after", HELP)
    .action(async (options: FleetOptions) => {
      const { simulateFleet } = await import("./simulate-fleet.ts");
      await simulateFleet(options, surroundings, program.version() ?? "");
    });
}

function count(most: number) {
  const expected = `expected a whole number from 1 to ${most}`;
  return z.string().transform((text, context): number => {
    const number = /^\d{1,7}$/.test(text) ? Number(text) : 0;
    if (number >= 1 && number <= most) return number;
    context.addIssue({ code: "custom", message: `${expected}, got ${JSON.stringify(text)}` });
    return z.NEVER;
  });
}

/** Room for a dash and the number has to be left. */
function fleetName() {
  return z.string().refine((text) => isName(text) && text.length <= 30, 'expected a name like "fleet", of at most 30 characters');
}
