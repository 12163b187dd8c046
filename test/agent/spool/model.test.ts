import fc from "fast-check";
import { expect, test } from "vitest";
import { effort } from "../../support/effort.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { ModelCollector } from "./model-collector.ts";
import { type Device, pendingOf, spoolCommands } from "./spool-commands.ts";
import { SpoolWitness } from "./spool-witness.ts";
import { SpoolWorld } from "./spool-world.ts";

const RUNS = effort("spool model: runs with and without windows", { quick: 40, test: 150, prove: 500 });

test("whatever happens to a spool, each committed reading stays in exactly one place", { timeout: 600_000 }, async () => {
  await using folder = await tempDir();
  let run = 0;
  const random = seededRandom("spool model");
  const runs = fc.property(fc.commands([...spoolCommands()], { maxCommands: 60, size: "max" }), fc.boolean(), (commands, windows) => {
    run += 1;
    const world = new SpoolWorld(folder.join(String(run)), random, windows);
    try {
      const device = { world, witness: new SpoolWitness(world), collector: new ModelCollector() };
      device.witness.look();
      fc.modelRun(() => ({ model: {}, real: device }), commands);
      drain(device);
    } finally {
      world.service.close();
    }
  });
  fc.assert(runs, { numRuns: RUNS, seed: random.seed });
});

/** With faults off everything drains, and the collector has an answer for every seq. */
function drain({ world, witness, collector }: Device): void {
  world.seal();
  world.service.reconcile(collector.greeting(world.service.hello().epochs), world.now as never);
  for (const info of pendingOf(world)) {
    const bytes = world.service.bytesToSend(info, world.now as never);
    if (bytes !== undefined) world.service.acked([collector.take(bytes)]);
  }
  witness.look();
  expect(world.service.status()).toMatchObject({ open: 0, pendingBatches: 0 });
  for (const batch of witness.seen.values()) expect(collector.has(batch), `${batch.epoch}/${batch.seq}`).toBe(true);
}
