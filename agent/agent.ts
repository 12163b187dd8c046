/**
 * agent: the parts put together: sensors -> filters -> sampling -> spool -> uplink.
 *
 * `startAgent` returns when the spool is open and the sensors run; a collector that is not there is waited for.
 * `stop` commits what was taken and seals it; whatever happens to this process before, the spool has what was
 * committed.
 */
import { BUILD_DATE, type Environment, epochMicros, imbalance, type Totals } from "../protocol/index.ts";
import { readBootId } from "./clock/boot.ts";
import { type ClockReport, TrustedClock } from "./clock/trusted-clock.ts";
import type { AgentConfig } from "./config/config.ts";
import { openControl } from "./control/server.ts";
import { type Plan, planSampling, sealGrids } from "./sampling/plan.ts";
import { createSampler } from "./sampling/sampler.ts";
import type { SensorStatus } from "./sampling/sensor-state.ts";
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
}

export interface AgentStatus {
  readonly agent: string;
  readonly clock: ClockReport;
  readonly uplink: UplinkStatus;
  readonly spool: SpoolStatus;
  readonly sensors: readonly SensorStatus[];
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
export async function startAgent({ config, environment, version, onBug }: AgentOptions): Promise<RunningAgent> {
  const { clock, log } = environment;
  const plan = planSampling(config);
  const spool = startSpool(onBug);
  try {
    const { path, maxSize, keepFree } = config.spool;
    const opened = await spool.open({ path, maxSize, keepFree, catalog: plan.catalog, grids: sealGrids(plan), now: clock.wall() });
    if (opened.salvaged !== undefined)
      log.error(opened.salvaged, "the spool was damaged: what could be read was taken over into a new one");
    return await start(config, plan, spool, opened, environment, version);
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
  environment: Environment,
  version: string,
): Promise<RunningAgent> {
  const { clock, random, log } = environment;
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
    onSealed: (batches) => uplink.sealed(batches),
    onGone: (batches) => uplink.gone(batches),
  });
  const sampler = createSampler({ plan, journal: sealer, eventClock: trustedClock, environment, commitEvery: config.spool.commitEvery });
  const status = () => statusOf(config, spool, trustedClock, uplink, sampler.status());
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
  return {
    status,
    drained: drained.promise,
    async stop() {
      await sampler.stop();
      await sealer.seal();
      sealer.stop();
      await uplink.stop();
      await control.close();
      await spool.close();
    },
  };
}

async function statusOf(
  config: AgentConfig,
  spool: Spool,
  trustedClock: TrustedClock,
  uplink: Uplink,
  sensors: readonly SensorStatus[],
): Promise<AgentStatus> {
  const spoolStatus = await spool.status();
  const { totals, open, pendingBatches } = spoolStatus;
  const isQuiet = sensors.every(({ activity }) => activity === "ended" || activity === "stopped");
  return {
    agent: config.agent,
    clock: trustedClock.report(),
    uplink: uplink.status(),
    spool: spoolStatus,
    sensors,
    account: { ...totals, balanced: imbalance(totals) === 0 },
    idle: isQuiet && open === 0 && pendingBatches === 0,
  };
}
