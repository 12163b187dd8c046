import fs from "node:fs/promises";
import { expect, test } from "vitest";
import { roomChecker } from "../../../collector/ingest/room.ts";
import { MICROS_PER_SECOND } from "../../../protocol/index.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { quietLog } from "../../support/quiet-log.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { openIngest } from "./ingest-bench.ts";
import { catalogBatch } from "./wire-batches.ts";

test("a disk that does not answer has no room: batches are refused as busy until it answers, and that is said once", async () => {
  await using dir = await tempDir();
  const folder = dir.join("mount");
  const { clock, ...time } = manualClock();
  const log = quietLog();
  const hasRoom = roomChecker({ clock, log }, folder, { waitingBytes: () => 0 });
  await using bench = await openIngest(dir.join("data.db"), { hasRoom });
  await bench.publish("a", catalogBatch(1));
  await time.advance(2 * MICROS_PER_SECOND);
  await bench.publish("a", catalogBatch(1));
  expect(bench.told("a")).toEqual(["1 busy", "1 busy"]);
  expect(log.entries.map(({ level }) => level)).toEqual(["error"]);
  await fs.mkdir(folder);
  await time.advance(2 * MICROS_PER_SECOND);
  await bench.publish("a", catalogBatch(1));
  expect(bench.told("a").at(-1)).toBe("1");
  expect(log.entries.map(({ level }) => level)).toEqual(["error", "info"]);
});
