/**
 * reconcile: the spool held against what the collector says it has (rule 7).
 *
 * Ranges never mark anything as acked. They do three things: an acked batch that is missing there is pending
 * again; one that is neither here nor there becomes a gap; a seq there that this spool never sealed means that
 * the spool was rolled back under us, and a new epoch begins at once. So it does where the collector found the same by
 * the fork token (rule 8). The next token is kept in the same transaction, before anything is sent on this connection.
 */
import {
  decodeGaps,
  type EpochId,
  type Gap,
  type HelloAck,
  isFault,
  LIMITS,
  openBody,
  parseBatch,
  type SeqRange,
} from "../../protocol/index.ts";
import { ACKED, type BatchInfo, DAMAGED, INFO, type SpoolFile } from "./spool-file.ts";

export interface Reconciled {
  /** Acked batches that are pending again. */
  readonly rewound: readonly BatchInfo[];
  /** Gap batches sealed for what nobody has. */
  readonly gaps: readonly BatchInfo[];
  /** The collector has a seq of the current epoch that this spool never sealed, or knows by its token that it is an old one. */
  readonly rolledBack: boolean;
}

/** More missing seqs than this are declared at the next hello. */
const MOST_GAPS = LIMITS.gapsPerBatch;

export type Greeting = Pick<HelloAck, "epochs" | "token" | "standing">;

export function reconcile(spool: SpoolFile, { epochs: theirs, token, standing }: Greeting, now: number): Reconciled {
  return spool.transaction(() => {
    if (token !== "") spool.meta.set("token", token);
    const current = spool.epochs.current().epoch;
    const rewound: BatchInfo[] = [];
    const nowhere: Gap[] = [];
    const isDeclared = declaredGaps(spool);
    let rolledBack = standing === "rolled_back";
    for (const own of spool.epochs.all()) {
      const ranges = theirs.find((entry) => entry.epoch === own.epoch)?.ranges;
      if (ranges === undefined) continue;
      if (own.epoch === current && (ranges.at(-1)?.[1] ?? 0) > own.sealed) rolledBack = true;
      const reason = own.origin === "damaged" ? "corrupt" : "evicted_after_ack";
      for (const [from, to] of holes(ranges, own.sealed)) {
        for (const batch of rewind(spool, own.epoch, from, to)) rewound.push(batch);
        for (const seq of absent(spool, own.id, from, to)) {
          if (nowhere.length >= MOST_GAPS) break;
          if (!isDeclared(own.epoch, seq)) nowhere.push({ epoch: own.epoch, seq, count: 0, reason });
        }
      }
    }
    if (rolledBack) spool.epochs.mint("rolled_back");
    return { rewound, gaps: spool.declare(nowhere, now), rolledBack };
  });
}

/**
 * Seqs from 1 to `sealed` that are in no range, as ranges. Where the list is as long as it may be, older ranges
 * were left out, and nothing before the first one is judged.
 */
function* holes(ranges: readonly SeqRange[], sealed: number): Generator<SeqRange> {
  const [first] = ranges;
  let next = ranges.length >= LIMITS.rangesPerEpoch && first !== undefined ? first[0] : 1;
  for (const [from, to] of [...ranges, [sealed + 1, sealed + 1] as SeqRange]) {
    if (next < from && next <= sealed) yield [next, Math.min(from - 1, sealed)];
    next = Math.max(next, to + 1);
  }
}

/** Acked batches in a hole are pending again; the ones that are pending anyway are left alone. */
function rewind(spool: SpoolFile, epoch: EpochId, from: number, to: number): BatchInfo[] {
  const acked = spool.db
    .prepare(`${INFO} WHERE e.epoch = ? AND b.seq BETWEEN ? AND ? AND b.state = ${ACKED} ORDER BY b.seq`)
    .all(epoch, from, to) as BatchInfo[];
  for (const info of acked) spool.markPending(info);
  return acked;
}

/** Seqs in a hole that are not in the file either, or cannot be read there. */
function* absent(spool: SpoolFile, epoch: number, from: number, to: number): Generator<number> {
  const kept = spool.db
    .prepare(`SELECT seq FROM batch WHERE epoch = ? AND seq BETWEEN ? AND ? AND state <> ${DAMAGED} ORDER BY seq`)
    .pluck();
  let next = from;
  for (const seq of kept.iterate(epoch, from, to) as IterableIterator<number>) {
    for (; next < seq; next++) yield next;
    next = seq + 1;
  }
  for (; next <= to; next++) yield next;
}

/** Is a gap for this seq in the file already? It goes like any other batch, with its true reason. */
function declaredGaps(spool: SpoolFile): (epoch: EpochId, seq: number) => boolean {
  let declared: ReadonlySet<string> | undefined; // read only where something is missing
  return (epoch, seq) => {
    declared ??= new Set(gapsInFile(spool).map((gap) => `${gap.epoch}/${gap.seq}`));
    return declared.has(`${epoch}/${seq}`);
  };
}

function gapsInFile(spool: SpoolFile): Gap[] {
  const batches = spool.db.prepare(`SELECT bytes FROM batch WHERE kind = 'gap' AND state <> ${DAMAGED}`).pluck().all() as Uint8Array[];
  return batches.flatMap((bytes) => readGaps(bytes));
}

/** The entries of a gap batch; none where its bytes are damaged, which is found out for good when it is to be sent. */
function readGaps(bytes: Uint8Array): readonly Gap[] {
  try {
    return decodeGaps(openBody(parseBatch(bytes)));
  } catch (error) {
    if (isFault(error)) return [];
    throw error;
  }
}
