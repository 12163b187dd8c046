/**
 * Who is let in under the name of an agent, on the disk of a collector: whatever it is and becomes.
 */
import path from "node:path";
import { expect, test } from "vitest";
import { agentsOf } from "../../../collector/ingest/agents.ts";
import { LIMITS } from "../../../protocol/index.ts";
import { NEW_YEAR_2026 } from "../../support/manual-clock.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { crashCopy, openIngest } from "./ingest-bench.ts";
import { AIR, catalogBatch, dataBatch, EPOCH, OTHER_EPOCH, samples } from "./wire-batches.ts";

test("a hello that could not be put on disk is there before anything that comes after it", async () => {
  await using dir = await tempDir();
  const file = dir.join("data.db");
  await using bench = await openIngest(file);
  bench.db.pragma("query_only = ON");
  expect(await bench.hello("a", [{ epoch: OTHER_EPOCH, from: 1, to: 0 }])).toMatchObject({ standing: "welcome", token: "" });
  bench.db.pragma("query_only = OFF");
  const epochsOnDisk = () =>
    bench.journal.holders
      .list()
      .find(({ agent }) => agent === "a")
      ?.holder.epochs.map(({ epoch }) => epoch);
  expect(epochsOnDisk()).toEqual([EPOCH]);
  await bench.publish("a", catalogBatch(1, AIR, OTHER_EPOCH));
  expect(bench.told("a")).toEqual(["1"]);
  expect(epochsOnDisk()).toEqual([OTHER_EPOCH]);
});

test("a replica takes in whatever comes, for the collector beside it has judged who sends it", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"), { greeted: [], isReplica: true });
  await bench.publish("a", catalogBatch(1));
  await bench.publish("a", dataBatch(2, [samples([1])]));
  await bench.hello("a", [{ epoch: OTHER_EPOCH, from: 1, to: 0 }], { token: "", fingerprint: "01" });
  await bench.hello("a", [{ epoch: OTHER_EPOCH, from: 1, to: 0 }], { token: "", fingerprint: "02" });
  await bench.publish("a", dataBatch(3, [samples([2], { from: NEW_YEAR_2026 + 1e6 })]));
  expect(bench.log.entries.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
  expect(await bench.account("a")).toMatchObject({ received: 2, stored: 2, balanced: true });
});

test("an agent that used up its epochs is told to the operator when it says hello", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  const row = bench.db.prepare("INSERT INTO stream (agent, epoch, first_at) VALUES ('a', ?, 0)");
  for (let number = 1; number <= LIMITS.epochsPerAgent; number++) row.run(number.toString(16).padStart(16, "0"));
  await using reopened = await openIngest(await crashCopy(dir, dir.join("data.db")));
  await reopened.hello("a", [{ epoch: EPOCH, from: 1, to: 1 }]);
  await reopened.publish("a", catalogBatch(1));
  expect(reopened.told("a")).toEqual(["1 denied"]);
  expect(reopened.log.entries.filter(({ level }) => level === "error")).toMatchObject([
    { fields: { agent: "a", code: "too_many_epochs" } },
  ]);
});

test("which device has a name outlives a power cut; another one is refused and told to the operator, until he lets it in", async () => {
  await using dir = await tempDir();
  const file = dir.join("data.db");
  await using bench = await openIngest(file, { greeted: [] });
  const epochs = [{ epoch: EPOCH, from: 1, to: 0 }];
  const first = await bench.hello("a", epochs, { token: "", fingerprint: "01" });
  expect(first).toMatchObject({ standing: "welcome", token: expect.stringMatching(/^[0-9a-f]{28}$/) });
  expect(await bench.hello("a", epochs, { token: "", fingerprint: "02" })).toMatchObject({ standing: "denied", token: "", epochs: [] });

  await using reopened = await openIngest(await crashCopy(dir, file), { greeted: [] });
  expect(await reopened.hello("a", epochs, { token: "", fingerprint: "02" })).toMatchObject({ standing: "denied" });
  expect(reopened.ingest.refusals.get("denied")).toBe(1);
  expect(agentsOf(reopened.db, new Set())).toMatchObject([{ agent: "a", refused_device: expect.any(String) }]);
  expect(await reopened.hello("a", epochs, { token: first.token, fingerprint: "01" })).toMatchObject({ standing: "welcome" });

  expect(reopened.ingest.greeter.replaceDevice("b")).toBe(false);
  expect(reopened.ingest.greeter.replaceDevice("a")).toBe(true);
  expect(agentsOf(reopened.db, new Set())).toMatchObject([{ refused_device: null }]);
  await using again = await openIngest(await crashCopy(dir, dir.join(path.basename(reopened.db.name))));
  expect(await again.hello("a", epochs, { token: "", fingerprint: "02" })).toMatchObject({ standing: "welcome" });
  expect(await again.hello("a", epochs, { token: first.token, fingerprint: "01" })).toMatchObject({ standing: "denied" });
});
