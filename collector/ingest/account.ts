/**
 * account: what became of every reading that reached the collector, held against what the agents say.
 *
 *   received + resent = stored + duplicate + conflict + quarantined + waiting
 *   read + derived    = filtered + in window + summarised + open + sealed + dropped   (the agent's own sum)
 *   sealed            = received + lost + unaccounted                                 (of the agent's present spool)
 *
 * The last is taken at the newest batch, once every batch sealed before it is here or declared lost; until then
 * `unaccounted` is null. A loss of what was sealed after it is not in its sum yet. An epoch of which the last hello knew nothing belongs to a spool that is gone, so it is
 * not held against the present one.
 */
import type { Database } from "better-sqlite3";
import { imbalance, LIMITS, type Totals } from "../../protocol/index.ts";
import { holesOf, isPresent, type KnownSeqs, knownSeqs, type MissingRange, type SpoolView, type StreamKey, spoolViews } from "./holes.ts";

export interface AgentAccount {
  readonly agent: string;
  /** Readings that arrived, each batch counted once. */
  readonly received: number;
  /** Readings of batches that came once more after their hash was forgotten: each is found to be there. */
  readonly resent: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly quarantined: number;
  /** Durable in the journal, on their way into the store. */
  readonly waiting: number;
  /** Readings that the agent declared lost, by reason. */
  readonly lost: Readonly<Record<string, number>>;
  /** Batches that are neither data nor gap, and that the agent's spool does not hold either. */
  readonly missingBatches: number;
  /** Which, the first `MOST_NAMED` ranges of them. */
  readonly missing: readonly MissingRange[];
  /** Batches that are not here yet and that the agent held at its last hello. */
  readonly pendingBatches: number;
  /**
   * Readings that the agent sealed and that are neither here nor declared lost; negative where more is here than
   * its spool remembers. null while batches are pending or missing.
   */
  readonly unaccounted: number | null;
  /** The agent's own account as of its newest batch; null before the first. */
  readonly agentTotals: Totals | null;
  /** Every sum adds up, and nothing is missing. */
  readonly balanced: boolean;
}

const MOST_NAMED = 100;

const DECLARED = `SELECT stream, seq, reason, count FROM ledger WHERE kind = 'declared'
  UNION ALL SELECT stream, seq, reason, count FROM other_loss`;

interface StreamRow extends StreamKey {
  readonly agent: string;
  readonly readings: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly quarantined: number;
  readonly resent: number;
  readonly totals: string | null;
}

/** A loss that an agent declared, summed by stream and reason. */
interface LossRow {
  readonly stream: number;
  readonly reason: string;
  readonly count: number;
  /** Batches of which the agent could not say how many readings they held. */
  readonly uncounted: number;
}

export function accountOf(db: Database): AgentAccount[] {
  const streams = db.prepare("SELECT * FROM stream ORDER BY agent, id").all() as StreamRow[];
  const losses = Map.groupBy(declaredLosses(db), ({ stream }) => stream);
  const spools = spoolViews(db);
  const known = knownSeqs(db);
  const waiting = waitingReadings(db);
  return [...Map.groupBy(streams, ({ agent }) => agent)].map(([agent, ofAgent]) => {
    const lost = ofAgent.flatMap(({ id }) => losses.get(id) ?? []);
    const spool = spools.get(agent);
    return agentAccount(db, ofAgent, { agent, losses: lost, spool, known, waiting: waiting.get(agent) ?? 0 });
  });
}

/** What is asked of the file once for all agents: there may be ten thousand. */
interface AboutAgent {
  readonly agent: string;
  readonly losses: readonly LossRow[];
  readonly spool: SpoolView | undefined;
  readonly known: KnownSeqs;
  readonly waiting: number;
}

function agentAccount(db: Database, streams: readonly StreamRow[], about: AboutAgent): AgentAccount {
  const { agent, losses, spool, known, waiting } = about;
  const sum = (pick: (stream: StreamRow) => number) => total(streams, pick);
  const counts = {
    received: sum((s) => s.readings - s.resent),
    resent: sum((s) => s.resent),
    stored: sum((s) => s.stored),
    duplicate: sum((s) => s.duplicate),
    conflict: sum((s) => s.conflict),
    quarantined: sum((s) => s.quarantined),
    waiting,
  };
  const { missing, pending: pendingBatches } = holesOf(known, streams, spool);
  const missingBatches = total(missing, ({ from, to }) => to - from + 1);
  const present = presentSpool(db, streams, losses, spool);
  const unaccounted = missingBatches + pendingBatches > 0 ? null : present.unaccounted;
  const { agentTotals } = present;
  const isArrivedBalanced =
    counts.received + counts.resent === counts.stored + counts.duplicate + counts.conflict + counts.quarantined + counts.waiting;
  const isAgentBalanced = agentTotals === null || imbalance(agentTotals) === 0;
  const balanced = isArrivedBalanced && isAgentBalanced && missingBatches === 0 && present.explains(unaccounted);
  const named = missing.slice(0, MOST_NAMED);
  return { agent, ...counts, lost: byReason(losses), missingBatches, missing: named, pendingBatches, unaccounted, agentTotals, balanced };
}

interface PresentSpool {
  readonly agentTotals: Totals | null;
  /** As if nothing were under way. null where the agent has not said how much it sealed, or not which epochs it has. */
  readonly unaccounted: number | null;
  explains(unaccounted: number | null): boolean;
}

/**
 * The streams of the spool that the agent has now, against its own count of what it sealed.
 *
 * A difference is explained in two cases. Readings may be absent where batches could not even be counted before
 * they were lost. More may be here than the spool remembers where it got a new epoch: it was rolled back, salvaged
 * with older counters, or met a copy of itself.
 */
function presentSpool(db: Database, streams: readonly StreamRow[], losses: readonly LossRow[], spool: SpoolView | undefined): PresentSpool {
  const present = newestLast(
    streams.filter((stream) => isPresent(spool, stream)),
    spool,
  );
  const newest = present.findLastIndex(({ totals }) => totals !== null);
  const { seq, ...agentTotals } = JSON.parse(present[newest]?.totals ?? "{}") as Totals & { readonly seq: number };
  const until = present.slice(0, newest + 1).map(({ id }) => id);
  const lost = losses.filter(({ stream }) => until.includes(stream));
  const accounted =
    total(present, (stream) => stream.readings - stream.resent) +
    total(lost, ({ count }) => count) -
    (lost.length === 0 ? 0 : lostBehind(db, until.at(-1) ?? 0, seq));
  const isWhole = newest >= 0 && (spool?.epochs.size ?? 0) < LIMITS.epochsPerHello; // a longer list was cut
  const hasUncounted = lost.some(({ uncounted }) => uncounted > 0);
  const hasNewEpoch = present.length > 1 || (spool?.epochs.size ?? 0) > 1;
  return {
    agentTotals: newest < 0 ? null : agentTotals,
    unaccounted: isWhole ? agentTotals.sealed - accounted : null,
    explains: (rest) => rest === null || rest === 0 || (rest > 0 ? hasUncounted : hasNewEpoch),
  };
}

/** Readings declared lost that were sealed after the batch `seq`. */
function lostBehind(db: Database, stream: number, seq = 0): number {
  const query = `SELECT COALESCE(SUM(count), 0) FROM (${DECLARED}) WHERE stream = ? AND seq > ?`;
  return db.prepare(query).pluck().get(stream, seq) as number;
}

/** In the order of the spool's epochs, then those that began since. */
function newestLast(streams: readonly StreamRow[], spool: SpoolView | undefined): StreamRow[] {
  const order = [...(spool?.epochs.keys() ?? [])];
  const place = ({ epoch }: StreamRow) => (order.includes(epoch) ? order.indexOf(epoch) : order.length);
  return [...streams].sort((a, b) => place(a) - place(b) || a.id - b.id);
}

/** By agent: readings whose batch is in the journal and not in the store, those refused at ingest not among them. */
function waitingReadings(db: Database): Map<string, number> {
  const query = `SELECT s.agent, SUM(l.count - COALESCE(json_array_length(l.refused), 0)) AS readings
    FROM ledger l JOIN stream s ON s.id = l.stream WHERE l.loaded = 0 GROUP BY s.agent`;
  const rows = db.prepare(query).all() as { readonly agent: string; readonly readings: number }[];
  return new Map(rows.map(({ agent, readings }) => [agent, readings]));
}

/** `resealed` batches are no loss: their readings came under another seq. */
function declaredLosses(db: Database): LossRow[] {
  const query = `SELECT stream, reason, SUM(count) AS count, SUM(count = 0 AND reason <> 'resealed') AS uncounted
    FROM (${DECLARED}) GROUP BY stream, reason`;
  return db.prepare(query).all() as LossRow[];
}

function byReason(losses: readonly LossRow[]): Record<string, number> {
  const reasons = Map.groupBy(
    losses.filter(({ count }) => count > 0),
    ({ reason }) => reason,
  );
  return Object.fromEntries([...reasons].map(([reason, rows]) => [reason, total(rows, ({ count }) => count)]));
}

function total<T>(rows: readonly T[], pick: (row: T) => number): number {
  return rows.reduce((sum, row) => sum + pick(row), 0);
}
