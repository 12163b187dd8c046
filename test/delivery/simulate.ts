/**
 * simulate: one seed: a hostile quarter of an hour or so, then calm until everything has drained, then the account.
 *
 * Agent and collector are the real steps, the spool is the real one. Nothing here knows what the right answer to an
 * event is: the witness only compares what was sealed with what is stored or declared in the end.
 */
import { randomOf, type SeededRandom } from "../support/seeded-random.ts";
import { FAULTS, restartAgent, type World } from "./faults.ts";
import { GOOD_NET, Net, type NetFaults } from "./net.ts";
import { RULES, type Rules } from "./rules.ts";
import { Scheduler } from "./scheduler.ts";
import { SimAgent } from "./sim-agent.ts";
import { SimCollector } from "./sim-collector.ts";
import { SimSpool } from "./sim-spool.ts";
import { Witness } from "./witness.ts";

const MINUTE = 60_000;
const HOSTILE = 12 * MINUTE;
/** Back-offs end at a minute and pauses at one: everything pending fits into this many times over. */
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
  /** Batches in the memory of the agent. */
  readonly mostAtHand: number;
  readonly faults: ReadonlyMap<string, number>;
}

export interface Plan {
  readonly rules?: Rules;
  /** Without any fault, for what should cost nothing. */
  readonly calm?: boolean;
  /** Only these faults, for what comes of their meeting. */
  readonly only?: readonly (keyof typeof FAULTS)[];
}

export function simulate(seed: number, { rules = RULES, calm = false, only }: Plan = {}): Outcome {
  const random = randomOf(seed);
  const world = makeWorld(random, rules, calm ? GOOD_NET : badNet(random));
  const faults = new Map<string, number>();
  world.agent.start(0);
  work(world);
  if (!calm) plague(world, only ?? someFaults(random), faults);
  if (!calm && random.fraction() < 0.3) world.collector.mostReadings = 64;
  world.scheduler.runUntil(HOSTILE);
  calmDown(world);
  if (!drain(world)) world.witness.complain("not drained");
  world.net.cut(); // one more hello: what the collector lost is asked for again
  world.scheduler.runUntil(world.scheduler.now + MINUTE);
  if (!drain(world)) world.witness.complain("not drained after the last hello");
  judge(world);
  const { violations, batches, sealedIn, published, excused, mostAtHand } = world.witness;
  return { violations, sealed: batches.size, readings: sealedIn.size, published, excused: excused.size, mostAtHand, faults };
}

function makeWorld(random: SeededRandom, rules: Rules, faults: NetFaults): World {
  const scheduler = new Scheduler();
  const witness = new Witness();
  const net = new Net(scheduler, random, random.fraction() < 0.5, faults);
  const parts = { rules, scheduler, random, net, witness };
  const collector = new SimCollector(parts);
  net.listener = collector;
  const agent = new SimAgent(parts, new SimSpool(random, witness));
  const world: World = {
    ...{ scheduler, random, net, agent, collector, witness, isReplay: random.fraction() < 0.5 },
    ...{ newestReading: 0, calibration: 0, backup: [], copy: undefined },
  };
  collector.onDeath = () => FAULTS["the collector is killed"]?.(world);
  return world;
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

/** The sampler: commits now and then, seals now and then. */
function work(world: World): void {
  const { scheduler, random, agent } = world;
  const most = random.fraction() < 0.2 ? 90 : 6;
  const turn = () => {
    if (scheduler.now >= HOSTILE) return;
    agent.work((spool) => {
      const count = 1 + random.below(most);
      spool.commit(spool.nextReading, count);
      world.newestReading = Math.max(world.newestReading, spool.nextReading - 1);
      return {};
    });
    if (random.fraction() < 0.4) agent.work((spool) => ({ sealed: spool.seal(100) }));
    scheduler.after(500 + random.below(8_000), turn);
  };
  turn();
}

/** A few of the faults, some of these often: what matters is which of them meet. */
function someFaults(random: SeededRandom): (keyof typeof FAULTS)[] {
  return Object.keys(FAULTS).flatMap((name) => Array.from({ length: Math.max(0, random.below(9) - 5) }, () => name));
}

function plague(world: World, chosen: readonly (keyof typeof FAULTS)[], counts: Map<string, number>): void {
  const { scheduler, random } = world;
  const pause = 5_000 + random.below(60_000);
  const turn = () => {
    const fault = chosen[random.below(chosen.length)];
    if (scheduler.now >= HOSTILE || fault === undefined) return;
    counts.set(fault, (counts.get(fault) ?? 0) + 1);
    FAULTS[fault]?.(world);
    scheduler.after(random.below(2 * pause), turn);
  };
  scheduler.after(random.below(pause), turn);
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
}

function drain({ scheduler, agent }: World): boolean {
  const end = scheduler.now + LONGEST_CALM;
  do scheduler.runUntil(scheduler.now + 5_000);
  while (scheduler.now < end && !(agent.phase === "open" && agent.spool.isDrained));
  return scheduler.now < end;
}

function judge({ witness, collector, agent }: World): void {
  const stored = collector.stored();
  const verdicts = collector.verdicts();
  for (const [reading, batches] of witness.sealedIn) {
    const times = stored.get(reading) ?? 0;
    if (times > 1) witness.complain(`reading ${reading} is stored ${times} times`);
    if (times > 0 || witness.excused.has(reading)) continue;
    // Data beats gap: where a spool that was rolled back declares a loss under a seq that its former life had sent, the
    // declaration arrived, and other data has the place.
    const isDeclared = batches.some(({ place, readings }) => collector.declared(place, readings.length));
    if (!isDeclared) witness.complain(`reading ${reading} of ${batches.map(({ name }) => name).join(", ")} is lost without a gap`);
  }
  for (const { name, place, isAcked, readings } of agent.spool.batches()) {
    const isMissing = readings.some((reading) => !stored.has(reading) && !witness.excused.has(reading));
    if (isAcked && isMissing && !collector.declared(place, readings.length))
      witness.complain(`${name} is acked in the spool and not stored`);
  }
  judgeGaps(witness, verdicts);
}

/** A gap that stands says how many readings went, where that can be known. */
function judgeGaps(witness: Witness, verdicts: ReturnType<SimCollector["verdicts"]>): void {
  const counts = new Map<string, Set<number>>();
  for (const { place, readings } of witness.batches.values()) {
    counts.set(place, (counts.get(place) ?? new Set()).add(readings.length));
  }
  for (const [place, verdict] of verdicts) {
    if (!("gap" in verdict) || verdict.gap.reason !== "dropped_oldest") continue;
    if (!counts.get(place)?.has(verdict.gap.count)) witness.complain(`the gap of ${place} says ${verdict.gap.count} readings`);
  }
}
