/**
 * Two million readings the whole way: files -> agent -> MQTT -> collector -> report, against an independent computation.
 */
import { execFileSync } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";
import type { HourlyOracle } from "../support/hourly-oracle.ts";
import { needs } from "../support/needs.ts";
import { generateRooms, READINGS, READINGS_A_ROW, readRooms, roomSensors } from "../support/rooms.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { accountOf, drainAgent, hourly, startCollector, writeAgent } from "../support/whole-path.ts";

/** SOURCE.md of the set counts 11 rows that are there twice, to the last digit. */
const REPEATED_ROWS = 11;

it("every hour of 2.16 M real readings equals an independent computation, repeats included", async () => {
  const packed = path.join(needs("data:room_climate"), "room_climate_raw.tar.xz");
  needs("xz");
  await using dir = await tempDir();
  execFileSync("tar", ["-xJf", packed, "-C", dir.path]);
  const { oracle, repeatedRows } = readRooms(dir.path);
  expect([oracle.readings, repeatedRows * READINGS_A_ROW]).toEqual([READINGS, REPEATED_ROWS * READINGS_A_ROW]);
  await expectSame("room climate", dir, oracle, "2016-03-15", "2017-02-04");
});

it("every hour of as many generated readings equals an independent computation", async () => {
  await using dir = await tempDir();
  const { oracle, repeatedRows } = generateRooms(dir.path);
  expect(oracle.readings).toBe(READINGS);
  expect(repeatedRows).toBeGreaterThan(0);
  await expectSame("generated rooms", dir, oracle, "2024-01-01", "2024-03-01");
});

async function expectSame(name: string, dir: TempDir, oracle: HourlyOracle, from: string, to: string): Promise<void> {
  const { program, url } = await startCollector(dir);
  const config = await writeAgent(dir, { name: "rooms", url, sensors: roomSensors(dir.path) });
  const began = performance.now();
  await drainAgent(config);
  const sent = performance.now();
  const rows = await hourly(dir, "--from", from, "--to", to, "--tz", "UTC");
  const reported = performance.now();
  oracle.expectSame(rows);
  expect(await accountOf(dir, "rooms")).toMatchObject({
    received: READINGS,
    stored: READINGS,
    duplicate: 0,
    conflict: 0,
    quarantined: 0,
    missingBatches: 0,
    balanced: true,
  });
  await program.kill("SIGTERM");
  const seconds = (span: number) => (span / 1000).toFixed(1);
  console.info(
    `${name}: ${READINGS} readings in ${seconds(sent - began)} s, ${oracle.hours} hours reported in ${seconds(reported - sent)} s`,
  );
}
