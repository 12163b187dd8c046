/**
 * A machine that is not as it should be: what the collector says at its start, and what it does when the disk is full.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs/promises";
import net from "node:net";
import { expect, type TestContext, test } from "vitest";
import { openDatabase } from "../../collector/ingest/schema.ts";
import { faultCode } from "../collector/fault-code.ts";
import { catalogBatch, dataBatch, samples } from "../collector/ingest/wire-batches.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { DECEMBER, openCollector } from "./open-collector.ts";
import { rawAgent } from "./raw-agent.ts";

const SECOND = 1_000_000;
const MIB = 1024 * 1024;

test("a port in use is a fault that names it, and leaves the data free for the next start", async () => {
  await using dir = await tempDir();
  const other = net.createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as net.AddressInfo;
  expect(await faultCode(openCollector(dir, { port }))).toBe("port_in_use");
  await new Promise((resolve) => other.close(resolve));
  await using collector = await openCollector(dir, { port });
  expect(collector.url).toBe(`mqtt://127.0.0.1:${port}`);
});

test("a data folder that cannot be made is a fault", async () => {
  await using dir = await tempDir();
  await fs.writeFile(dir.join("file"), "");
  expect(await faultCode(openCollector(dir, { data: dir.join("file", "data") }))).toBe("data_unwritable");
  expect(await fs.readFile(dir.join("file"), "utf8")).toBe("");
});

test("a second collector on the same data is refused, whatever its ports and sockets; the first goes on, and its end frees the data", async () => {
  await using dir = await tempDir();
  await using elsewhere = await tempDir();
  const data = dir.join("data");
  {
    await using first = await openCollector(dir, { data });
    await using agent = await rawAgent(first.url, "a");
    await agent.publish(catalogBatch(1));
    expect(await faultCode(openCollector(elsewhere, { data }))).toBe("already_running");
    await agent.publish(dataBatch(2, [samples([1])]));
    expect(await agent.told(2)).toEqual(["1", "2"]);
  }
  await using second = await openCollector(elsewhere, { data });
  expect(await second.account("a")).toMatchObject({ received: 1, stored: 1, balanced: true });
});

test("data of a newer collector is refused and left as it was", async () => {
  await using dir = await tempDir();
  const file = dir.join("data", "collector.db");
  await fs.mkdir(dir.join("data"));
  const db = openDatabase(file, false);
  db.pragma("user_version = 99");
  db.close();
  const before = await fs.readFile(file);
  expect(await faultCode(openCollector(dir))).toBe("journal_newer");
  expect((await fs.readFile(file)).equals(before)).toBe(true);
});

test("a disk that runs low makes every agent wait with credit 0, keeps what was acked, and takes the rest when there is room", async (context) => {
  await using dir = await tempDir();
  await using disk = await smallDisk(context, dir, 112);
  await using collector = await openCollector(dir, { data: disk.path });
  await using agent = await rawAgent(collector.url, "a");
  await agent.publish(catalogBatch(1));
  await agent.publish(batch(2, 10));
  await disk.fill(50 * MIB);
  await collector.clock.advance(SECOND); // the disk is asked once a second
  await agent.publish(batch(3, 10));
  await agent.publish(batch(2, 10));
  expect(await agent.told(4)).toEqual(["1", "2", "3 busy", "2"]);
  expect(agent.credit()).toMatchObject({ batches: 0 });
  expect(collector.log.entries.filter(({ level }) => level === "error")).toHaveLength(1);
  await disk.empty();
  await collector.clock.advance(SECOND);
  await agent.publish(batch(3, 10));
  expect((await agent.told(5)).at(-1)).toBe("3");
  expect(agent.credit()?.batches).toBeGreaterThan(0);
  expect(await collector.account("a")).toMatchObject({ received: 20, stored: 20, missingBatches: 0, balanced: true });
});

test("a disk that is full to the last byte in the middle of a commit loses nothing that was acked, and the collector lives on", async (context) => {
  await using dir = await tempDir();
  await using disk = await smallDisk(context, dir, 112);
  await using collector = await openCollector(dir, { data: disk.path });
  await using agent = await rawAgent(collector.url, "a");
  await agent.publish(catalogBatch(1));
  await agent.publish(batch(2, 10));
  expect(await collector.account("a")).toMatchObject({ stored: 10 });
  await disk.fill(Number.POSITIVE_INFINITY); // the clock stands still, so the collector does not know yet
  let seq = 3;
  let told: string[] = [];
  do {
    await agent.publish(batch(seq, 4_000));
    told = await agent.told(seq);
    seq += 1;
  } while (told.at(-1)?.endsWith(" busy") !== true && seq < 50);
  expect(told.at(-1)).toBe(`${seq - 1} busy`);
  const acked = seq - 2;
  const total = 10 + (acked - 2) * 4_000;
  expect(await collector.account("a")).toMatchObject({ received: total, missingBatches: 0 });
  await disk.empty();
  await collector.clock.advance(10 * SECOND);
  await agent.publish(batch(seq - 1, 4_000));
  expect((await agent.told(seq)).at(-1)).toBe(`${seq - 1}`);
  expect(await collector.account("a")).toMatchObject({ received: total + 4_000, stored: total + 4_000, unaccounted: 0, balanced: true });
  expect(collector.bugs).toEqual([]);
});

/** `count` readings that do not compress; all that were sealed with it are those of the batches before and its own. */
function batch(seq: number, count: number): Uint8Array {
  const random = seededRandom("values", seq);
  const values = Array.from({ length: count }, () => random.fraction());
  const sealed = count === 10 ? (seq - 1) * 10 : 10 + (seq - 2) * 4_000;
  return dataBatch(seq, [samples(values, { from: DECEMBER - 1e12 + seq * 1e10 })], { sealed });
}

interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** Takes that many bytes of the disk, or all there are. */
  fill(bytes: number): Promise<void>;
  empty(): Promise<void>;
}

/** A disk of a few MiB in RAM; skips the test where this user may not mount one. */
async function smallDisk({ skip }: TestContext, dir: TempDir, mib: number): Promise<SmallDisk> {
  const path = dir.join("disk");
  await fs.mkdir(path);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mib}m`, "tmpfs", path], { stdio: "pipe" });
  } catch {
    skip("needs the right to mount a tmpfs (root)");
  }
  const ballast = `${path}/ballast`;
  return {
    path,
    async fill(bytes) {
      const file = await fs.open(ballast, "w");
      try {
        for (let written = 0; written < bytes; written += MIB / 4) await file.writeFile(Buffer.alloc(Math.min(MIB / 4, bytes - written)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      } finally {
        await file.close();
      }
    },
    empty: () => fs.rm(ballast, { force: true }),
    [Symbol.asyncDispose]: async () => void execFileSync("umount", [path]),
  };
}
