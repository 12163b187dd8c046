/**
 * deeds: what is done to whom, each on a lane of its own, so that one comes in the middle of another.
 */
import { setTimeout as pass } from "node:timers/promises";
import type { SeededRandom } from "../support/seeded-random.ts";
import type { Cast } from "./cast.ts";
import type { Inflow } from "./inflow.ts";
import type { Victim } from "./victim.ts";

export interface Lane {
  readonly name: string;
  readonly random: SeededRandom;
  /** Between two deeds. */
  readonly pauseMs: readonly [least: number, most: number];
  /** Does one. @returns it in words; undefined where nothing came of it. */
  act(): Promise<string>;
}

const MOST_LIFE_MS = 4_000;
/** A program that lets nothing through is killed all the same. */
const MOST_GROWING_MS = 20_000;
const HOUR = 3_600;
const SMALL_STEPS = [-90, -1, 1, 90];
const STEPS = [-26 * HOUR, -HOUR, ...SMALL_STEPS, HOUR, 26 * HOUR];

/** @param randoms one for each lane: a lane's deeds do not depend on how long those of others take. */
export function lanesOf(cast: Cast, inflow: Inflow, randoms: () => SeededRandom): Lane[] {
  const { collector, link, agents } = cast;
  const victims = agents.map(({ victim }) => victim);
  return [
    killLane("agents", victims, randoms(), () => Promise.resolve()),
    killLane("collector", [collector], randoms(), () => inflow.grows(MOST_GROWING_MS)),
    killLane("link", [link], randoms(), () => inflow.grows(MOST_GROWING_MS)),
    ...clockLane(cast, randoms()),
    ...diskLanes(cast, randoms),
  ];
}

/** One in four dies while it starts; the others once they work and something flows, however slow the machine is. */
function killLane(name: string, victims: readonly Victim[], random: SeededRandom, flowing: () => Promise<void>): Lane {
  return {
    name: `SIGKILL ${name}`,
    random,
    pauseMs: [100, 1_500],
    async act() {
      const victim = victims[random.below(victims.length)] as Victim;
      const isEarly = random.below(4) === 0;
      const worksMs = random.below(MOST_LIFE_MS);
      const downMs = random.below(3) === 0 ? random.below(4_000) : 0;
      if (!isEarly) {
        await victim.works();
        await flowing();
        await pass(worksMs);
      }
      await victim.kill(downMs);
      return `SIGKILL ${victim.name}${isEarly ? " early" : ""}${downMs > 0 ? `, down for ${downMs} ms` : ""}`;
    },
  };
}

function clockLane({ agents, collectorClock }: Cast, random: SeededRandom): Lane[] {
  // A collector that was hours ahead vouches for no time until those hours are over, and everybody would wait for it.
  const ofCollector = { name: "collector", clock: collectorClock, steps: SMALL_STEPS };
  const clocks = [ofCollector, ...agents.map(({ victim, clock }) => ({ name: victim.name, clock, steps: STEPS }))];
  if (clocks.some(({ clock }) => clock === undefined)) return [];
  const act = async () => {
    const { name, clock, steps } = clocks[random.below(clocks.length)] as (typeof clocks)[number];
    const seconds = random.below(3) === 0 ? 0 : (steps[random.below(steps.length)] as number);
    clock?.set(seconds);
    return `clock of ${name} set ${seconds === 0 ? "right" : `${seconds} s off`}`;
  };
  return [{ name: "clock step", random, pauseMs: [2_000, 8_000], act }];
}

function diskLanes({ disks }: Cast, randoms: () => SeededRandom): Lane[] {
  return Object.entries(disks).map(([name, disk]) => {
    const random = randoms();
    const act = async () => {
      const ms = 500 + random.below(4_500);
      disk.fill();
      try {
        await pass(ms);
      } finally {
        disk.empty();
      }
      return `disk of ${name} full for ${ms} ms`;
    };
    return { name: `full disk ${name}`, random, pauseMs: [8_000, 25_000], act };
  });
}
