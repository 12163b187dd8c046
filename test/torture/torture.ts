/**
 * torture: real agents, a real collector and a bad link between them; everything is killed, cut, filled up and misled at
 * random for some minutes. Then it is let alone, and the oracle counts: sent = stored once + declared.
 */
import fs from "node:fs";
import { setTimeout as pass } from "node:timers/promises";
import { Fault, micros, systemClock } from "../../protocol/index.ts";
import { askOracle, dueOf } from "../../simulators/oracle/index.ts";
import { randomOf, type SeededRandom } from "../support/seeded-random.ts";
import { type Cast, castOf } from "./cast.ts";
import { type Lane, lanesOf } from "./deeds.ts";
import { Inflow } from "./inflow.ts";

export interface TortureParts {
  readonly folder: string;
  readonly seconds: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** One deed, or a step of the story. */
  tell(line: string): void;
  progress(line: string): void;
}

export interface TortureResult {
  readonly seed: number;
  readonly seconds: number;
  /** How often each was done. */
  readonly deeds: Readonly<Record<string, number>>;
  /** Readings that were in when it was over: what came through in the middle of it. */
  readonly in_meanwhile: number;
  /** Ends of programs that nobody caused, such as starts on a full disk. */
  readonly own_ends: Readonly<Record<string, readonly string[]>>;
  readonly left_out: readonly string[];
  readonly verdict: Awaited<ReturnType<typeof askOracle>>;
  /** What went wrong beside the count. */
  readonly problems: readonly string[];
  readonly balanced: boolean;
}

const LOOK_MS = 1_000;
const STUCK_MS = 300_000;
const DRAIN_MS = 900_000;
const PATIENCE = micros(120_000_000);

export async function torture(parts: TortureParts): Promise<TortureResult> {
  const { folder, seconds, seed, signal, tell } = parts;
  let lanes = 0;
  const nextRandom = () => randomOf(seed * 1_000 + lanes++);
  await using cast = await castOf(folder, seconds, nextRandom());
  for (const line of cast.leftOut) tell(`left out: ${line}`);
  const inflow = new Inflow(cast.collectorSocket);
  const deeds = await hurt(cast, inflow, nextRandom, parts);
  tell(`no more of it, with ${inflow.readings.toLocaleString("en")} readings in: what is left is delivered`);
  const problems = await deliver(cast, parts);
  deeds["link fault"] = fs.readFileSync(`${folder}/link.log`, "utf8").split(/"event":"(?:begin|strike)"/).length - 1;
  const due = await Promise.all(cast.agents.map(({ config }) => dueOf(config, {})));
  const verdict = await askOracle({
    collector: { socket: cast.collectorSocket },
    due,
    clock: systemClock,
    signal,
    patience: PATIENCE,
    onProgress: parts.progress,
  });
  const victims = [cast.collector, cast.link, ...cast.agents.map(({ victim }) => victim)];
  problems.push(...victims.flatMap(({ bugs }) => bugs));
  return {
    seed,
    seconds,
    deeds,
    in_meanwhile: inflow.readings,
    own_ends: Object.fromEntries(victims.filter(({ ownEnds }) => ownEnds.length > 0).map(({ name, ownEnds }) => [name, ownEnds])),
    left_out: cast.leftOut,
    verdict,
    problems,
    balanced: verdict.balanced && problems.length === 0,
  };
}

/** Once everybody is heard: all lanes until the time is over. @returns how often each deed was done. */
async function hurt(cast: Cast, inflow: Inflow, nextRandom: () => SeededRandom, parts: TortureParts): Promise<Record<string, number>> {
  const { seconds, signal, tell, progress } = parts;
  const deeds: Record<string, number> = {};
  const over = new AbortController();
  let end = Number.POSITIVE_INFINITY;
  const left = () => Math.max(0, end - performance.now());
  const watched = inflow.watch(over.signal, () => {
    const done = Object.values(deeds).reduce((sum, count) => sum + count, 0);
    const when = end === Number.POSITIVE_INFINITY ? "they begin" : `${Math.ceil(left() / 1_000)} s left`;
    progress(`${when}, ${done} deeds, ${inflow.readings.toLocaleString("en")} readings are in`);
  });
  const run = async ({ name, pauseMs: [least, most], random, act }: Lane) => {
    for (;;) {
      const pause = least + random.below(most - least);
      if (pause >= left()) return;
      await pass(pause, undefined, { signal });
      tell(await act());
      deeds[name] = (deeds[name] ?? 0) + 1;
    }
  };
  try {
    await heard(cast, inflow, signal);
    await cast.setLink("bad");
    end = performance.now() + seconds * 1_000;
    await Promise.all(lanesOf(cast, inflow, nextRandom).map(run));
  } finally {
    over.abort();
    await watched;
  }
  return deeds;
}

/** Until all agents have delivered something; a busy machine takes its time. @throws Fault `torture_stuck`. */
async function heard({ agents }: Cast, inflow: Inflow, signal: AbortSignal): Promise<void> {
  const limit = performance.now() + STUCK_MS;
  while (inflow.agents < agents.length) {
    signal.throwIfAborted();
    if (performance.now() > limit) {
      throw new Fault(
        "torture_stuck",
        `expected ${agents.length} agents at the collector within ${STUCK_MS / 1_000} s, got ${inflow.agents}`,
        {
          hint: "the logs are in the folder that was kept; on a very busy machine try again",
        },
      );
    }
    await inflow.grows(LOOK_MS);
  }
}

/** Everything is whole again; the agents send what they have and replay the rest. @returns what went wrong. */
async function deliver({ collector, collectorClock, agents, disks, setLink }: Cast, { tell, progress }: TortureParts): Promise<string[]> {
  for (const disk of Object.values(disks)) disk.empty();
  for (const clock of [collectorClock, ...agents.map(({ clock }) => clock)]) clock?.set(0);
  await setLink("calm");
  await collector.kill(0);
  const problems: string[] = [];
  await Promise.all(
    agents.map(async ({ victim, hurry }) => {
      await victim.works(); // killed a moment ago, it may not listen to signals yet
      const stopped = await victim.stop();
      if (stopped !== "code 0" && stopped !== "not running") problems.push(`${victim.name} did not stop in order: ${stopped}`);
      hurry();
      const drained = await victim.finish(DRAIN_MS);
      if (drained !== "code 0") problems.push(`${victim.name} could not deliver what it had: ${drained}`);
      tell(`${victim.name} has delivered everything`);
      progress("");
    }),
  );
  return problems;
}
