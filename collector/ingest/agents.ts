/**
 * agents: who has ever said hello, and how they were when they did.
 */
import type { Database } from "better-sqlite3";
import { epochMicros, isoInstant } from "../../protocol/index.ts";

export interface AgentInfo {
  readonly agent: string;
  readonly online: boolean;
  /** ISO instants. */
  readonly first_seen: string;
  readonly last_hello: string | null;
  readonly last_batch: string | null;
  readonly software: string | null;
  /** Batches that waited in its spool at the last hello. */
  readonly pending: number | null;
}

interface Row {
  readonly name: string;
  readonly first_at: number;
  readonly hello_at: number | null;
  readonly software: string | null;
  readonly pending: number | null;
  readonly batch_at: number | null;
}

export function agentsOf(db: Database, connected: ReadonlySet<string>): AgentInfo[] {
  const rows = db
    .prepare(
      `SELECT a.name, a.first_at, a.hello_at, a.software, a.pending,
         (SELECT MAX(l.received_at) FROM ledger l JOIN stream s ON s.id = l.stream WHERE s.agent = a.name) AS batch_at
       FROM agent a ORDER BY a.name`,
    )
    .all() as Row[];
  return rows.map(({ name, first_at, hello_at, software, pending, batch_at }) => ({
    agent: name,
    online: connected.has(name),
    first_seen: isoInstant(epochMicros(first_at)),
    last_hello: isoOrNull(hello_at),
    last_batch: isoOrNull(batch_at),
    software,
    pending,
  }));
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : isoInstant(epochMicros(at));
}
