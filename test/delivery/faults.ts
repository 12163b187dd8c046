/**
 * faults: what may befall an agent, its link and its collector, by name. Each is one deed; a seed picks which of them
 * a run knows and how often they come.
 */
import type { SeededRandom } from "../support/seeded-random.ts";
import type { Net } from "./net.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SimAgent } from "./sim-agent.ts";
import type { SimCollector } from "./sim-collector.ts";
import { SimSpool, type SpoolCopy } from "./sim-spool.ts";
import type { Witness } from "./witness.ts";

export interface World {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly net: Net;
  readonly agent: SimAgent;
  readonly collector: SimCollector;
  readonly witness: Witness;
  /** A file is read again from where a restored spool says; else readings come once in a lifetime. */
  readonly isReplay: boolean;
  newestReading: number;
  calibration: number;
  backup: readonly unknown[];
  copy: SpoolCopy | undefined;
}

export const FAULTS: Readonly<Record<string, (world: World) => void>> = {
  "the connection is cut": ({ net }) => net.cut(),
  "the connection becomes a black hole": ({ net }) => net.swallow(),
  "the agent is killed": (world) => restartAgent(world),
  "the agent starts with another catalog": (world) => {
    world.calibration += 1;
    restartAgent(world);
  },
  "the collector is killed": (world) => restartCollector(world),
  "the collector is killed between commit and ack": ({ collector }) => {
    collector.diesAfterCommit = true;
  },
  "a commit of the collector fails": ({ collector }) => {
    collector.failsNext = true;
  },
  "the collector is full for a while": ({ collector, scheduler, random }) => {
    collector.isFull = true;
    scheduler.after(random.below(90_000), () => {
      collector.isFull = false;
    });
  },
  "the agent's disk is full for a while": ({ agent, scheduler, random }) => {
    agent.isDiskFull = true;
    scheduler.after(random.below(30_000), () => {
      agent.isDiskFull = false;
    });
  },
  "the collector loses its catalogs": ({ collector }) => collector.loseCatalogs(),
  "the collector is restored from an older backup": (world) => {
    world.collector.kill();
    world.collector.restore(world.backup);
    excuse(world);
    excuseHidden(world);
    startCollector(world);
  },
  "the collector's backup is made": (world) => {
    world.backup = world.collector.backup();
  },
  "a copy of the spool is made": (world) => {
    world.copy = world.agent.spool.copy();
  },
  "the spool is rolled back": (world) => replaceSpool(world, world.copy),
  "the spool is wiped": (world) => replaceSpool(world, undefined),
  "a power cut shows that the disk kept nothing of the last seconds": (world) => {
    const { agent, scheduler, random } = world;
    const copy = agent.spool.copy();
    scheduler.after(2_000 + random.below(20_000), () => replaceSpool(world, copy, random.below(500)));
  },
  "history is evicted": ({ agent, random }) => {
    agent.work((spool) => {
      spool.evictHistory(1 + random.below(10));
      return {};
    });
  },
  "the oldest pending batches are dropped": ({ agent, random }) => {
    agent.work((spool) => {
      const { dropped, gaps } = spool.dropOldest(1 + random.below(4));
      return { gone: dropped, sealed: gaps };
    });
  },
};

export function restartAgent(world: World, pause = world.random.below(20_000)): void {
  const { agent, net, scheduler } = world;
  agent.kill();
  net.cut();
  scheduler.after(pause, () => {
    if (!agent.isUp) agent.start(world.calibration);
  });
}

function restartCollector(world: World): void {
  world.collector.kill();
  startCollector(world);
}

/** Its connections are gone with it. */
function startCollector({ collector, net, scheduler, random }: World): void {
  net.cut();
  scheduler.after(random.below(10_000), () => {
    if (!collector.isUp) collector.start();
  });
}

function replaceSpool(world: World, copy: SpoolCopy | undefined, pause?: number): void {
  world.agent.kill();
  world.net.cut();
  world.agent.spool.close();
  world.agent.spool = new SimSpool(world.random, world.witness, copy);
  if (!world.isReplay) world.agent.spool.nextReading = world.newestReading + 1;
  excuse(world);
  restartAgent(world, pause);
}

/** In a replay everything is read again: then there is no excuse for what a spool lost. */
function excuse({ witness, agent, collector, isReplay }: World): void {
  const { spool } = agent;
  const inSpool = spool.readings();
  if (isReplay) for (const reading of witness.sealedIn.keys()) if (reading >= spool.nextReading) inSpool.add(reading);
  witness.excuse(inSpool, collector.readings(), spool.lineage);
}

/**
 * The one loss that this version of the protocol cannot see, for which two disasters have to meet: a spool that was
 * rolled back sealed other content under a seq of its former life, in whose place the collector knows a gap; it took
 * the data; then it was restored to before that. The gap of the former life hides that the data is missing.
 */
function excuseHidden({ witness, agent, collector }: World): void {
  const verdicts = collector.verdicts();
  for (const { name, place, isAcked, readings } of agent.spool.batches()) {
    const verdict = verdicts.get(place);
    const isHidden = isAcked && verdict !== undefined && "gap" in verdict && witness.contentsOf(place) > 1;
    if (isHidden && !collector.has(name)) for (const reading of readings) witness.excused.add(reading);
  }
}
