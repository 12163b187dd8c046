/**
 * agent: the parts put together: sensors -> filters -> sampling -> spool -> uplink.
 *
 * `startAgent` returns when the spool is open and the sensors run; a collector that is not there is waited for.
 * `stop` commits what was taken and seals it; whatever happens to this process before, the spool has what was
 * committed.
 */
import {
  BUILD_DATE,
  type Environment,
  epochMicros,
  imbalance,
  type RecentFault,
  type RememberingLog,
  rememberFaults,
  type Totals,
} from "../protocol/index.ts";
import { readBootId } from "./clock/boot.ts";
import { type ClockReport, TrustedClock } from "./clock/trusted-clock.ts";
import type { AgentConfig } from "./config/config.ts";
import { hoursLeft, Pace, type PaceReport } from "./control/pace.ts";
import { type ControlServer, openControl } from "./control/server.ts";
import { type Plan, planSampling, sealGrids } from "./sampling/plan.ts";
import { createSampler, type Sampler } from "./sampling/sampler.ts";
import type { SensorStatus } from "./sampling/sensor-state.ts";
import { readFingerprint } from "./spool/fingerprint.ts";
import { Sealer } from "./spool/sealer.ts";
import type { SpoolStatus } from "./spool/service.ts";
import { type Spool, startSpool } from "./spool/spool.ts";
import { Uplink, type UplinkStatus } from "./uplink/uplink.ts";

export interface AgentOptions {
  readonly config: AgentConfig;
  readonly environment: Environment;
  readonly version: string;
  /** The spool's thread died: the process cannot go on. */
  readonly onBug: (error: unknown) => void;
  /** Threads of the process for file reads and name look-ups (`UV_THREADPOOL_SIZE`); without it no bound is kept. */
  readonly poolThreads?: number;
}

/** Threads that no sensor may take: for the spool's files, name look-ups, the control socket. */
const SPARE_THREADS = 4;

export interface AgentStatus {
  readonly agent: string;
  readonly version: string;
  /** `collectorAhead`: microseconds by which the collector's clock is ahead of this machine's; undefined before it was heard. */
  readonly clock: ClockReport & { readonly collectorAhead: number | undefined };
  readonly uplink: UplinkStatus;
  readonly spool: SpoolStatus;
  readonly sensors: readonly SensorStatus[];
  readonly pace: PaceReport & { readonly hoursLeft: number | undefined };
  /** Warnings and errors of this run, newest last. */
  readonly recentFaults: readonly RecentFault[];
  readonly account: Totals & { readonly balanced: boolean };
  /** All streams are at their end, and everything is acked. */
  readonly idle: boolean;
}

export interface RunningAgent {
  status(): Promise<AgentStatus>;
  /** Resolves when every replay is at its end and everything is acked; never where a sensor goes on for ever. */
  readonly drained: Promise<void>;
  stop(): Promise<void>;
}

/** @throws Fault `already_running`, `spool_unwritable`, `spool_newer`, `disk_full`. */
export async function startAgent({ config, environment, version, onBug, poolThreads }: AgentOptions): Promise<RunningAgent> {
  const { clock, log } = environment;
  const plan = planSampling(config);
  const spool = startSpool(onBug);
  try {
    const { path, maxSize, keepFree } = config.spool;
    const device = await readFingerprint(config.root);
    const opened = await spool.open({ path, maxSize, keepFree, device, catalog: plan.catalog, grids: sealGrids(plan), now: clock.wall() });
    if (opened.salvaged !== undefined)
      log.error(opened.salvaged, "the spool was damaged: what could be read was taken over into a new one");
    return await start(config, plan, spool, opened, environment, version, poolThreads);
  } catch (error) {
    await spool.close();
    throw error;
  }
}

async function start(
  config: AgentConfig,
  plan: Plan,
  spool: Spool,
  opened: Awaited<ReturnType<Spool["open"]>>,
  { clock, random, log: plainLog }: Environment,
  version: string,
  poolThreads: number | undefined,
): Promise<RunningAgent> {
  const log = rememberFaults(plainLog, clock);
  const newestSeal = epochMicros(opened.newestSealedAt);
  const trustedClock = new TrustedClock(clock, { trust: config.clock.trust, root: config.root, builtAt: BUILD_DATE, newestSeal });
  const boot = await readBootId(config.root);
  const uplink: Uplink = new Uplink({
    url: config.collector.url,
    prefix: config.prefix,
    agent: config.agent,
    software: version,
    spool,
    clock,
    random,
    log,
    trustedClock,
    onAcked() {
      sealer.roomMade();
      void checkDrained();
    },
    onGreeted: () => void sealer.seal(),
  });
  const { every, maxReadings } = config.send;
  const sealer: Sealer = new Sealer({
    spool,
    opened,
    boot,
    trustedClock,
    clock,
    log,
    every,
    maxReadings,
    maxSize: config.spool.maxSize,
    onSealed(batches) {
      const bytes = batches.reduce((sum, { size }) => sum + size, 0);
      pace.sealed(bytes, readCounts(sampler));
      uplink.sealed(batches);
    },
    onGone: (batches) => uplink.gone(batches),
  });
  const sampler = createSampler({
    plan,
    journal: sealer,
    eventClock: trustedClock,
    environment: { clock, random, log },
    commitEvery: config.spool.commitEvery,
    readThreads: poolThreads && Math.max(1, poolThreads - SPARE_THREADS),
  });
  const pace = new Pace(clock, config.root, readCounts(sampler));
  const status = () => statusOf({ agent: config.agent, version, spool, trustedClock, uplink, sampler, pace, log });
  const control = await openControl(config.control, {
    "GET /api/v1/status": status,
    "POST /api/v1/flush": async () => {
      await sealer.seal();
      return { flushed: true };
    },
  });
  sampler.start();
  sealer.start();
  uplink.start();
  const drained = Promise.withResolvers<void>();
  const checkDrained = async () => {
    if ((await status()).idle) drained.resolve();
  };
  void sampler.finished.then(() => sealer.seal()).then(checkDrained);
  return { status, drained: drained.promise, stop: () => stopInOrder({ sampler, sealer, uplink, control, spool }) };
}

interface Parts {
  readonly sampler: Sampler;
  readonly sealer: Sealer;
  readonly uplink: Uplink;
  readonly control: ControlServer;
  readonly spool: Spool;
}

/** Commits what was taken and seals it, then closes in the order of the stream. */
async function stopInOrder({ sampler, sealer, uplink, control, spool }: Parts): Promise<void> {
  await sampler.stop();
  await sealer.seal();
  sealer.stop();
  await uplink.stop();
  await control.close();
  await spool.close();
}

function readCounts(sampler: Sampler): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(sampler.tallies()).map(([name, { read }]) => [name, read]));
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

async function statusOf({ agent, version, spool, trustedClock, uplink, sampler, pace, log }: StatusParts): Promise<AgentStatus> {
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
    sensors,
    pace: { ...paceReport, hoursLeft: hoursLeft(spoolStatus, paceReport.sealedBytesPerHour) },
    recentFaults: log.recent(),
    account: { ...totals, balanced: imbalance(totals) === 0 },
    idle: isQuiet && open === 0 && pendingBatches === 0,
  };
}
