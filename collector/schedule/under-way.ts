/**
 * under-way: whether readings of a period that is over may still be on their way.
 *
 * They are, where a series that spoke within the last day owes a reading by now and none behind the period has come,
 * or where its agent said that it holds batches that are not here yet. A series that is silent for longer is waited
 * for no more, and neither is one of which nothing is expected yet (a reading an hour).
 */
import { type EpochMicros, epochMicros, MICROS_PER_DAY } from "../../protocol/index.ts";
import { selectSeries } from "../report/select.ts";
import type { SeriesInfo } from "../rollup/series.ts";
import type { Span, Store } from "../stores/contract.ts";

export interface UnderWaySource {
  series(): readonly SeriesInfo[];
  /** With everything that was committed so far. */
  readonly store: Pick<Store, "lastBefore" | "firstAfter">;
  /** Agents that hold batches which were sealed and are not here yet. */
  pendingAgents(): ReadonlySet<string>;
  now(): EpochMicros;
}

/** A reading may be stamped a little ahead of this clock. */
const AHEAD = 5 * 60_000_000;

/** @throws Fault `unknown_series` */
export async function isUnderWay(source: UnderWaySource, patterns: string | undefined, { to }: Span): Promise<boolean> {
  const now = source.now();
  const pending = source.pendingAgents();
  for (const series of selectSeries(source.series(), patterns)) {
    const last = await source.store.lastBefore(series.number, to, MICROS_PER_DAY);
    if (last === undefined) continue;
    if (pending.has(agentOf(series))) return true;
    const expected = epochMicros(last.at + Math.max(series.spec.period, series.spec.heartbeat));
    if (expected === last.at || expected > now) continue;
    const next = await source.store.firstAfter(series.number, to, now + AHEAD - to);
    if (next === undefined) return true;
  }
  return false;
}

function agentOf({ id }: SeriesInfo): string {
  return id.slice(0, id.indexOf("/"));
}
