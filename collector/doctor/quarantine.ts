/**
 * quarantine: how much refused input waits, and for whom there is no more room.
 *
 * Beyond its quota an agent's refused readings are counted only, and a batch of it that cannot be read is not taken.
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

export const quarantine: Check<Patient> = {
  name: "quarantine",
  async examine({ running, file }) {
    const answers = await running;
    const entries = isFault(answers) ? await restingEntries(file, isStopped(answers)) : answers.about.quarantine;
    if (entries === undefined) return []; // the journal's check says why
    if (entries.length === 0) return [green("empty")];
    return [...Map.groupBy(entries, ({ agent }) => agent)].map(([agent, ofAgent]) => judge(agent, ofAgent));
  },
};

function judge(agent: string, entries: readonly Entry[]): Judgement {
  const total = entries.reduce((sum, { count }) => sum + count, 0);
  const reasons = entries.map(({ reason, count }) => `${reason} ${count}`).join(", ");
  const found = `${agent}: ${total} of at most ${QUARANTINE_ENTRIES} (${reasons})`;
  if (total >= QUARANTINE_ENTRIES) return red(`${found}: full, what is refused now is counted only`, LOOK);
  return total >= QUARANTINE_ENTRIES / 2 ? yellow(found, LOOK) : green(found);
}

async function restingEntries(file: string, isStopped: boolean): Promise<readonly Entry[] | undefined> {
  const header = await readDatabaseHeader(file);
  if (header === undefined || header.isTorn || header.logBytes > 0 || header.version !== JOURNAL_SCHEMA.steps.length || !isStopped)
    return undefined;
  return queryResting<Entry>(file, COUNTS);
}
