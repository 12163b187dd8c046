/**
 * filled-spool: a spool with something of everything: batches acked, pending and resealed, gaps, open readings.
 */
import type { SeededRandom } from "../../support/seeded-random.ts";
import type { ModelCollector } from "./model-collector.ts";
import { pendingOf } from "./spool-commands.ts";
import type { Instant, SpoolWorld } from "./spool-world.ts";

export function fillSpool(world: SpoolWorld, collector: ModelCollector, random: SeededRandom): void {
  for (let round = 0; round < 6; round++) {
    for (let commits = 0; commits < 3; commits++) world.commit(instants(random), true);
    if (round < 5) world.seal(33);
    if (round === 1 || round === 3) deliverAllButTheLast(world, collector);
    if (round === 2) reseal(world);
  }
}

function instants(random: SeededRandom): Instant[] {
  return Array.from({ length: 10 }, () => ({
    sensor: random.below(3) as Instant["sensor"],
    step: 1_000_000,
    channels: 1 + random.below(7),
    quality: 0,
  }));
}

function deliverAllButTheLast(world: SpoolWorld, collector: ModelCollector): void {
  const answers = pendingOf(world).flatMap((info) => {
    const bytes = world.service.bytesToSend(info, world.now as never);
    return bytes === undefined ? [] : [collector.take(bytes)];
  });
  world.service.acked(answers.slice(0, -1));
}

function reseal(world: SpoolWorld): void {
  const info = pendingOf(world).find((batch) => batch.kind === "data");
  if (info !== undefined) world.service.reseal(info, "conflict", world.now as never);
}
