/**
 * demo: the story in its order: a collector, this machine, a greenhouse's week, the reports, the account, live.
 *
 * It uses the programs as a user would: config files, commands, control sockets. Whatever happens, the programs
 * it started are stopped before it returns or throws.
 */
import fs from "node:fs/promises";
import { type Clock, MICROS_PER_MS, MICROS_PER_SECOND, type Micros, micros } from "../../protocol/index.ts";
import { type Account, takeAccount } from "./account.ts";
import { accountTable, verdict } from "./account-words.ts";
import { askCollector, Children } from "./children.ts";
import { collectorConfig, GREENHOUSE, greenhouseConfig, MACHINE, machineConfig, thermalZones, WEEK } from "./configs.ts";
import type { Folder } from "./folder.ts";
import { goLive } from "./live.ts";
import { Questions } from "./questions.ts";
import { number, type Teller } from "./teller.ts";
import { awaitWeek } from "./week.ts";

const FIRST_READINGS = micros(20 * MICROS_PER_SECOND);
const LOOK_AGAIN = micros(100 * MICROS_PER_MS);

export interface DemoParts {
  readonly folder: Folder;
  /** How long from the start, if the week is through by then; undefined = until `stop`. */
  readonly span: Micros | undefined;
  readonly clock: Clock;
  /** Ends the live part; before it, it is thrown. */
  readonly stop: AbortSignal;
  readonly teller: Teller;
}

export interface DemoResult extends Account {
  readonly folder: string;
  /** The account adds up, the week is complete, and all programs stopped in order. */
  readonly balanced: boolean;
  readonly weekSeconds: number;
}

/** The parts, and what the story needs of them once the programs exist. */
interface Stage extends DemoParts {
  readonly children: Children;
  readonly questions: Questions;
  /** The user's stop, or the death of a program. */
  readonly signal: AbortSignal;
  readonly began: Micros;
}

/** @throws Fault of whatever went wrong; the reason of `stop` where it came before the account. */
export async function playDemo(parts: DemoParts): Promise<DemoResult> {
  const { folder, clock, stop, teller } = parts;
  const children = new Children(folder, clock);
  const signal = AbortSignal.any([stop, children.signal]);
  const stage = { ...parts, children, signal, questions: new Questions(folder, clock, children.signal), began: clock.monotonic() };
  teller.say(`Everything of this demo is in ${folder.path}; it writes nowhere else.\n`);
  let played: { readonly account: Account; readonly weekSeconds: number };
  let disorders: readonly string[] = [];
  try {
    played = await play(stage);
  } finally {
    disorders = await children.stop();
  }
  teller.say("\nStopped: both agents, then the collector.");
  const problems = [...played.account.problems, ...disorders];
  const account = { ...played.account, problems };
  teller.say(`${verdict(account)}\n\n${afterwards(folder)}`);
  return { ...account, folder: folder.path, balanced: problems.length === 0, weekSeconds: played.weekSeconds };
}

async function play(stage: Stage): Promise<{ account: Account; weekSeconds: number }> {
  const { teller, questions, clock, signal, span, began } = stage;
  const address = await startCollector(stage);
  await startMachine(stage, address);
  const weekSeconds = await replayWeek(stage, address);
  await awaitMachine(stage);
  let account = await takeAccount(questions, clock, signal);
  await showReports(stage);
  teller.say(`6. The account: what became of every reading.\n\n${accountTable(account)}\n\n${verdict(account)}\n`);
  const until = span === undefined ? undefined : micros(began + span);
  if (until === undefined || clock.monotonic() < until) {
    await goLive({ ...stage, until });
    account = await takeAccount(questions, clock, stage.children.signal);
    teller.say(`\nThe account at the end:\n\n${accountTable(account)}`);
  }
  return { account, weekSeconds };
}

/** @returns its address. Its config then gets the port it found, so that it comes back there when it is started again. */
async function startCollector({ folder, children, questions, teller }: Stage): Promise<string> {
  const file = folder.config("collector");
  await fs.writeFile(file, collectorConfig("127.0.0.1:0"));
  const pid = await children.start("collector");
  const address = await questions.address();
  await fs.writeFile(file, collectorConfig(address.replace("mqtt://", "")));
  teller.say(`1. A collector takes readings at ${address} (collector.yaml, process ${pid}).`);
  return address;
}

async function startMachine({ folder, children, questions, teller }: Stage, address: string): Promise<void> {
  const zones = await thermalZones();
  await fs.writeFile(folder.config("machine"), machineConfig(address, zones));
  const pid = await children.start("machine");
  await questions.agent("machine");
  const temperatures = zones.length === 0 ? "no temperature, for this kernel shows none" : `${zones.length} temperatures`;
  teller.say(
    `2. An agent reads this machine every second and sends every 2 s: load, processor, memory, disk; ${temperatures}\n   (machine.yaml, process ${pid}).`,
  );
}

/** @returns how many seconds it took. */
async function replayWeek(stage: Stage, address: string): Promise<number> {
  const { folder, children, teller, clock } = stage;
  await fs.writeFile(folder.config("greenhouse"), greenhouseConfig(address));
  const began = clock.monotonic();
  const pid = await children.start("greenhouse");
  teller.say(
    `3. An agent replays a greenhouse's last seven days as fast as it goes: ${number(WEEK.samples)} samples of five channels,\n` +
      `   ${number(WEEK.readings)} readings (greenhouse.yaml, process ${pid}).`,
  );
  const seconds = (await awaitWeek({ ...stage, began })) / MICROS_PER_SECOND;
  teller.say(
    `   The week is through: ${number(WEEK.readings)} readings in ${seconds.toFixed(1)} s, ${number(WEEK.readings / seconds)} a second, from the\n` +
      "   start of the process to the collector's last acknowledgement.",
  );
  return seconds;
}

/** The processor's share leaves in summaries of 5 s: a moment later than the rest. A sensor that says nothing is not waited for. */
async function awaitMachine({ questions, clock, signal }: Stage): Promise<void> {
  const given = clock.monotonic() + FIRST_READINGS;
  while (!(await questions.isComplete(`${MACHINE}/system`)) && clock.monotonic() < given) {
    await clock.sleep("first readings of the machine", LOOK_AGAIN, signal);
  }
}

async function showReports({ folder, signal, teller }: Stage): Promise<void> {
  const report = (...asked: string[]) => askCollector(["report", "hourly", "--config", folder.config("collector"), ...asked], signal);
  teller.say(`\n4. The hourly report of this machine:\n\n${indented(await report("--series", MACHINE))}\n`);
  teller.say(
    `5. The hourly report of the greenhouse, one series of five, the last 24 hours ("late": it arrived long after its hour had ended):\n\n` +
      `${indented(await report("--series", `${GREENHOUSE}/air/temperature`, "--last", "24h"))}\n`,
  );
}

function indented(text: string): string {
  return text.trimEnd().replaceAll(/^(?=.)/gm, "   ");
}

function afterwards({ path, config }: Folder): string {
  return `To look around (from the project's folder):
  npx tributary-collector report hourly --config ${config("collector")} --series ${GREENHOUSE} --last 7d
  npx tributary-agent check --config ${config("greenhouse")}
To go on where it stopped:
  npx tributary-collector run --config ${config("collector")}
  npx tributary-agent run --config ${config("machine")}
Nothing needs it any more when you do not: rm -r ${path}`;
}
