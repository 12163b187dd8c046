/**
 * quarantine: how much refused input waits, whether it is more than a stray reading, and for whom there is no more room.
 *
 * Readings of the future and contradictions are odd from the first one on: a clock or a name is wrong. The rest is
 * odd where it is a notable share of what the agent sent. Beyond its quota an agent's refused readings are counted
 * only, and a batch of it that cannot be read is not taken.
 */
import {
  type Check,
  green,
  isFault,
  isStopped,
  type Judgement,
  queryResting,
  readDatabaseHeader,
  red,
  yellow,
} from "../../protocol/index.ts";
import type { AgentAccount } from "../ingest/account.ts";
import { QUARANTINE_ENTRIES } from "../ingest/quarantine.ts";
import { JOURNAL_SCHEMA } from "../ingest/schema.ts";
import type { Patient } from "./patient.ts";

interface Entry {
  readonly agent: string;
  readonly reason: string;
  readonly count: number;
}

const COUNTS = "SELECT agent, reason, COUNT(*) AS count FROM quarantine GROUP BY agent, reason ORDER BY agent, reason";
const LOOK = "tributary-collector status; then mend the sensor, or widen its rule in the config";
/** By reason, what is odd from the first reading on, and what to do. */
const ODD: Readonly<Record<string, string>> = {
  future: "its clock is ahead of this one: compare both machines: timedatectl; date -u",
  conflict: "one instant came with two values: does another agent have this name, or was a file replayed that had changed?",
};
/** Of what arrived; below it are the stray readings that any rule is there for. */
const NOTABLE_SHARE = 0.01;

export const quarantine: Check<Patient> = {
  name: "quarantine",
  async examine({ running, file }) {
    const answers = await running;
    const entries = isFault(answers) ? await restingEntries(file, isStopped(answers)) : answers.about.quarantine;
    if (entries === undefined) return []; // the journal's check says why
    if (entries.length === 0) return [green("empty")];
    const accounts = new Map(isFault(answers) ? [] : answers.accounts.map((account) => [account.agent, account]));
    return [...Map.groupBy(entries, ({ agent }) => agent)].map(([agent, ofAgent]) => judge(agent, ofAgent, accounts.get(agent)));
  },
};

function judge(agent: string, entries: readonly Entry[], account: AgentAccount | undefined): Judgement {
  const total = entries.reduce((sum, { count }) => sum + count, 0);
  const reasons = entries.map(({ reason, count }) => `${reason} ${count}`).join(", ");
  const share = refusedShare(account);
  const ofAll = share === undefined ? "" : `; ${showShare(share)} of all it sent`;
  const found = `${agent}: ${total} of at most ${QUARANTINE_ENTRIES} (${reasons})${ofAll}`;
  const odd = entries.map(({ reason }) => ODD[reason]).find((hint) => hint !== undefined);
  if (total >= QUARANTINE_ENTRIES) return red(`${found}: full, what is refused now is counted only`, odd ?? LOOK);
  const isMuch = total >= QUARANTINE_ENTRIES / 2 || (share ?? 0) >= NOTABLE_SHARE;
  return odd !== undefined || isMuch ? yellow(found, odd ?? LOOK) : green(found);
}

/** undefined where nobody answers, or nothing arrived. */
function refusedShare(account: AgentAccount | undefined): number | undefined {
  return account === undefined || account.received === 0 ? undefined : (account.quarantined + account.conflict) / account.received;
}

function showShare(share: number): string {
  return share < 0.001 ? "less than 0.1 %" : `${Number((share * 100).toFixed(1))} %`;
}

async function restingEntries(file: string, isStopped: boolean): Promise<readonly Entry[] | undefined> {
  const header = await readDatabaseHeader(file);
  if (header === undefined || header.isTorn || header.logBytes > 0 || header.version !== JOURNAL_SCHEMA.steps.length || !isStopped)
    return undefined;
  return queryResting<Entry>(file, COUNTS);
}
