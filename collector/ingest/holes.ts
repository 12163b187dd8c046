/**
 * holes: seqs of an agent's epochs that are neither data nor gap here.
 *
 * What the agent's spool held at its last hello is only not here yet (pending). What lies below that, or belongs
 * to an epoch of a spool that is gone, is missing: nobody has it.
 */
import type { Database } from "better-sqlite3";
import type { SeqRange } from "../../protocol/index.ts";
import type { PreparedOnce } from "./prepared-once.ts";
import { RangeSet } from "./range-set.ts";

/** What an agent's last hello said of its spool. */
export interface SpoolView {
  /** By epoch, oldest first: the oldest seq it keeps and the highest it ever sealed. */
  readonly epochs: ReadonlyMap<string, { readonly from: number; readonly to: number }>;
  /** Streams with a higher number began after that hello. */
  readonly newestStream: number;
}

export interface StreamKey {
  readonly id: number;
  readonly epoch: string;
  /** JSON of the seqs whose ledger rows were let go. */
  readonly ranges: string;
}

export interface MissingRange {
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
}

export interface Holes {
  readonly missing: readonly MissingRange[];
  /** Batches. */
  readonly pending: number;
}

export function spoolViews(db: Database): Map<string, SpoolView> {
  const rows = db.prepare("SELECT name, epochs, newest_stream AS newestStream FROM agent").all() as {
    readonly name: string;
    readonly epochs: string;
    readonly newestStream: number;
  }[];
  return new Map(
    rows.map(({ name, epochs, newestStream }) => {
      const kept = JSON.parse(epochs) as [epoch: string, from: number, to: number][];
      return [name, { epochs: new Map(kept.map(([epoch, from, to]) => [epoch, { from, to }])), newestStream }];
    }),
  );
}

/** Is the stream one of the spool that the agent has now? Without a hello there is no telling, and all are. */
export function isPresent(spool: SpoolView | undefined, { id, epoch }: Pick<StreamKey, "id" | "epoch">): boolean {
  return spool === undefined || spool.epochs.has(epoch) || id > spool.newestStream;
}

/** Seqs of a stream, data and gaps: what the ledger still lists, and what it let go. */
export type KnownSeqs = (stream: StreamKey) => RangeSet;

/** Asks the ledger once for all streams: most have no holes, and their seqs need not be read one by one. */
export function knownSeqs(db: Pick<PreparedOnce, "prepare">): KnownSeqs {
  const spans = db.prepare("SELECT stream, MIN(seq), MAX(seq), COUNT(*) FROM ledger GROUP BY stream").raw().all();
  const byStream = new Map((spans as [number, number, number, number][]).map(([stream, ...span]) => [stream, span]));
  const seqs = db.prepare("SELECT seq FROM ledger WHERE stream = ? ORDER BY seq").pluck();
  return ({ id, ranges }) => {
    const there = new RangeSet(JSON.parse(ranges) as SeqRange[]);
    const [from = 0, to = 0, count = 0] = byStream.get(id) ?? [];
    if (to - from + 1 === count) there.addRange(from, to);
    else for (const seq of seqs.iterate(id)) there.add(seq as number);
    return there;
  };
}

/** @param streams of one agent. */
export function holesOf(known: KnownSeqs, streams: readonly StreamKey[], spool: SpoolView | undefined): Holes {
  const missing: MissingRange[] = [];
  let pending = 0;
  const look = (epoch: string, there: RangeSet, keptFrom: number, end: number) => {
    for (const [from, to] of there.holes(end)) {
      if (from < keptFrom) missing.push({ epoch, from, to: Math.min(to, keptFrom - 1) });
      pending += Math.max(0, to - Math.max(from, keptFrom) + 1);
    }
  };
  for (const stream of streams) {
    const kept = spool?.epochs.get(stream.epoch);
    const there = known(stream);
    if (kept !== undefined) look(stream.epoch, there, kept.from, Math.max(there.highest, kept.to));
    else if (spool !== undefined && isPresent(spool, stream)) look(stream.epoch, there, 1, there.highest);
    else look(stream.epoch, there, Number.POSITIVE_INFINITY, there.highest);
  }
  const begun = new Set(streams.map(({ epoch }) => epoch));
  for (const [epoch, { from, to }] of spool?.epochs ?? []) if (!begun.has(epoch)) look(epoch, new RangeSet(), from, to);
  return { missing, pending };
}
