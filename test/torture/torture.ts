/**
 * torture: real agents, a real collector and a bad link between them; everything is killed, cut, filled up and misled at
 * random for some minutes. Then it is let alone, and the oracle counts: sent = stored once + declared.
 */
import fs from "node:fs";
import { setTimeout as pass } from "node:timers/promises";
import { askControl, Fault, isFault, micros, systemClock } from "../../protocol/index.ts";
import { askOracle, dueOf } from "../../simulators/oracle/index.ts";
import { randomOf } from "../support/seeded-random.ts";
import { type Cast, castOf } from "./cast.ts";
import { type Lane, lanesOf } from "./deeds.ts";

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
  await answered(cast, ({ size }) => size === cast.agents.length, signal);
  const deeds = await hurt(cast, lanesOf(cast, nextRandom), parts);
  const stored = await answered(cast, Boolean, signal);
  tell(`no more of it, with ${shown(stored)} readings in: what is left is delivered`);
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
    in_meanwhile: sum(stored),
    own_ends: Object.fromEntries(victims.filter(({ ownEnds }) => ownEnds.length > 0).map(({ name, ownEnds }) => [name, ownEnds])),
    left_out: cast.leftOut,
    verdict,
    problems,
    balanced: verdict.balanced && problems.length === 0,
  };
}

/** All lanes until the time is over. @returns how often each deed was done. */
async function hurt(cast: Cast, lanes: readonly Lane[], parts: TortureParts): Promise<Record<string, number>> {
  const { seconds, seed, signal, tell } = parts;
  const deeds: Record<string, number> = {};
  const began = performance.now();
  const left = () => seconds * 1_000 - (performance.now() - began);
  const run = async ({ name, pauseMs: [least, most], act }: Lane, index: number) => {
    const random = randomOf(seed * 1_000 + 500 + index);
    for (;;) {
      const pause = least + random.below(most - least);
      if (pause >= left()) return;
      await pass(pause, undefined, { signal });
      tell(await act());
      deeds[name] = (deeds[name] ?? 0) + 1;
    }
  };
  const over = new AbortController();
  const told = tellProgress(cast, deeds, left, parts, over.signal);
  await Promise.all(lanes.map(run)).finally(() => over.abort());
  await told;
  return deeds;
}

/** Once a second how it goes, as far as the collector lives to tell it. */
async function tellProgress(
  cast: Cast,
  deeds: Readonly<Record<string, number>>,
  left: () => number,
  { progress }: TortureParts,
  over: AbortSignal,
): Promise<void> {
  let stored = new Map<string, number>();
  while (!over.aborted) {
    try {
      stored = await askStored(cast);
    } catch (error) {
      if (!isFault(error)) throw error; // killed at the moment: the figure before stands
    }
    const done = Object.values(deeds).reduce((sum, count) => sum + count, 0);
    progress(`${Math.max(0, Math.ceil(left() / 1_000))} s left, ${done} deeds, ${shown(stored)} readings are in`);
    await pass(LOOK_MS, undefined, { signal: over }).catch(() => undefined); // over: that is how it ends
  }
}

/** Asks until the answer is the one that is waited for; a busy machine takes its time. @throws Fault `torture_stuck`. */
async function answered(cast: Cast, isIt: (stored: ReadonlyMap<string, number>) => boolean, signal: AbortSignal) {
  const end = performance.now() + STUCK_MS;
  for (let last = "nothing"; ; ) {
    try {
      const stored = await askStored(cast);
      if (isIt(stored)) return stored;
      last = `${stored.size} agents`;
    } catch (error) {
      if (!isFault(error)) throw error;
      last = error.message;
    }
    if (performance.now() > end) throw stuck(last);
    await pass(LOOK_MS, undefined, { signal });
  }
}

function stuck(last: string): Fault {
  return new Fault("torture_stuck", `expected the collector to know all agents within ${STUCK_MS / 1_000} s, got ${last}`, {
    hint: "the logs are in the folder that was kept; on a very busy machine try again",
  });
}

/** Readings in the store by agent, as the collector counts them. @throws Fault while it does not live. */
async function askStored({ collectorSocket }: Cast): Promise<Map<string, number>> {
  const accounts = await askControl(collectorSocket, "/api/v1/accounting", { signal: AbortSignal.timeout(5 * LOOK_MS) });
  return new Map((accounts as { agent: string; stored: number }[]).map(({ agent, stored }) => [agent, stored]));
}

function sum(stored: ReadonlyMap<string, number>): number {
  return [...stored.values()].reduce((total, count) => total + count, 0);
}

function shown(stored: ReadonlyMap<string, number>): string {
  return sum(stored).toLocaleString("en");
}

/** Everything is whole again; the agents send what they have and replay the rest. @returns what went wrong. */
async function deliver(
  { collector, collectorClock, link, agents, disks, calm }: Cast,
  { tell, progress }: TortureParts,
): Promise<string[]> {
  for (const disk of Object.values(disks)) disk.empty();
  for (const clock of [collectorClock, ...agents.map(({ clock }) => clock)]) clock?.set(0);
  calm();
  await link.kill(0);
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
