/**
 * simulate-fleet: one run of a fleet from the questions before it to the result behind it.
 */
import { readFile } from "node:fs/promises";
import { collectorAddress } from "../../agent/index.ts";
import { Fault, MICROS_PER_SECOND, micros } from "../../protocol/index.ts";
import type { Surroundings } from "../command.ts";
import { profileOf } from "../waveforms/index.ts";
import { checkFleet, type FleetCheck } from "./check.ts";
import { type Account, type CollectorAnswers, collectorAt } from "./collector-answers.ts";
import { Fleet } from "./fleet.ts";
import { checkOpenFiles } from "./open-files.ts";
import type { FleetOptions } from "./options.ts";
import { type FleetResult, progressLine, resultTable } from "./result.ts";

/** As the protocol has it: a hello names software in so many characters. */
const LONGEST_SOFTWARE = 40;

/** @throws Fault `not_balanced`, `too_few_open_files`, `bad_collector`, and those of asking the collector. */
export async function simulateFleet(options: FleetOptions, surroundings: Surroundings, version: string): Promise<void> {
  const { clock, random, signal, stdout, stderr } = surroundings;
  checkOpenFiles(options.agents);
  const url = urlOf(options.collector);
  const collector = options.check ? collectorAt(options.ask, await tokenOf(options.tokenFile)) : undefined;
  const before = await askFirst(collector, options.ask);
  const fleet = new Fleet({ ...options, url, software: `simulated ${version}`.slice(0, LONGEST_SOFTWARE) }, clock, random);
  const began = clock.monotonic();
  const show = teller(options.json, surroundings);
  // Whoever reads it may go away: then it ends as at Ctrl-C.
  const unread = new AbortController();
  stdout.once("error", () => unread.abort());
  await fleet.run(options.patience, AbortSignal.any([signal, unread.signal]), (status) =>
    show({ event: "progress", ...status }, progressLine(status)),
  );
  const { phase: _phase, ...status } = fleet.status();
  await fleet.stop();
  const check = collector === undefined ? null : await checked(fleet, options, collector, before, show);
  const used = process.cpuUsage();
  const result: FleetResult = {
    event: "result",
    agents: options.agents,
    ...status,
    troubles: fleet.troubles,
    rss_mb: process.memoryUsage.rss() / 2 ** 20,
    cpu_percent: (100 * (used.user + used.system)) / micros(clock.monotonic() - began),
    check,
    balanced: status.waiting_batches === 0 && (check?.balanced ?? true),
  };
  if (stderr.isTTY === true) stderr.write("\r\x1b[K");
  stdout.write(options.json ? `${JSON.stringify(result)}\n` : resultTable(result));
  if (!result.balanced) throw notBalanced(result, options);
}

function urlOf(collector: string): string {
  const address = collectorAddress().safeParse(collector);
  if (address.success) return address.data.url;
  throw new Fault("bad_collector", `--collector ${collector}: ${address.error.issues.map(({ message }) => message).join("; ")}`);
}

async function tokenOf(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new Fault("token_unreadable", `--token-file ${file}: expected a file with a token, got ${cause.code}`, { cause });
  });
  return text.trim();
}

/** A collector that will not answer is found out before the run, not behind it. */
async function askFirst(collector: CollectorAnswers | undefined, ask: string): Promise<ReadonlyMap<string, Account>> {
  try {
    return (await collector?.accounts()) ?? new Map();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Fault(error.code, error.message, {
      cause: error,
      hint: `--ask names the collector's control socket or URL, now ${ask}; --no-check sends without asking anybody`,
    });
  }
}

async function checked(
  fleet: Fleet,
  { name, profile }: FleetOptions,
  collector: CollectorAnswers,
  before: ReadonlyMap<string, Account>,
  show: Show,
): Promise<FleetCheck> {
  const channels = profileOf(profile).channels.map((channel) => channel.name);
  const tell = (rows: number) => show({ event: "check", rows }, `checking: ${rows.toLocaleString("en")} stored readings looked at`);
  return checkFleet(fleet, name, channels, collector, before, tell);
}

type Show = (event: object, words: string) => void;

/** Progress: a line for a program, or one that is written over for somebody who looks at it. */
function teller(json: boolean, { stdout, stderr }: Surroundings): Show {
  return (event, words) => {
    if (json) stdout.write(`${JSON.stringify(event)}\n`);
    if (stderr.isTTY === true) stderr.write(`\r${words}\x1b[K`);
  };
}

function notBalanced({ waiting_batches, check }: FleetResult, { patience }: FleetOptions): Fault {
  const late = waiting_batches > 0 ? [`${waiting_batches} batches were not acked within ${patience / MICROS_PER_SECOND} s`] : [];
  const wrong = check?.balanced === false ? ["what the collector has is not what was sent", ...check.examples] : [];
  return new Fault("not_balanced", [...late, ...wrong].join("\n  "), {
    hint: "tributary-collector status tells what it refused; its log tells why",
  });
}
