/**
 * account: what became of every reading that reached the collector, held against what the agents say.
 *
 *   per stream    readings = stored + duplicate + conflict + quarantined + waiting
 *   per agent     read + derived = filtered + in window + summarised + open + sealed + dropped   (the agent's own sum)
 *                 sealed = readings in all batches of all its epochs + readings in declared gaps + missing
 *
 * The second is compared at the newest batch of the agent below which every seq is answered.
 */
import type { Database } from "better-sqlite3";
import { imbalance, type Totals } from "../../protocol/index.ts";
import { RangeSet } from "./range-set.ts";

export interface AgentAccount {
  readonly agent: string;
  /** Readings that arrived, each batch counted once. */
  readonly received: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly quarantined: number;
  /** Durable in the journal, on their way into the store. */
  readonly waiting: number;
  /** Readings that the agent declared lost, by reason. */
  readonly lost: Readonly<Record<string, number>>;
  /** Batches below the newest one that are neither data nor gap. */
  readonly missingBatches: number;
  /** The agent's own account as of its newest batch; null before the first. */
  readonly agentTotals: Totals | null;
  /** Both sums add up, and nothing is missing. */
  readonly balanced: boolean;
}

interface StreamRow {
  readonly id: number;
  readonly agent: string;
  readonly ranges: string;
  readonly readings: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly quarantined: number;
  readonly totals: string | null;
}

export function accountOf(db: Database): AgentAccount[] {
  const streams = db.prepare("SELECT * FROM stream ORDER BY agent, id").all() as StreamRow[];
  const lost = lostByAgent(db);
  return [...Map.groupBy(streams, (stream) => stream.agent)].map(([agent, ofAgent]) => agentAccount(db, agent, ofAgent, lost.get(agent) ?? {}));
}

function agentAccount(db: Database, agent: string, streams: readonly StreamRow[], lost: Readonly<Record<string, number>>): AgentAccount {
  const sum = (pick: (stream: StreamRow) => number) => streams.reduce((total, stream) => total + pick(stream), 0);
  const [received, stored, duplicate] = [sum((s) => s.readings), sum((s) => s.stored), sum((s) => s.duplicate)];
  const [conflict, quarantined] = [sum((s) => s.conflict), sum((s) => s.quarantined)];
  const waiting = waitingReadings(db, agent);
  const missingBatches = sum((stream) => missingIn(db, stream));
  const newest = streams.findLast((stream) => stream.totals !== null)?.totals;
  const agentTotals = newest === undefined || newest === null ? null : (JSON.parse(newest) as Totals);
  const isReceivedBalanced = received === stored + duplicate + conflict + quarantined + waiting;
  const isAgentBalanced = agentTotals === null || imbalance(agentTotals) === 0;
  const balanced = isReceivedBalanced && isAgentBalanced && missingBatches === 0;
  return { agent, received, stored, duplicate, conflict, quarantined, waiting, lost, missingBatches, agentTotals, balanced };
}

/** Readings whose batch is in the journal and not in the store, those refused at ingest not among them. */
function waitingReadings(db: Database, agent: string): number {
  const query = `SELECT COALESCE(SUM(l.count - COALESCE(json_array_length(l.refused), 0)), 0)
    FROM ledger l JOIN stream s ON s.id = l.stream WHERE l.loaded = 0 AND s.agent = ?`;
  return db.prepare(query).pluck().get(agent) as number;
}

function missingIn(db: Database, stream: StreamRow): number {
  const there = new RangeSet(JSON.parse(stream.ranges));
  for (const seq of db.prepare("SELECT seq FROM ledger WHERE stream = ? ORDER BY seq").pluck().iterate(stream.id)) there.add(seq as number);
  let missing = 0;
  let next = 1;
  for (const [from, to] of there.list()) {
    missing += from - next;
    next = to + 1;
  }
  return missing;
}

function lostByAgent(db: Database): Map<string, Record<string, number>> {
  const rows = db
    .prepare(
      `SELECT s.agent, l.reason, SUM(l.count) AS count FROM ledger l JOIN stream s ON s.id = l.stream
       WHERE l.kind = 'declared' GROUP BY s.agent, l.reason HAVING SUM(l.count) > 0`,
    )
    .all() as { agent: string; reason: string; count: number }[];
  const lost = new Map<string, Record<string, number>>();
  for (const { agent, reason, count } of rows) lost.set(agent, { ...lost.get(agent), [reason]: count });
  return lost;
}
