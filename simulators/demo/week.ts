/**
 * week: waits until the greenhouse's week is on the other side, and says how it goes.
 */
import { type Clock, Fault, MICROS_PER_MS, MICROS_PER_SECOND, type Micros, micros } from "../../protocol/index.ts";
import { WEEK } from "./configs.ts";
import type { AgentAnswer, Questions } from "./questions.ts";
import { number, type Teller } from "./teller.ts";

const LOOK_AGAIN = micros(250 * MICROS_PER_MS);
const SELDOM = micros(2 * MICROS_PER_SECOND);
const STALLED_AFTER = micros(60 * MICROS_PER_SECOND);

export interface WeekParts {
  readonly questions: Questions;
  readonly clock: Clock;
  readonly teller: Teller;
  readonly signal: AbortSignal;
  /** Of the monotonic clock: when the agent was started. */
  readonly began: Micros;
}

/** @returns how long it took from the start of the agent to the last ack. @throws Fault `week_stalled`. */
export async function awaitWeek({ questions, clock, teller, signal, began }: WeekParts): Promise<Micros> {
  let movedAt = clock.monotonic();
  let before = "";
  for (;;) {
    const answer = await questions.agent("greenhouse");
    const now = clock.monotonic();
    if (answer.idle && answer.account.read > 0) return micros(now - began);
    const state = `${answer.account.read} ${answer.account.sealed} ${answer.spool.pendingReadings}`;
    if (state !== before) movedAt = now;
    before = state;
    if (now - movedAt > STALLED_AFTER) throw stalled(answer);
    teller.progress(`   ${words(answer, micros(now - began))}`, SELDOM);
    await clock.sleep("the week", LOOK_AGAIN, signal);
  }
}

function words({ account, spool }: AgentAnswer, elapsed: Micros): string {
  const rate = account.read / (elapsed / MICROS_PER_SECOND);
  const arrived = account.sealed - spool.pendingReadings;
  return `${number(account.read)} of ${number(WEEK.readings)} read, ${number(account.sealed)} sealed, ${number(arrived)} acknowledged, ${number(rate)} readings/s`;
}

function stalled({ account, spool, uplink, sensors }: AgentAnswer): Fault {
  const troubles = [uplink.trouble, ...sensors.map(({ fault }) => fault?.message)].filter((trouble) => trouble !== undefined);
  return new Fault(
    "week_stalled",
    `greenhouse: expected the week to go on, but nothing moved for 60 s (${number(account.read)} read, ` +
      `${number(spool.pendingReadings)} sealed and not acknowledged${troubles.map((trouble) => `; ${trouble}`).join("")})`,
    { hint: "read greenhouse.log and collector.log in the demo's folder" },
  );
}
