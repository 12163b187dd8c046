/**
 * account: both sides of the account held against each other, and against what the week must come to.
 *
 * Nothing that a program says about its own balance is believed: the sums are made again here.
 */
import { type Clock, imbalance, MICROS_PER_MS, MICROS_PER_SECOND, micros, NO_TOTALS, type Totals } from "../../protocol/index.ts";
import { GREENHOUSE, MACHINE, WEEK } from "./configs.ts";
import type { Arrived, Questions } from "./questions.ts";
import { number } from "./teller.ts";

export interface AgentAccount {
  readonly agent: string;
  readonly atAgent: Totals;
  /** Sealed and not acknowledged. */
  readonly pending: number;
  readonly atCollector: Arrived;
}

export interface Account {
  readonly agents: readonly AgentAccount[];
  /** What does not balance, a sentence each; none = all is well. */
  readonly problems: readonly string[];
}

const PATIENCE = micros(30 * MICROS_PER_SECOND);
const LOOK_AGAIN = micros(100 * MICROS_PER_MS);

/**
 * The account at a moment at which nothing is between the two sides: what is sealed has arrived. The machine's agent
 * goes on meanwhile, so that moment is waited for; one that does not come leaves its problem in the account.
 */
export async function takeAccount(questions: Questions, clock: Clock, signal: AbortSignal): Promise<Account> {
  const given = clock.monotonic() + PATIENCE;
  let agents = await look(questions);
  while (!agents.every(isSettled) && clock.monotonic() < given) {
    await clock.sleep("readings that are under way", LOOK_AGAIN, signal);
    agents = await look(questions);
  }
  const refusals = await Promise.all(agents.map(({ agent }) => refusalProblems(agent, questions)));
  return { agents, problems: [...agents.flatMap(problemsOf), ...refusals.flat(), ...(await weekProblems(agents, questions))] };
}

async function look(questions: Questions): Promise<AgentAccount[]> {
  const answers = [
    { agent: MACHINE, answer: await questions.agent("machine") },
    { agent: GREENHOUSE, answer: await questions.agent("greenhouse") },
  ];
  const arrived = await questions.arrived();
  return answers.map(({ agent, answer: { account, spool } }) => ({
    agent,
    atAgent: account,
    pending: spool.pendingReadings,
    atCollector: arrived.get(agent) ?? nothingArrived(agent),
  }));
}

function isSettled({ atAgent, pending, atCollector }: AgentAccount): boolean {
  return atAgent.sealed > 0 && pending === 0 && atCollector.received === atAgent.sealed && atCollector.waiting === 0;
}

/** What does not add up for one agent, or is not where it should be. */
export function problemsOf({ agent, atAgent, pending, atCollector }: AgentAccount): string[] {
  const { received, stored, duplicate, conflict, quarantined, waiting, lost, missingBatches, balanced } = atCollector;
  const left = imbalance(atAgent);
  const unsorted = received - (stored + duplicate + conflict + quarantined + waiting);
  const lostCount = Object.values(lost).reduce((total, count) => total + count, 0);
  const checks: readonly [boolean, string][] = [
    [left === 0, `the agent's account does not add up: ${number(left)} readings too many or too few`],
    [unsorted === 0, `the collector's account does not add up: ${number(unsorted)} readings arrived and ended nowhere`],
    [balanced, "the collector says that its account of this agent does not balance"],
    [pending === 0, `${number(pending)} sealed readings are not acknowledged`],
    [received === atAgent.sealed, `${number(atAgent.sealed)} readings were sealed, ${number(received)} arrived`],
    [stored === atAgent.sealed, `${number(atAgent.sealed)} readings were sealed, ${number(stored)} are stored`],
    [atAgent.sealed > 0, "nothing was sealed"],
    [atAgent.dropped === 0, `the agent gave up ${number(atAgent.dropped)} readings`],
    [lostCount === 0, `the agent declared ${number(lostCount)} sealed readings lost`],
    [missingBatches === 0, `${number(missingBatches)} batches never arrived`],
  ];
  return checks.filter(([holds]) => !holds).map(([, sentence]) => `${agent}: ${sentence}`);
}

async function refusalProblems(agent: string, questions: Questions): Promise<string[]> {
  const refusals = await questions.refusals(agent);
  return refusals.length === 0 ? [] : [`${agent}: the collector refused some and keeps them in quarantine: ${refusals.join(", ")}`];
}

/** The week has a size that is known beforehand. */
async function weekProblems(agents: readonly AgentAccount[], questions: Questions): Promise<string[]> {
  const problems: string[] = [];
  const read = agents.find(({ agent }) => agent === GREENHOUSE)?.atAgent.read ?? 0;
  if (read !== WEEK.readings) problems.push(`${GREENHOUSE}: the week has ${number(WEEK.readings)} readings, ${number(read)} were read`);
  const reported = await questions.reported();
  for (const series of WEEK.complete) {
    const count = reported.get(series) ?? 0;
    if (count !== WEEK.samples)
      problems.push(`${series}: the week has ${number(WEEK.samples)} readings, its hourly report counts ${number(count)}`);
  }
  return problems;
}

function nothingArrived(agent: string): Arrived {
  const { sealed: none } = NO_TOTALS;
  return {
    agent,
    received: none,
    stored: none,
    duplicate: none,
    conflict: none,
    quarantined: none,
    waiting: none,
    lost: {},
    missingBatches: none,
    balanced: true,
  };
}
