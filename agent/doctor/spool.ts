/**
 * spool: is the file whole, and what waits in it?
 *
 * A running agent is asked; of a stopped one the file is read as it lies there, and no trace is left beside it. A
 * log that still waits beside the file (`-wal`) means that the agent was killed, or runs for another user: then what
 * is in the file alone is old, and only its header is looked at.
 */
import {
  type Check,
  type DatabaseHeader,
  Fault,
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
import { SPOOL_SCHEMA } from "../spool/schema.ts";
import { type Patient, remedyOf } from "./patient.ts";

/** A file of this size is checked whole in about a second, even on a card. */
const SMALL_BYTES = 16 * 1024 * 1024;
const NEWEST = SPOOL_SCHEMA.steps.length;
const KEEP_IT = "start the agent: it moves a damaged spool aside, takes over what can be read, and goes on";

interface Contents {
  readonly batches: number;
  readonly readings: number;
  readonly open: number;
  readonly damaged: number;
}

const CONTENTS = `SELECT
  (SELECT COUNT(*) FROM batch WHERE state = 0) AS batches,
  (SELECT COALESCE(SUM(count), 0) FROM batch WHERE state = 0) AS readings,
  (SELECT COALESCE(SUM(count), 0) FROM journal) AS open,
  (SELECT COUNT(*) FROM batch WHERE state = 2) AS damaged`;

export const spool: Check<Patient> = {
  name: "spool",
  async examine({ config, running, start }) {
    const { path } = config.spool;
    const status = await running;
    if (!isFault(status)) {
      const { usedBytes, pendingReadings, open } = status.spool;
      if (status.dropping !== undefined) return [red(`readings are being dropped: ${status.dropping.message}`, status.dropping.hint)];
      return [green(`${path}: ${showSize(usedBytes)}, ${open} open readings, ${pendingReadings} sealed and not acked`)];
    }
    const header = await readDatabaseHeader(path);
    if (header === undefined) return [green(`${path}: none yet, it is made at the first start`)];
    if (header.isTorn) return [red(`${path}: shorter than it says it is (${showSize(header.bytes)}): its end is lost`, KEEP_IT)];
    if (header.logBytes > 0 || !isStopped(status)) return [judgeLog(path, header, "agent", remedyOf(status, start))];
    if (header.version !== NEWEST) return [judgeOtherVersion(path, header, NEWEST, "agent")];
    return judgeContents(path, header);
  },
};

async function judgeContents(path: string, { bytes, version }: DatabaseHeader): Promise<readonly Judgement[]> {
  const [contents] = await queryResting<Contents>(path, CONTENTS);
  if (contents === undefined) throw new Fault("database_damaged", `${path}: expected an answer, got none`, { hint: KEEP_IT });
  const { batches, readings, open, damaged } = contents;
  const judgements: Judgement[] = [];
  const about = `${path}, opened for reading: ${showSize(bytes)}, version ${version}, ${open} open readings, ${readings} sealed and not acked (batches: ${batches})`;
  const isChecked = bytes <= SMALL_BYTES;
  const [verdict] = isChecked ? await queryResting<{ readonly integrity_check: string }>(path, "PRAGMA integrity_check(1)") : [];
  if (verdict !== undefined && verdict.integrity_check !== "ok") return [red(`${path}: damaged: ${verdict.integrity_check}`, KEEP_IT)];
  judgements.push(green(`${about}; ${isChecked ? "checked whole" : "too big to be checked whole in a moment"}`));
  if (damaged > 0)
    judgements.push(
      yellow(`damaged batches: ${damaged}; they are declared lost`, "is the card failing? dmesg | grep -i -E 'mmc|i/o error'"),
    );
  return judgements;
}
