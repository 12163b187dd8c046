/**
 * live: the machine's agent goes on, and a line says how, until the time is over or the user ends it.
 */
import { type Clock, MICROS_PER_SECOND, type Micros, micros } from "../../protocol/index.ts";
import type { Children } from "./children.ts";
import { MACHINE } from "./configs.ts";
import type { Folder } from "./folder.ts";
import type { Questions } from "./questions.ts";
import { number, type Teller } from "./teller.ts";

const LOOK_AGAIN = micros(2 * MICROS_PER_SECOND);
const SELDOM = micros(10 * MICROS_PER_SECOND);

export interface LiveParts {
  readonly folder: Folder;
  readonly questions: Questions;
  readonly clock: Clock;
  readonly teller: Teller;
  readonly children: Children;
  readonly stop: AbortSignal;
  readonly signal: AbortSignal;
  readonly began: Micros;
  /** Of the monotonic clock; undefined = until `stop`. */
  readonly until: Micros | undefined;
}

/** @throws Fault `program_died`. */
export async function goLive({ folder, questions, clock, teller, stop, signal, began, until }: LiveParts): Promise<void> {
  const end = until === undefined ? "until Ctrl-C" : `until ${((until - began) / MICROS_PER_SECOND).toFixed(0)} s are over`;
  teller.say(`7. Live ${end}: this machine goes on. In another terminal, from the project's folder:`);
  teller.say(`   npx tributary-agent status --config ${folder.config("machine")}\n`);
  while (!stop.aborted && (until === undefined || clock.monotonic() < until)) {
    teller.progress(`   ${await words(questions, micros(clock.monotonic() - began))}`, SELDOM);
    const rest = until === undefined ? LOOK_AGAIN : Math.min(LOOK_AGAIN, Math.max(0, until - clock.monotonic()));
    await clock.sleep("the next line", micros(rest), signal).catch((error: unknown) => {
      if (error !== stop.reason) throw error; // the user's wish ends the pause, and the loop sees it
    });
  }
}

async function words(questions: Questions, elapsed: Micros): Promise<string> {
  const { account, spool, uplink } = await questions.agent("machine");
  const stored = (await questions.arrived()).get(MACHINE)?.stored ?? 0;
  const link = uplink.phase === "open" ? "" : `, no link (${uplink.trouble ?? "connecting"})`;
  return (
    `${(elapsed / MICROS_PER_SECOND).toFixed(0)} s: ${MACHINE} read ${number(account.read)}, sealed ${number(account.sealed)}, ` +
    `stored ${number(stored)}, waiting ${number(spool.pendingReadings)}${link}`
  );
}
