import fs from "node:fs";
import { expect, test } from "vitest";
import { hoursLeft, Pace } from "../../../agent/control/pace.ts";
import { MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND } from "../../../protocol/index.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** A machine whose process has written so much. */
async function bench() {
  const dir = await tempDir();
  const time = manualClock();
  const write = (bytes: number) => {
    fs.mkdirSync(dir.join("proc/self"), { recursive: true });
    fs.writeFileSync(dir.join("proc/self/io"), `rchar: 1\nwrite_bytes: ${bytes}\ncancelled_write_bytes: 0\n`);
  };
  return { dir, time, write, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

test("rates are learned from the seals: readings of the last minute, bytes of the last hour", async () => {
  await using box = await bench();
  box.write(1_000);
  const pace = new Pace(box.time.clock, box.dir.path, { air: 100 });
  for (let minute = 1; minute <= 120; minute++) {
    await box.time.advance(MICROS_PER_MINUTE);
    box.write(1_000 + minute * 6_000);
    pace.sealed(500, { air: 100 + minute * 60 });
  }
  await box.time.advance(30 * MICROS_PER_SECOND);
  const { readingsPerSecond, sealedBytesPerHour, writtenBytesPerDay } = pace.report({ air: 100 + 120 * 60 + 60 });
  expect(readingsPerSecond.air).toBeCloseTo(120 / 90, 6); // since the last mark that is a minute old
  expect(sealedBytesPerHour).toBeCloseTo((500 * 60 * 60) / 60.5, 0);
  expect(writtenBytesPerDay).toBeCloseTo((6_000 * 60 * 1_440) / 60.5, 0);
});

test("seals in quick succession set one mark a minute", async () => {
  await using box = await bench();
  const pace = new Pace(box.time.clock, box.dir.path, { air: 0 });
  for (let second = 1; second <= 150; second++) {
    await box.time.advance(MICROS_PER_SECOND);
    pace.sealed(10, { air: second });
  }
  expect(pace.report({ air: 150 })).toEqual({ readingsPerSecond: { air: 1 }, sealedBytesPerHour: 36_000, writtenBytesPerDay: undefined });
});

test("nothing is said before there is something to learn from, nor of bytes where nothing was sealed", async () => {
  await using box = await bench();
  box.write(0);
  const pace = new Pace(box.time.clock, box.dir.path, { air: 0 });
  await box.time.advance(10 * MICROS_PER_SECOND);
  expect(pace.report({ air: 10 })).toEqual({ readingsPerSecond: {}, sealedBytesPerHour: undefined, writtenBytesPerDay: undefined });
  await box.time.advance(MICROS_PER_HOUR);
  expect(pace.report({ air: 3_610 }).sealedBytesPerHour).toBeUndefined();
  expect(hoursLeft({ usedBytes: 0, allowedBytes: 1_000, historyBytes: 0 }, undefined)).toBeUndefined();
});

test("acked history counts as free, and a spool that is over its quota has no hours left", () => {
  expect(hoursLeft({ usedBytes: 600, allowedBytes: 1_000, historyBytes: 100 }, 50)).toBe(10);
  expect(hoursLeft({ usedBytes: 2_000, allowedBytes: 1_000, historyBytes: 100 }, 50)).toBe(0);
});
