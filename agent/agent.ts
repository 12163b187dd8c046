/**
 * agent: the parts put together: sensors -> filters -> sampling -> spool -> uplink.
 *
 * `startAgent` returns when the spool is open and the sensors run; a collector that is not there is waited for.
 * `stop` commits what was taken and seals it; whatever happens to this process before, the spool has what was
 * committed.
 */
import { BUILD_DATE, type Environment, epochMicros, rememberFaults } from "../protocol/index.ts";
import { type AgentStatus, createFlusher, readCounts, statusOf } from "./answers.ts";
import { readBootId } from "./clock/boot.ts";
import { TrustedClock } from "./clock/trusted-clock.ts";
import type { AgentConfig } from "./config/config.ts";
import { Pace } from "./control/pace.ts";
import { type ControlServer, openControl } from "./control/server.ts";
import { Reloader, type ReloadReport } from "./reload.ts";
import { type Plan, planSampling, sealGrids } from "./sampling/plan.ts";
import { createSampler, type Sampler } from "./sampling/sampler.ts";
import { readFingerprint } from "./spool/fingerprint.ts";
import { Sealer } from "./spool/sealer.ts";
import { type Spool, startSpool } from "./spool/spool.ts";
import { SendGate } from "./uplink/gate.ts";
import { Uplink } from "./uplink/uplink.ts";

export type { AgentStatus } from "./answers.ts";

export interface AgentOptions {
  readonly config: AgentConfig;
  readonly environment: Environment;
  readonly version: string;
  /** The config as it is written now, for a reload. @throws Fault where it is wrong. */
  readonly load: () => Promise<AgentConfig>;
  /** The spool's thread died: the process cannot go on. */
  readonly onBug: (error: unknown) => void;
  /** Threads of the process for file reads and name look-ups (`UV_THREADPOOL_SIZE`); without it no bound is kept. */
  readonly poolThreads?: number;
}

/** Threads that no sensor may take: for the spool's files, name look-ups, the control socket. */
const SPARE_THREADS = 4;

export interface RunningAgent {
  status(): Promise<AgentStatus>;
  /** Resolves when every replay is at its end and everything is acked; never where a sensor goes on for ever. */
  readonly drained: Promise<void>;
  /** @throws Fault where nothing was changed. */
  reload(): Promise<ReloadReport>;
  stop(): Promise<void>;
}

/** @throws Fault `already_running`, `spool_unwritable`, `spool_newer`, `disk_full`. */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const { config, environment, onBug } = options;
  const { clock, log } = environment;
  const plan = planSampling(config);
  const spool = startSpool(onBug);
  try {
    const { path, maxSize, keepFree } = config.spool;
    const device = await readFingerprint(config.root);
    const opened = await spool.open({ path, maxSize, keepFree, device, catalog: plan.catalog, grids: sealGrids(plan), now: clock.wall() });
    if (opened.salvaged !== undefined)
      log.error(opened.salvaged, "the spool was damaged: what could be read was taken over into a new one, and the damaged one is kept");
    return await start(options, plan, spool, opened);
  } catch (error) {
    await spool.close();
    throw error;
  }
}

async function start(
  { config, environment, version, load, poolThreads }: AgentOptions,
  plan: Plan,
  spool: Spool,
  opened: Awaited<ReturnType<Spool["open"]>>,
): Promise<RunningAgent> {
  const { clock, random, log: plainLog } = environment;
  const log = rememberFaults(plainLog, clock);
  const newestSeal = epochMicros(opened.newestSealedAt);
  const trustedClock = new TrustedClock(clock, { trust: config.clock.trust, root: config.root, builtAt: BUILD_DATE, newestSeal });
  const boot = await readBootId(config.root);
  let isAtEnd = false; // every stream is: from then on each ack may be the last one
  const gate = new SendGate(config.send.between, clock);
  const uplink: Uplink = new Uplink({
    ...{ spool, clock, random, log, trustedClock, gate },
    ...{ prefix: config.prefix, agent: config.agent, labels: config.labels },
    url: config.collector.url,
    software: version,
    onAcked() {
      sealer.roomMade();
      void flusher.acked();
      if (isAtEnd) void checkDrained();
    },
    onGreeted: () => void sealer.seal(),
  });
  const sealer: Sealer = new Sealer({
    ...{ spool, opened, boot, trustedClock, clock, log },
    ...config.send,
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
  const flusher = createFlusher({ sampler, sealer, spool, uplink, gate });
  const reloader = new Reloader(config, { load, sampler, sealer, gate, uplink, log });
  const status = () => statusOf({ agent: config.agent, version, spool, trustedClock, uplink, sampler, pace, log });
  const control = await openControl(config.control, {
    "GET /api/v1/status": status,
    "GET /api/v1/flush": () => flusher.report(),
    "POST /api/v1/flush": () => flusher.begin(),
    "GET /api/v1/explain": async (query) => sampler.explain(query.get("series") ?? ""),
    "POST /api/v1/reload": () => reloader.reload(),
  });
  sampler.start();
  sealer.start();
  uplink.start();
  const drained = Promise.withResolvers<void>();
  const checkDrained = async () => {
    if ((await status()).idle) drained.resolve();
  };
  void sampler.finished
    .then(() => sealer.seal())
    .then(() => {
      isAtEnd = true;
      return checkDrained();
    });
  return {
    status,
    drained: drained.promise,
    reload: () => reloader.reload(),
    stop: () => stopInOrder({ sampler, sealer, uplink, control, spool }),
  };
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
