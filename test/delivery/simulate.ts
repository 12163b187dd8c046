/**
 * simulate: one seed: some hostile minutes, then calm until everything has drained, then the account.
 *
 * Agent and collector are the real steps, the spool is the real one. Nothing here knows what the right answer to an
 * event is: the witness only compares what was sealed with what is stored or declared in the end.
 */
import { randomOf, type SeededRandom } from "../support/seeded-random.ts";
import { FAULT_NAMES, FAULTS, type FaultName, restartAgent, restartCollector } from "./faults.ts";
import { judge } from "./judge.ts";
import { GOOD_NET, type NetFaults } from "./net.ts";
import { RULES, type Rules } from "./rules.ts";
import { agentsOf, makeWorld, sample, type World } from "./world.ts";

const MINUTE = 60_000;
/** How long a run is hostile, where its plan does not say. */
export const HOSTILE = 2.5 * MINUTE;
/** Back-offs end at a minute, pauses at one and those of a refused device at a quarter of an hour: all fits many times. */
const LONGEST_CALM = 120 * MINUTE;

export interface Outcome {
  readonly violations: readonly string[];
  /** Batches, gaps and catalogs included. */
  readonly sealed: number;
  readonly readings: number;
  /** Batches that arrived whole at the collector, resends included. */
  readonly published: number;
  /** Readings that a disaster left in no copy at all. */
  readonly excused: number;
  /** Devices that were refused in the end. */
  readonly refused: number;
  readonly faults: readonly FaultEvent[];
}

export interface FaultEvent {
  /** Milliseconds since the beginning. */
  readonly at: number;
  readonly fault: FaultName;
}

export interface Plan {
  readonly rules?: Rules;
  /** Only these faults, for what comes of their meeting. */
  readonly only?: readonly FaultName[];
  /** The seed chooses some of these; what stands here twice, it chooses more often. Default: all. */
  readonly among?: readonly FaultName[];
  /** Just these, in place of what the seed chooses. */
  readonly faults?: readonly FaultEvent[];
  /** In place of the net that the seed makes. */
  readonly net?: NetFaults;
  /** A net without faults. */
  readonly goodNet?: boolean;
  /** Milliseconds of sampling and faults. */
  readonly until?: number;
}

/** Without any fault, for what should cost nothing. */
export const CALM: Plan = { faults: [], goodNet: true };

export function simulate(
  seed: number,
  { rules = RULES, only, among = FAULT_NAMES, faults, net, goodNet = false, until = HOSTILE }: Plan = {},
): Outcome {
  // What happens when has a randomness of its own: one fault less leaves the others where they are.
  const chance = randomOf(seed ^ 0x5bd1e995);
  const ownNet = badNet(chance);
  const planned = faults ?? chooseFaults(chance, only ?? someFaults(chance, among), until);
  const hasSmallLimit = chance.fraction() < 0.3;
  const world = makeWorld(randomOf(seed), rules, goodNet ? GOOD_NET : (net ?? ownNet), until);
  if (hasSmallLimit && planned.length > 0) world.collector.mostReadings = 64;
  world.collector.onDeath = () => restartCollector(world);
  world.agent.start(0);
  sample(world, world.agent);
  for (const { at, fault } of planned) world.scheduler.after(at, () => FAULTS[fault](world));
  world.scheduler.runUntil(until);
  calmDown(world);
  if (!drain(world)) world.witness.complain("not drained");
  world.net.cut(); // one more hello: what the collector lost is asked for again
  world.scheduler.runUntil(world.scheduler.now + MINUTE);
  if (!drain(world)) world.witness.complain("not drained after the last hello");
  judge(world);
  const { violations, batches, sealedIn, published, excused } = world.witness;
  const refused = agentsOf(world).filter(({ isRefused }) => isRefused).length;
  for (const { spool } of agentsOf(world)) spool.close();
  return { violations, sealed: batches.size, readings: sealedIn.size, published, excused: excused.size, refused, faults: planned };
}

function badNet(random: SeededRandom): NetFaults {
  const share = (most: number) => (random.fraction() < 0.5 ? 0 : random.fraction() * most);
  return {
    loss: share(0.3),
    doubled: share(0.3),
    bent: share(0.1),
    late: share(0.3),
    delay: 20 + random.below(2_000),
    lateDelay: 1_000 + random.below(120_000),
  };
}

/** A few of the faults, some of these often: what matters is which of them meet. */
function someFaults(random: SeededRandom, among: readonly FaultName[]): FaultName[] {
  return among.flatMap((name) => Array.from({ length: Math.max(0, random.below(9) - 5) }, () => name));
}

function chooseFaults(random: SeededRandom, chosen: readonly FaultName[], until: number): FaultEvent[] {
  const events: FaultEvent[] = [];
  const pause = 1_500 + random.below(15_000);
  for (let at = random.below(pause); at < until; at += random.below(2 * pause)) {
    const fault = chosen[random.below(chosen.length)];
    if (fault !== undefined) events.push({ at, fault });
  }
  return events;
}

function calmDown(world: World): void {
  const { net, agent, collector, scheduler } = world;
  net.faults = GOOD_NET;
  collector.diesAfterCommit = false;
  collector.failsNext = false;
  scheduler.runUntil(scheduler.now + 2 * MINUTE); // what was to start again has started, what was full has room
  if (!agent.isUp) restartAgent(world, 0);
  agent.work((spool) => {
    const missing = world.newestReading + 1 - spool.nextReading;
    if (missing > 0) spool.commit(spool.nextReading, missing);
    return { sealed: spool.seal(100) };
  });
  world.second?.work((spool) => ({ sealed: spool.seal(100) }));
}

/** Until every device has sent all it has, or was refused. Where all were, the operator lets one in. */
function drain(world: World): boolean {
  const { scheduler, collector, witness } = world;
  const end = scheduler.now + LONGEST_CALM;
  do {
    scheduler.runUntil(scheduler.now + 5_000);
    if (agentsOf(world).every(({ isRefused }) => isRefused)) {
      collector.replaceDevice();
      witness.forks.length = 0; // whichever comes first: that was his word
    }
  } while (scheduler.now < end && !agentsOf(world).every(isDone));
  return scheduler.now < end;
}

function isDone({ isRefused, phase, spool }: ReturnType<typeof agentsOf>[number]): boolean {
  return isRefused || (phase === "open" && spool.isDrained);
}
