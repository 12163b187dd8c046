import fs from "node:fs";
import { expect, test } from "vitest";
import type { OpenRequest } from "../../../agent/spool/service.ts";
import { type Spool, startSpool } from "../../../agent/spool/spool.ts";
import { epochMicros, type Fault } from "../../../protocol/index.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { CATALOG, gridsOf } from "./spool-world.ts";

const NOW = epochMicros(1_800_000_000_000_000);

function request(path: string): OpenRequest {
  return { path, maxSize: 1e8, keepFree: 0, catalog: CATALOG, grids: gridsOf(false), now: NOW };
}

function commitOf(count: number) {
  const columns = [{ series: 0, present: new Uint8Array(1).fill(1), values: Float64Array.of(count), quality: new Uint8Array(1) }];
  const frames = [{ sensor: 0, stamp: "boot" as const, at: Float64Array.of(count * 1_000_000), columns }];
  const state = { tallies: {}, filters: {}, cursors: { count } };
  return { commit: { frames, summaries: [], state }, boot: "boot-1", offset: undefined, now: NOW };
}

/** A spool in its thread; what ends the thread is in `bugs`. */
function startHere(): { readonly spool: Spool; readonly died: Promise<unknown> } {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  return { spool: startSpool(resolve), died: promise };
}

test("a fault crosses the thread with its code, message, retry and hint", async () => {
  await using dir = await tempDir();
  fs.writeFileSync(dir.join("file"), "");
  const { spool } = startHere();
  const fault: Fault = await spool.open(request(dir.join("file", "spool.db"))).catch((error) => error);
  expect(fault).toMatchObject({ name: "Fault", code: "spool_unwritable", retry: false });
  expect(fault.message).toContain(dir.join("file", "spool.db"));
  expect(fault.hint).toContain("spool: { path: ... }");
  await spool.close();
});

test("calls made at once are carried out in the order in which they were made", async () => {
  await using dir = await tempDir();
  const { spool } = startHere();
  const counts = Array.from({ length: 50 }, (_, index) => index + 1);
  const opened = spool.open(request(dir.join("spool.db")));
  const outcomes = counts.map((count) => spool.commit(commitOf(count)));
  const sealed = spool.seal({ boot: "boot-1", offset: NOW, suspect: false, maxReadings: 1_000, now: NOW });
  expect((await opened).open).toBe(0);
  expect((await Promise.all(outcomes)).map((outcome) => outcome.open)).toEqual(counts);
  expect(await sealed).toMatchObject([{ kind: "data", seq: 2, count: 50 }]);
  const bytes = await spool.bytesToSend((await sealed)[0] as never, NOW);
  expect(bytes).toBeInstanceOf(Uint8Array);
  await spool.close();
});

test("what was committed through one thread is found by the next", async () => {
  await using dir = await tempDir();
  const first = startHere().spool;
  await first.open(request(dir.join("spool.db")));
  await first.commit(commitOf(7));
  await first.close();
  const second = startHere().spool;
  expect(await second.open(request(dir.join("spool.db")))).toMatchObject({
    open: 1,
    saved: { cursors: { count: 7 } },
    salvaged: undefined,
  });
  await second.close();
});

test("closing ends the thread, and its file can be taken over at once", async () => {
  await using dir = await tempDir();
  const { spool } = startHere();
  await spool.open(request(dir.join("spool.db")));
  await spool.close();
  expect(fs.existsSync(dir.join("spool.db-wal"))).toBe(false);
  const threads = process.getActiveResourcesInfo().filter((name) => name === "MessagePort" || name === "Worker");
  const again = startHere().spool;
  await again.open(request(dir.join("spool.db")));
  await again.close();
  expect(process.getActiveResourcesInfo().filter((name) => name === "MessagePort" || name === "Worker")).toEqual(threads);
});

test("a bug in the thread is reported, for an agent that no longer knows its spool must not go on", async () => {
  const { spool, died } = startHere();
  void spool.status().catch(() => undefined); // never answered: the thread is gone
  expect(String(await died)).toContain("BUG: the spool was used before it was opened");
});
