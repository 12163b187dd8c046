/**
 * answers: what the running agent says at its control socket, and does for those who ask there.
 */
import { imbalance, type RecentFault, type RememberingLog, type Totals } from "../protocol/index.ts";
import type { ClockReport, TrustedClock } from "./clock/trusted-clock.ts";
import { Flusher } from "./control/flush.ts";
import { hoursLeft, type Pace, type PaceReport } from "./control/pace.ts";
import type { Sampler } from "./sampling/sampler.ts";
import type { SensorStatus } from "./sampling/sensor-state.ts";
import type { Sealer } from "./spool/sealer.ts";
import type { SpoolStatus } from "./spool/service.ts";
import type { Spool } from "./spool/spool.ts";
import type { SendGate } from "./uplink/gate.ts";
import type { Uplink } from "./uplink/uplink.ts";
import type { UplinkStatus } from "./uplink/uplink-status.ts";

export interface AgentStatus {
  readonly agent: string;
  readonly version: string;
  /** `collectorAhead`: microseconds by which the collector's clock is ahead of this machine's; undefined before it was heard. */
  readonly clock: ClockReport & { readonly collectorAhead: number | undefined };
  readonly uplink: UplinkStatus;
  readonly spool: SpoolStatus;
  /** Readings are dropped now, for there is no room for them; undefined where they are not. */
  readonly dropping: Dropping | undefined;
  readonly sensors: readonly SensorStatus[];
  readonly pace: PaceReport & { readonly hoursLeft: number | undefined };
  /** Warnings and errors of this run, newest last. */
  readonly recentFaults: readonly RecentFault[];
  readonly account: Totals & { readonly balanced: boolean };
  /** All streams are at their end, and everything is acked. */
  readonly idle: boolean;
}

/** Plain JSON. `since`: ISO instant by this machine's clock. */
export interface Dropping {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly since: string | undefined;
}

interface StatusParts {
  readonly agent: string;
  readonly version: string;
  readonly spool: Spool;
  readonly trustedClock: TrustedClock;
  readonly uplink: Uplink;
  readonly sampler: Sampler;
  readonly pace: Pace;
  readonly log: RememberingLog;
}

export async function statusOf({ agent, version, spool, trustedClock, uplink, sampler, pace, log }: StatusParts): Promise<AgentStatus> {
  const spoolStatus = await spool.status();
  const { totals, open, pendingBatches } = spoolStatus;
  const sensors = sampler.status();
  const isQuiet = sensors.every(({ activity }) => activity === "ended" || activity === "stopped");
  const paceReport = pace.report(readCounts(sampler));
  return {
    agent,
    version,
    clock: { ...trustedClock.report(), collectorAhead: trustedClock.collectorAhead() },
    uplink: uplink.status(),
    spool: spoolStatus,
    dropping: droppingNow(sampler, log),
    sensors,
    pace: { ...paceReport, hoursLeft: hoursLeft(spoolStatus, paceReport.sealedBytesPerHour) },
    recentFaults: log.recent(),
    account: { ...totals, balanced: imbalance(totals) === 0 },
    idle: isQuiet && open === 0 && pendingBatches === 0,
  };
}

/** It is logged once when it begins, so the log knows since when. */
function droppingNow({ commitFault }: Sampler, log: RememberingLog): Dropping | undefined {
  if (commitFault === undefined) return undefined;
  const { code, message, hint } = commitFault;
  return { code, message, hint, since: log.recent().findLast((fault) => fault.code === code)?.at };
}

/** Readings taken, by sensor. */
export function readCounts(sampler: Sampler): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(sampler.tallies()).map(([name, { read }]) => [name, read]));
}

interface FlushedParts {
  readonly sampler: Sampler;
  readonly sealer: Sealer;
  readonly spool: Spool;
  readonly uplink: Uplink;
  readonly gate: SendGate;
}

export function createFlusher({ sampler, sealer, spool, uplink, gate }: FlushedParts): Flusher {
  return new Flusher({
    async seal() {
      await sampler.commit();
      await sealer.sealAll();
    },
    newestPlace: () => spool.newestPlace(),
    pendingUpTo: (place) => spool.pendingUpTo(place),
    dropping: () => sampler.commitFault,
    counts: async () => (await spool.status()).totals,
    uplink: () => uplink.status(),
    lift: () => liftGate(gate, uplink),
  });
}

function liftGate(gate: SendGate, uplink: Uplink): () => void {
  const close = gate.lift();
  uplink.gateChanged();
  return () => {
    close();
    uplink.gateChanged();
  };
}
