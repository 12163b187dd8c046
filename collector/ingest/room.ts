/**
 * room: is there room for what is accepted? Asked before each batch; disk and journal are looked at once a second.
 *
 * A disk that does not even answer has no room: batches are refused as busy and agents keep them, until it answers
 * again. What changes is said once.
 */
import { statfsSync } from "node:fs";
import { type Environment, MICROS_PER_SECOND } from "../../protocol/index.ts";
import { isDiskTrouble } from "./disk-trouble.ts";
import type { Journal } from "./journal.ts";

/** Less free than this, and nothing more is accepted: a commit must never be the thing that fills the disk. */
export const KEEP_FREE_BYTES = 64 * 1024 * 1024;
/** Bodies that wait for the store beyond this: agents are asked to wait. */
export const JOURNAL_QUOTA_BYTES = 256 * 1024 * 1024;
const CHECK_EVERY = MICROS_PER_SECOND;

/** @param folder of the data file. */
export function roomChecker(
  { clock, log }: Pick<Environment, "clock" | "log">,
  folder: string,
  journal: Pick<Journal, "waitingBytes">,
): () => boolean {
  let checkedAt = Number.NEGATIVE_INFINITY;
  let hasRoom = true;
  return () => {
    if (clock.monotonic() - checkedAt < CHECK_EVERY) return hasRoom;
    checkedAt = clock.monotonic();
    const trouble = troubleIn(folder, journal);
    if (hasRoom && trouble !== undefined) log.error(trouble, "no room: batches are refused as busy, agents keep them in their spools");
    if (!hasRoom && trouble === undefined) log.info({}, "there is room again");
    hasRoom = trouble === undefined;
    return hasRoom;
  };
}

/** What keeps more from being accepted, for the log. */
function troubleIn(folder: string, journal: Pick<Journal, "waitingBytes">): Readonly<Record<string, string | number>> | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    const [freeBytes, waitingBytes] = [bavail * bsize, journal.waitingBytes()];
    return freeBytes > KEEP_FREE_BYTES && waitingBytes < JOURNAL_QUOTA_BYTES ? undefined : { freeBytes, waitingBytes };
  } catch (error) {
    if (!isDiskTrouble(error) && !isSystemError(error)) throw error;
    return { code: error.code, folder };
  }
}

/** Of a call to the operating system. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return error instanceof Error && "syscall" in error && "code" in error;
}
