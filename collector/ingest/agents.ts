/**
 * agents: who has ever said hello, and how they were when they did.
 */
import type { Database } from "better-sqlite3";
import { epochMicros, type Hello, isoInstant, type Labels } from "../../protocol/index.ts";

export interface AgentInfo {
  readonly agent: string;
  readonly online: boolean;
  /** ISO instants. */
  readonly first_seen: string;
  readonly last_hello: string | null;
  readonly last_batch: string | null;
  readonly software: string | null;
  /** Was its clock vouched for at the last hello, and by what; null where it has not said. */
  readonly clock_trusted: boolean | null;
  readonly clock_source: string | null;
  /** Batches that waited in its spool at the last hello. */
  readonly pending: number | null;
  /** When another device last asked to be let in under this name and was refused; null = never since one was let in. */
  readonly refused_device: string | null;
  /** How often its spool began anew, of at most 1,024 times: each time is an epoch. */
  readonly epochs: number;
  /** As of the last hello. */
  readonly labels: Labels;
}

interface Row {
  readonly name: string;
  readonly first_at: number;
  readonly hello_at: number | null;
  readonly software: string | null;
  readonly clock: string | null;
  readonly pending: number | null;
  readonly labels: string | null;
  readonly batch_at: number | null;
  readonly refused_at: number | null;
  readonly epochs: number;
}

export function agentsOf(db: Database, connected: ReadonlySet<string>): AgentInfo[] {
  const rows = db
    .prepare(
      `SELECT a.name, a.first_at, a.hello_at, a.software, a.clock, a.pending, a.refused_at, a.labels,
         (SELECT COUNT(*) FROM stream s WHERE s.agent = a.name) AS epochs,
         (SELECT received_at FROM ledger WHERE row =
           (SELECT MAX(l.row) FROM ledger l JOIN stream s ON s.id = l.stream WHERE s.agent = a.name)) AS batch_at
       FROM agent a ORDER BY a.name`,
    )
    .all() as Row[];
  return rows.map(({ name, first_at, hello_at, software, clock, pending, labels, batch_at, refused_at, epochs }) => ({
    agent: name,
    online: connected.has(name),
    first_seen: isoInstant(epochMicros(first_at)),
    last_hello: isoOrNull(hello_at),
    last_batch: isoOrNull(batch_at),
    software,
    ...clockOf(clock),
    pending,
    refused_device: isoOrNull(refused_at),
    epochs,
    labels: labels === null ? {} : (JSON.parse(labels) as Labels),
  }));
}

/** As the hello said it. */
function clockOf(text: string | null): Pick<AgentInfo, "clock_trusted" | "clock_source"> {
  if (text === null) return { clock_trusted: null, clock_source: null };
  const { trusted, source } = JSON.parse(text) as Hello["clock"];
  return { clock_trusted: trusted, clock_source: source };
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : isoInstant(epochMicros(at));
}
