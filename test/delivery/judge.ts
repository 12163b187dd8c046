/**
 * judge: the account of a run, by what the witness saw and what is on the disks in the end.
 */
import { LIMITS } from "../../protocol/index.ts";
import type { SimAgent } from "./sim-agent.ts";
import type { SealedOnce } from "./witness.ts";
import { agentsOf, type World } from "./world.ts";

const WINDOW = 8;
/** Of the send queue: live ones, two pages of backlog, what was in flight. */
const MOST_AT_HAND = 1_024 + 2 * 256 + WINDOW;
const HASHES_KEPT = 4_096;

export function judge(world: World): void {
  const { witness, collector } = world;
  const stored = collector.stored();
  const keptBack = keptBackBy(world);
  for (const [reading, batches] of witness.sealedIn) {
    const times = stored.get(reading) ?? 0;
    if (times > 1) witness.complain(`reading ${reading} is stored ${times} times`);
    if (times > 0 || witness.excused.has(reading) || keptBack(reading, batches)) continue;
    const isDeclared = batches.some((batch) => collector.declared(batch));
    if (!isDeclared) witness.complain(`reading ${reading} of ${batches.map(({ name }) => name).join(", ")} is lost without a gap`);
  }
  for (const agent of agentsOf(world)) if (!agent.isRefused) judgeAcked(world, agent, stored);
  for (const fork of witness.forks) {
    if (witness.isMixed(fork, stored.keys())) witness.complain("a series holds readings of two devices");
  }
  judgeGaps(world);
  if (witness.mostAtHand > MOST_AT_HAND) witness.complain(`${witness.mostAtHand} batches at hand`);
  if (witness.mostInFlight > WINDOW) witness.complain(`${witness.mostInFlight} batches in flight`);
  if (collector.mostKnown > HASHES_KEPT) witness.complain(`${collector.mostKnown} hashes kept`);
}

/**
 * A device that is refused keeps what it has, and the gaps for what it had no room for. What it let go after an ack, in times when it was let in, and a restored
 * collector lost, nobody can ask it for.
 */
function keptBackBy(world: World): (reading: number, batches: readonly SealedOnce[]) => boolean {
  const refused = agentsOf(world).filter(({ isRefused }) => isRefused);
  const kept = new Set(refused.flatMap(({ spool }) => [...spool.readings()]));
  const givenUp = new Set(refused.flatMap(({ spool }) => [...spool.declared()]));
  const wasAcked = ({ name }: SealedOnce) => world.witness.durable.has(name) && refused.some(({ spool }) => spool.lineage.has(name));
  return (reading, batches) => kept.has(reading) || batches.some((batch) => givenUp.has(batch.name) || wasAcked(batch));
}

function judgeAcked({ witness, collector }: World, { spool }: SimAgent, stored: ReadonlyMap<number, number>): void {
  for (const { name, place, isAcked, readings } of spool.batches()) {
    const isMissing = isAcked && readings.some((reading) => !stored.has(reading) && !witness.excused.has(reading));
    if (isMissing && !collector.declared({ name, place, readings })) witness.complain(`${name} is acked in the spool and not stored`);
  }
}

/** A gap that stands says how many readings went, where that can be known. */
function judgeGaps({ witness, collector }: World): void {
  const counts = new Map<string, Set<number>>();
  for (const { place, readings } of witness.batches.values()) {
    counts.set(place, (counts.get(place) ?? new Set()).add(readings.length));
  }
  for (const [place, verdict] of collector.verdicts()) {
    if (!("gap" in verdict) || verdict.gap.reason !== "dropped_oldest") continue;
    if (!counts.get(place)?.has(verdict.gap.count)) witness.complain(`the gap of ${place} says ${verdict.gap.count} readings`);
    if (verdict.gap.count > LIMITS.readingsPerBatch) witness.complain(`the gap of ${place} is too big`);
  }
}
