/**
 * deeds: what is done to whom, each on a lane of its own, so that one comes in the middle of another.
 */
import { setTimeout as pass } from "node:timers/promises";
import type { SeededRandom } from "../support/seeded-random.ts";
import type { Cast } from "./cast.ts";
import type { Victim } from "./victim.ts";

export interface Lane {
  readonly name: string;
  /** Between two deeds. */
  readonly pauseMs: readonly [least: number, most: number];
  /** Does one. @returns it in words; undefined where nothing came of it. */
  act(): Promise<string>;
}

const HOUR = 3_600;
const STEPS = [-26 * HOUR, -HOUR, -90, -1, 1, 90, HOUR, 26 * HOUR];

/** @param randoms one for each lane: a lane's deeds do not depend on how long those of others take. */
export function lanesOf(cast: Cast, randoms: () => SeededRandom): Lane[] {
  const { collector, link, agents } = cast;
  const victims = agents.map(({ victim }) => victim);
  return [
    killLane("agents", victims, 2_000, randoms()),
    killLane("collector", [collector], 12_000, randoms()),
    killLane("link", [link], 20_000, randoms()),
    ...clockLane(cast, randoms()),
    ...diskLanes(cast, randoms),
  ];
}

/** One in four dies while it starts; the others have worked for a while, however slow the machine is. */
function killLane(name: string, victims: readonly Victim[], lifeMs: number, random: SeededRandom): Lane {
  return {
    name: `SIGKILL ${name}`,
    pauseMs: [100, 1_500],
    async act() {
      const victim = victims[random.below(victims.length)] as Victim;
      const isEarly = random.below(4) === 0;
      const worksMs = random.below(lifeMs);
      const downMs = random.below(3) === 0 ? random.below(4_000) : 0;
      if (!isEarly) {
        await victim.works();
        await pass(worksMs);
      }
      await victim.kill(downMs);
      return `SIGKILL ${victim.name}${isEarly ? " early" : ""}${downMs > 0 ? `, down for ${downMs} ms` : ""}`;
    },
  };
}

function clockLane({ agents, collectorClock }: Cast, random: SeededRandom): Lane[] {
  const clocks = [{ name: "collector", clock: collectorClock }, ...agents.map(({ victim, clock }) => ({ name: victim.name, clock }))];
  if (clocks.some(({ clock }) => clock === undefined)) return [];
  const act = async () => {
    const { name, clock } = clocks[random.below(clocks.length)] as (typeof clocks)[number];
    const seconds = random.below(3) === 0 ? 0 : (STEPS[random.below(STEPS.length)] as number);
    clock?.set(seconds);
    return `clock of ${name} set ${seconds === 0 ? "right" : `${seconds} s off`}`;
  };
  return [{ name: "clock step", pauseMs: [2_000, 8_000], act }];
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
    return { name: `full disk ${name}`, pauseMs: [8_000, 25_000], act };
  });
}
