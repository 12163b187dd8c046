/**
 * link command: `tributary-simulate link`: a TCP link with faults in front of a collector, or of anything else.
 */
import type { Command } from "commander";
import { duration, MICROS_PER_SECOND, type Micros, micros } from "../../protocol/index.ts";
import { option, type SimulateCommand, type Surroundings, seedOption } from "../command.ts";
import { seededFractions } from "../waveforms/index.ts";
import { type Address, address, showAddress } from "./address.ts";
import { type AskedFaults, faultOption } from "./fault-option.ts";
import { FAULTS } from "./faults.ts";
import { type OpenLink, openLink } from "./link.ts";
import { loadScript, playScript } from "./script.ts";
import { countLine, eventLine, progressWords } from "./tell.ts";

interface LinkCommandOptions {
  readonly listen: Address;
  readonly to: Address;
  readonly seed: number;
  readonly fault: AskedFaults;
  readonly script?: string;
  readonly for?: Micros;
  readonly json: boolean;
}

const SECOND = micros(MICROS_PER_SECOND);

const HELP = `
Faults:
${Object.entries(FAULTS)
  .map(([name, about]) => `  ${name.padEnd(12)}${about}`)
  .join("\n")}
By chance (--fault cut=0.01): cut, reset and black_hole each second for each open connection; one_byte, refuse and double
for each new one. The others for the whole time. In a script each has its time.

A script (at = since the start; repeat = again every so often; chance = not every time):
  faults:
    - { at: 10s, for: 5s, fault: black_hole }
    - { at: 20s, repeat: 30s, chance: 0.5, fault: reset }
    - { at: 25s, for: 20s, fault: latency, latency: 300ms, jitter: 100ms }
    - { fault: throttle, rate: 2kB }

Examples:
  Half a second of delay in front of the collector; agents get mqtt://127.0.0.1:2883 as their collector:
    tributary-simulate link --listen 127.0.0.1:2883 --to 127.0.0.1:1883 --fault latency=500ms,jitter=100ms
  A bad day of mobile radio: slow, and every connection lasts 50 s on average:
    tributary-simulate link --listen 127.0.0.1:2883 --to 127.0.0.1:1883 --fault throttle=4kB --fault cut=0.02
  Faults at set times for ten minutes, with everything that happens as JSON:
    tributary-simulate link --listen 127.0.0.1:2883 --to 127.0.0.1:1883 --script faults.yaml --for 10m --json
  What crossed it so far, without ending it (PID = its process):
    kill -USR2 PID`;

export const linkCommand: SimulateCommand = {
  examples: [
    ["tributary-simulate link --listen 127.0.0.1:2883 --to 127.0.0.1:1883 --fault cut=0.02", "a bad link in front of a collector"],
  ],
  add(program: Command, surroundings: Surroundings): void {
    program
      .command("link")
      .description("a TCP link that delays, throttles, cuts, resets, goes silent or says things twice; counts the bytes both ways")
      .addOption(option("--listen <host:port>", "where clients connect; port 0 for any free one", address({ leastPort: 0 }), "127.0.0.1:0"))
      .addOption(option("--to <host:port>", "where it leads", address({ leastPort: 1 }), "127.0.0.1:1883"))
      .addOption(faultOption())
      .option("--script <file>", "faults at their times, from a YAML file")
      .addOption(seedOption("the same dice again"))
      .addOption(option("--for <duration>", "end after this time; without it at Ctrl-C", duration()))
      .option("--json", "one JSON object a line", false)
      .addHelpText("after", HELP)
      .action((options: LinkCommandOptions) => runLink(options, surroundings));
  },
};

async function runLink(options: LinkCommandOptions, surroundings: Surroundings): Promise<void> {
  const { listen, to, seed, json } = options;
  const { clock, stdout } = surroundings;
  const script = options.script === undefined ? [] : await loadScript(options.script);
  const ended = new AbortController();
  const stop = AbortSignal.any([surroundings.signal, ended.signal]);
  const fraction = seededFractions(seed);
  const link = await openLink({ listen, to, clock, fraction, chances: options.fault.chances });
  const opened = clock.monotonic();
  const since = () => micros(clock.monotonic() - opened);
  const tellCounts = () => void stdout.write(countLine(link.counts(), since(), json));
  stdout.write(listening(link.address, to, seed, json));
  for (const fault of options.fault.always) link.begin(fault);
  surroundings.onAsked?.(tellCounts);
  const end = options.for && clock.after("end of the link", options.for, () => ended.abort());
  const onEvent = (event: Parameters<typeof eventLine>[0]) => void stdout.write(eventLine(event, since(), json));
  try {
    await Promise.all([playScript(script, link, { clock, fraction, signal: stop, onEvent }), untilStopped(link, surroundings, stop)]);
  } finally {
    end?.cancel();
    await link.close();
    tellCounts();
  }
}

/** Says once a second how it goes, where somebody looks at it. */
async function untilStopped(link: OpenLink, { clock, stderr }: Surroundings, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await clock.sleep("words of the link", SECOND, stop).catch(() => undefined); // it was stopped: that is how it ends
    if (stderr.isTTY === true) stderr.write(`\r${stop.aborted ? "" : progressWords(link.counts(), link.faults())}\x1b[K`);
  }
}

function listening(at: Address, to: Address, seed: number, json: boolean): string {
  const [listens, leads] = [showAddress(at), showAddress(to)];
  if (json) return `${JSON.stringify({ event: "listening", address: listens, to: leads, seed })}\n`;
  return `Listening at ${listens}, leading to ${leads}, seed ${seed}. Give agents: collector: mqtt://${listens}\n`;
}
