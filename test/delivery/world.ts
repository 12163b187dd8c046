/**
 * world: agent, collector and the net between them, and perhaps a second device that runs with a copy of the first
 * one's card.
 */
import type { SeededRandom } from "../support/seeded-random.ts";
import { Net, type NetFaults } from "./net.ts";
import type { Rules } from "./rules.ts";
import { Scheduler } from "./scheduler.ts";
import { type AgentParts, SimAgent } from "./sim-agent.ts";
import { type CollectorDisk, SimCollector } from "./sim-collector.ts";
import { SimSpool, type SpoolCopy } from "./sim-spool.ts";
import { bandOf, Witness } from "./witness.ts";

export interface World {
  readonly parts: AgentParts;
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly net: Net;
  readonly agent: SimAgent;
  second: SimAgent | undefined;
  readonly collector: SimCollector;
  readonly witness: Witness;
  /** A file is read again from where a restored spool says; else readings come once in a lifetime. */
  readonly isReplay: boolean;
  /** Nothing is sampled from here on. */
  readonly sampledUntil: number;
  newestReading: number;
  calibration: number;
  devices: number;
  /** The operator was asked for his word, or may be. */
  isReplaced: boolean;
  backup: CollectorDisk;
  copy: SpoolCopy | undefined;
}

export function makeWorld(random: SeededRandom, rules: Rules, faults: NetFaults, sampledUntil: number): World {
  const scheduler = new Scheduler();
  const witness = new Witness();
  const net = new Net(scheduler, random, random.fraction() < 0.5, faults);
  const parts = { rules, scheduler, random, net, witness };
  const collector = new SimCollector(parts);
  net.listener = collector;
  const agent = new SimAgent(parts, new SimSpool(parts, "00000000000000d0"));
  return {
    ...{ parts, scheduler, random, net, agent, collector, witness, sampledUntil, isReplay: random.fraction() < 0.5 },
    ...{ second: undefined, newestReading: 0, calibration: 0, devices: 0, isReplaced: false, backup: collector.backup(), copy: undefined },
  };
}

export function agentsOf({ agent, second }: World): SimAgent[] {
  return second === undefined ? [agent] : [agent, second];
}

export function startAgent({ calibration }: World, agent: SimAgent): void {
  agent.start(calibration);
}

/** The sampler: commits now and then, seals now and then. */
export function sample(world: World, agent: SimAgent): void {
  const { scheduler, random, sampledUntil } = world;
  const most = random.fraction() < 0.2 ? 90 : 6;
  const turn = () => {
    if (scheduler.now >= sampledUntil) return;
    agent.work((spool) => {
      spool.commit(spool.nextReading, 1 + random.below(most));
      if (bandOf(spool.nextReading) === 0) world.newestReading = Math.max(world.newestReading, spool.nextReading - 1);
      return {};
    });
    if (random.fraction() < 0.4) agent.work((spool) => ({ sealed: spool.seal(100) }));
    scheduler.after(500 + random.below(8_000), turn);
  };
  turn();
}

/**
 * After a disaster: what is in no copy is excused, unless a spool that is left knows of it. In a replay everything is
 * read again: then there is no excuse for what a spool lost.
 */
export function excuse(world: World): void {
  const { witness, agent, collector, isReplay } = world;
  const spools = agentsOf(world).map(({ spool }) => spool);
  const inSpools = new Set(spools.flatMap((spool) => [...spool.readings()]));
  if (isReplay) for (const reading of witness.sealedIn.keys()) if (isReadAgain(reading, agent.spool)) inSpools.add(reading);
  witness.excuse(inSpools, collector.readings(), new Set(spools.flatMap(({ lineage }) => [...lineage])));
}

function isReadAgain(reading: number, { nextReading }: SimSpool): boolean {
  return bandOf(reading) === 0 && reading >= nextReading;
}
