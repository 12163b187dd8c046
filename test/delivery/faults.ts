/**
 * faults: what may befall an agent, its link and its collector, by name. Each is one deed; a seed picks which of them
 * a run knows, how often they come and when.
 */
import { SimAgent } from "./sim-agent.ts";
import { SimSpool, type SpoolCopy } from "./sim-spool.ts";
import { firstOf } from "./witness.ts";
import { excuse, sample, startAgent, type World } from "./world.ts";

export const FAULTS = {
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
    const { spool } = agent;
    const copy = spool.copy();
    scheduler.after(2_000 + random.below(20_000), () => {
      if (agent.spool === spool) replaceSpool(world, copy, random.below(500));
    });
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
  "the card is moved into another device": (world) => {
    world.agent.kill();
    world.net.cut();
    world.agent.spool.moveTo(newDevice(world));
    restartAgent(world);
  },
  "a second device starts with a copy of the card": (world) => {
    if (world.second !== undefined || world.isReplaced) return; // his word lets in whichever comes first
    const copy = world.random.fraction() < 0.5 ? world.agent.spool.copy() : (world.copy ?? world.agent.spool.copy());
    startSecond(world, copy);
  },
  "the second device is off for a while": ({ second, scheduler, random, calibration }) => {
    if (second?.isUp !== true) return;
    second.kill();
    scheduler.after(random.below(120_000), () => second.start(calibration));
  },
  "the device is replaced by a new one": (world) => {
    if (world.second !== undefined) return; // which of the two the operator means is his affair
    world.isReplaced = true;
    replaceSpool(world, undefined, undefined, newDevice(world));
    if (world.random.fraction() < 0.7) world.collector.replaceDevice();
  },
} as const satisfies Readonly<Record<string, (world: World) => void>>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

export function restartAgent(world: World, pause = world.random.below(20_000)): void {
  const { agent, net, scheduler } = world;
  agent.kill();
  net.cut();
  scheduler.after(pause, () => {
    if (!agent.isUp) startAgent(world, agent);
  });
}

export function restartCollector(world: World): void {
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

function newDevice(world: World): string {
  world.devices += 1;
  return world.devices.toString(16).padStart(16, "0");
}

function replaceSpool(world: World, copy: SpoolCopy | undefined, pause?: number, device = world.agent.spool.device): void {
  world.agent.kill();
  world.net.cut();
  world.agent.spool.close();
  world.agent.spool = new SimSpool(world.parts, device, copy);
  if (!world.isReplay) world.agent.spool.nextReading = world.newestReading + 1;
  excuse(world);
  restartAgent(world, pause);
}

function startSecond(world: World, copy: SpoolCopy): void {
  const { witness, parts } = world;
  const second = new SimAgent(parts, new SimSpool(parts, newDevice(world), copy));
  second.spool.nextReading = firstOf(1);
  witness.forks.push({ parted: copy.commits, band: 1 });
  world.second = second;
  startAgent(world, second);
  sample(world, second);
}
