/**
 * The file driver on a file that grows, is rotated and is cut while it is read.
 */
import fs from "node:fs/promises";
import { expect, test } from "vitest";
import type { Burst, StreamDriver } from "../../../../agent/sensors/contract.ts";
import { file } from "../../../../agent/sensors/file.ts";
import { driverContext } from "../../../support/driver-context.ts";
import { SIGNAL, UNIX } from "../../../support/replay.ts";
import { type TempDir, tempDir } from "../../../support/temp-dir.ts";

async function follow(dir: TempDir, more: object = {}, cursor?: unknown) {
  const context = driverContext();
  const options = file.config.parse({ ...UNIX, path: dir.join("log"), at_end: "follow", ...more });
  const driver = file.create(options, context) as StreamDriver;
  await driver.open(cursor);
  let last: unknown = cursor;
  const next = async (change?: () => Promise<unknown>) => {
    const burst = driver.next(SIGNAL);
    if (change !== undefined) {
      await expect.poll(() => context.time.pending()).toEqual(["pause"]);
      await change();
      await context.time.advance(1_000_000);
    }
    const { samples, skipped, cursor } = (await burst) as Burst;
    last = JSON.parse(JSON.stringify(cursor));
    return { values: samples.map(({ values }) => values.t), skipped };
  };
  return { next, driver, context, cursor: () => last };
}

test("a file that is rotated is read to its end, then the new one from its start", async () => {
  await using dir = await tempDir();
  await fs.writeFile(dir.join("log"), "1,20\n");
  const { next, driver } = await follow(dir);
  expect((await next()).values).toEqual([20]);
  const rotated = await next(async () => {
    await fs.appendFile(dir.join("log"), "2,21\n");
    await fs.rename(dir.join("log"), dir.join("log.1"));
    await fs.appendFile(dir.join("log.1"), "3,22"); // its writer had it open still
    await fs.writeFile(dir.join("log"), "4,23\n5,24\n");
  });
  expect(rotated).toEqual({ values: [21, 22, 23, 24], skipped: {} });
  await driver.close();
});

test("a file that is moved away is waited for until another has its name", async () => {
  await using dir = await tempDir();
  await fs.writeFile(dir.join("log"), "1,20\n");
  const { next, driver, context } = await follow(dir);
  await next();
  const waiting = next(async () => {
    await fs.rename(dir.join("log"), dir.join("log.1"));
    await fs.appendFile(dir.join("log.1"), "2,21\n");
  });
  expect((await waiting).values).toEqual([21]);
  const later = next(() => fs.writeFile(dir.join("log"), "3,22\n"));
  expect((await later).values).toEqual([22]);
  expect(context.time.pending()).toEqual([]);
  await driver.close();
});

test("a file that is cut is read from its start, and the half line before is not taken", async () => {
  await using dir = await tempDir();
  await fs.writeFile(dir.join("log"), "1,20\n2,21\n3,2");
  const { next, driver } = await follow(dir);
  expect((await next()).values).toEqual([20, 21]);
  const cut = await next(async () => {
    await fs.truncate(dir.join("log"), 0);
    await fs.appendFile(dir.join("log"), "4,23\n");
  });
  expect(cut).toEqual({ values: [23], skipped: { short_row: 1 } });
  await driver.close();
});

test("a rotation while the agent is away costs no row while the old file is beside the new one", async () => {
  await using dir = await tempDir();
  await fs.writeFile(dir.join("log"), "1,20\n2,21\n");
  const before = await follow(dir);
  await before.next();
  await before.driver.close();
  await fs.appendFile(dir.join("log"), "3,22\n");
  await fs.rename(dir.join("log"), dir.join("log.1"));
  await fs.writeFile(dir.join("log"), "4,23\n");
  const after = await follow(dir, {}, before.cursor());
  expect((await after.next()).values).toEqual([22, 23]);
  await after.driver.close();
});

test("a start at the end leaves out what is there, but not what came while the agent was away", async () => {
  await using dir = await tempDir();
  await fs.writeFile(dir.join("log"), "1,20\n");
  const first = await follow(dir, { start: "end" });
  expect((await first.next(() => fs.appendFile(dir.join("log"), "2,21\n"))).values).toEqual([21]);
  await first.driver.close();
  await fs.appendFile(dir.join("log"), "3,22\n");
  const second = await follow(dir, { start: "end" }, first.cursor());
  expect((await second.next()).values).toEqual([22]);
  await second.driver.close();
});

test("rows without a time are of the moment in which they are seen; what came while nobody looked is left out", async () => {
  await using dir = await tempDir();
  await fs.writeFile(dir.join("log"), "20\n");
  const untimed = { columns: { t: 1 } };
  const first = await follow(dir, untimed);
  expect((await first.next(() => fs.appendFile(dir.join("log"), "21\r\nwarm\n22\n"))).values).toEqual([21, "warm", 22]);
  await first.driver.close();
  await fs.appendFile(dir.join("log"), "23\n");
  const second = await follow(dir, untimed, first.cursor());
  expect((await second.next(() => fs.appendFile(dir.join("log"), "24\n"))).values).toEqual([24]);
  await second.driver.close();
});

test.each([
  ["a replay without a time", { columns: { t: 1 } }],
  ["a pace without a time", { columns: { t: 1 }, at_end: "follow", speed: "1x" }],
  ["a start at the end of a replay", { ...UNIX, start: "end" }],
])("%s is refused", (_, config) => {
  expect(file.config.safeParse({ path: "log", ...config }).success).toBe(false);
});
