import { expect, test } from "vitest";
import { pulseOf } from "../../collector/pulse.ts";
import { Fault } from "../../protocol/index.ts";
import { tempDir } from "../support/temp-dir.ts";
import { openIngest } from "./ingest/ingest-bench.ts";
import { catalogBatch, dataBatch, samples } from "./ingest/wire-batches.ts";

test("a collector whose journal and store answer says who is connected and what waits", async () => {
  await using dir = await tempDir();
  const held = Promise.withResolvers<void>();
  await using bench = await openIngest(dir.join("data.db"), {
    store: (store) => ({ ...store, put: (unit) => held.promise.then(() => store.put(unit)) }),
  });
  await bench.publish("a", catalogBatch(1));
  await bench.publish("a", dataBatch(2, [samples([1, 2, 3])]));
  expect(await pulseOf(bench.journal, bench.store, new Set(["a", "b"]))).toEqual({
    isMoving: true,
    words: "2 agents connected; 1 kB wait for the store",
  });
  held.resolve();
});

test("a disk that fails is an answer, and nothing that a restart would help", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  const progress = () => Promise.reject(new Fault("disk_error", "the disk went away", { retry: true }));
  expect(await pulseOf(bench.journal, { progress }, new Set())).toEqual({
    isMoving: true,
    words: "the disk refuses to be read (disk_error); agents are asked to wait",
  });
});

test("any other failure is a bug, and is not taken for an answer", async () => {
  await using dir = await tempDir();
  await using bench = await openIngest(dir.join("data.db"));
  const progress = () => Promise.reject(new Error("BUG: the store is not open"));
  await expect(pulseOf(bench.journal, { progress }, new Set())).rejects.toThrow("BUG");
});
