import { test } from "vitest";
import { account, bench, channel, listJournal, polled, scripted, sensor } from "../../support/sampling.ts";
test("x", async () => {
  let n = 0;
  const driver = () => scripted(() => polled(async () => ({ values: { t: { value: 0, quality: n++ % 2 ? "good" : "suspect", reason: "r" } as never } }), "shared"));
  const sensors = [sensor("a", driver(), { every: 700_000 as never }), sensor("b", driver(), { channels: [channel("t", [{ deadband: { width: 5, heartbeat: "10s" } }, { aggregate: { every: "3s" } }])] })];
  let running = bench(sensors);
  const { time } = running;
  running.sampler.start();
  await time.advance(2_595_000);
  await running.sampler.stop();
  console.log(account(running.journal), JSON.stringify(running.journal.saved));
  for (let i = 0; i < 2; i++) {
    const journal = listJournal(running.journal.saved);
    journal.commits.push(...running.journal.commits);
    running.journal.commit = () => new Promise(() => {});
    running = bench(sensors, { journal, time });
    running.sampler.start();
    await time.advance(i * 1_000_000);
  console.log(account(running.journal), JSON.stringify(running.journal.saved), JSON.stringify(running.journal.commits.at(-1)));
  }
});
