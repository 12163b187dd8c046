/**
 * urgent: which pending batches hold an urgent reading, kept over restarts: they go first, and outside the window of
 * `send: { between: ... }` too.
 *
 * The list is a hint for the order of sending and nothing depends on it: a batch that is missing in it goes in its turn.
 */
import type { Answer } from "../../protocol/index.ts";
import { type BatchInfo, type BatchKey, INFO, type SpoolFile } from "./spool-file.ts";

/** The newest are kept; they are sent at once, so more pile up only where nobody answers for long. */
const MOST = 256;

export function markUrgent(spool: SpoolFile, sealed: readonly BatchInfo[]): BatchInfo[] {
  const urgent = sealed.filter(({ kind }) => kind === "data").map(({ epoch, seq }) => ({ epoch, seq }));
  if (urgent.length > 0) write(spool, [...listed(spool), ...urgent].slice(-MOST));
  return sealed.map((batch) => (batch.kind === "data" ? { ...batch, urgent: true } : batch));
}

export function unmarkUrgent(spool: SpoolFile, acked: readonly Pick<Answer, "epoch" | "seq">[]): void {
  const before = listed(spool);
  const left = before.filter((key) => !acked.some(({ epoch, seq }) => epoch === key.epoch && seq === key.seq));
  if (left.length < before.length) write(spool, left);
}

/** Those that still wait for their ack, oldest first. */
export function urgentPending(spool: SpoolFile): BatchInfo[] {
  const find = spool.db.prepare(`${INFO} WHERE e.epoch = ? AND b.seq = ? AND b.state = 0`);
  return listed(spool).flatMap(({ epoch, seq }) => {
    const found = find.get(epoch, seq) as BatchInfo | undefined;
    return found === undefined ? [] : [{ ...found, urgent: true }];
  });
}

function listed(spool: SpoolFile): readonly BatchKey[] {
  return spool.meta.json<readonly BatchKey[]>("urgent", []);
}

function write(spool: SpoolFile, keys: readonly BatchKey[]): void {
  spool.meta.set("urgent", JSON.stringify(keys));
}
