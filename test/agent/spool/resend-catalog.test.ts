import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { SpoolService } from "../../../agent/spool/service.ts";
import type { BatchInfo } from "../../../agent/spool/spool-file.ts";
import { decodeGaps, epochMicros, openBody, parseBatch } from "../../../protocol/index.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { pendingOf } from "./spool-commands.ts";
import { CATALOG, SpoolWorld } from "./spool-world.ts";

const NOW = epochMicros(1_800_000_000_000_000);

/** Three data batches and their catalog. */
function filled(folder: string) {
  const world = new SpoolWorld(folder, seededRandom("resend catalog", 1));
  for (let batch = 0; batch < 3; batch++) {
    world.commit([{ sensor: 1, step: 1_000, channels: 1, quality: 0 }], true);
    world.seal();
  }
  const [catalog, ...data] = pendingOf(world);
  if (catalog === undefined || data[0] === undefined) throw new Error("nothing was sealed");
  return { world, catalog, data, ref: world.service.catalogOf(data[0]) ?? "" };
}

/**
 * As if a page of the card had taken the row along, and its batch where it says so. The agent starts with another list
 * of series, for the same one would make the catalog known again.
 */
function loseCatalog(world: SpoolWorld, alsoBatch: boolean): void {
  world.service.close();
  const db = new Database(world.path);
  db.exec("UPDATE catalog SET hash = 'ffffffffffffffff'");
  if (alsoBatch) db.exec("DELETE FROM batch WHERE kind = 'catalog'");
  db.close();
  world.service = new SpoolService(seededRandom("resend catalog", 2));
  const { path, grids } = world;
  world.service.open({ path, maxSize: 1e9, keepFree: 0, catalog: CATALOG.slice(0, 1), grids, now: NOW });
}

test("a catalog that still waits for its ack is not sealed again, however often it is asked for; behind its ack it is", async () => {
  await using dir = await tempDir();
  const { world, catalog, ref } = filled(dir.path);
  for (let hello = 0; hello < 50; hello++) expect(world.service.resendCatalog(ref, NOW)).toEqual(catalog);
  world.service.acked([catalog]);
  const again = world.service.resendCatalog(ref, NOW);
  expect(again).toMatchObject({ kind: "catalog", seq: 5 });
  expect(world.service.resendCatalog(ref, NOW)).toEqual(again);
  world.service.close();
});

test("a catalog whose row is lost is found in its batch", async () => {
  await using dir = await tempDir();
  const { world, catalog, ref, data } = filled(dir.path);
  world.service.acked([catalog]);
  loseCatalog(world, false);
  expect(world.service.resendCatalog(ref, NOW)).toMatchObject({ kind: "catalog" });
  expect(pendingOf(world)).toEqual(expect.arrayContaining(data));
  world.service.close();
});

test("data whose catalog is nowhere any more is set aside with gaps that count it, and nothing waits for ever", async () => {
  await using dir = await tempDir();
  const { world, ref, data } = filled(dir.path);
  loseCatalog(world, true);
  expect(world.service.resendCatalog(ref, NOW)).toBeUndefined();
  expect(world.service.status()).toMatchObject({ damagedBatches: 3 });
  const [own, gap, ...rest] = pendingOf(world);
  expect([own?.kind, gap?.kind, rest]).toEqual(["catalog", "gap", []]);
  const declared = decodeGaps(openBody(parseBatch(world.service.bytesToSend(gap as BatchInfo, NOW) as Uint8Array)));
  expect(declared).toEqual(data.map(({ epoch, seq, count }) => expect.objectContaining({ epoch, seq, count, reason: "corrupt" })));
  expect(world.commit([], true)?.gaps, "told with the next commit").toEqual([gap]);
  expect(world.service.resendCatalog(ref, NOW)).toBeUndefined();
  expect(pendingOf(world)).toHaveLength(2);
  world.service.close();
});
