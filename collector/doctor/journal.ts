/**
 * journal: is the data file whole, and is the store close behind the journal?
 *
 * What waits between the two is acked and durable, and in no report yet. The file of a stopped collector is read as it
 * lies there; with a log beside it (`-wal`) it was killed, or runs for another user: then its header alone is read.
 */
import {
  type Check,
  green,
  isFault,
  isStopped,
  type Judgement,
  judgeLog,
  judgeOtherVersion,
  queryResting,
  readDatabaseHeader,
  red,
  showSize,
  yellow,
} from "../../protocol/index.ts";
import { JOURNAL_QUOTA_BYTES } from "../ingest/room.ts";
import { JOURNAL_SCHEMA } from "../ingest/schema.ts";
import type { Patient } from "./patient.ts";

const NEWEST = JOURNAL_SCHEMA.steps.length;
/** A store that is this far behind does not keep up. */
const BEHIND_BYTES = JOURNAL_QUOTA_BYTES / 8;
const KEEPS_UP = "is the disk slow or full? iostat -x 1 3; df -h; the collector's log: journalctl -u tributary-collector -n 50";
const WAITING = "SELECT COALESCE(SUM(LENGTH(body)), 0) AS bytes FROM ledger WHERE loaded = 0";

export const journal: Check<Patient> = {
  name: "journal",
  async examine({ file, running, start }) {
    const answers = await running;
    if (!isFault(answers)) return [judgeWaiting(answers.about.waiting_bytes)];
    const header = await readDatabaseHeader(file);
    if (header === undefined) return [green(`${file}: none yet, it is made at the first start`)];
    if (header.isTorn) return [red(`${file}: shorter than it says it is: its end is lost`, "keep a copy of it, and restore a backup")];
    if (header.logBytes > 0 || !isStopped(answers)) return [judgeLog(file, header, "collector", isStopped(answers) ? start : answers.hint)];
    if (header.version !== NEWEST) return [judgeOtherVersion(file, header, NEWEST, "collector")];
    const [waiting] = await queryResting<{ readonly bytes: number }>(file, WAITING);
    return [green(`${file}, opened for reading: ${showSize(header.bytes)}, version ${header.version}`), judgeWaiting(waiting?.bytes ?? 0)];
  },
};

function judgeWaiting(bytes: number): Judgement {
  if (bytes === 0) return green("the store has all that the journal has");
  const found = `${showSize(bytes)} wait in the journal for the store; at ${showSize(JOURNAL_QUOTA_BYTES)} agents are asked to wait`;
  if (bytes >= JOURNAL_QUOTA_BYTES) return red(found, KEEPS_UP);
  return bytes >= BEHIND_BYTES ? yellow(found, KEEPS_UP) : green(found);
}
