import fs from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PolledDriver } from "../../../agent/sensors/contract.ts";
import { oneWire } from "../../../agent/sensors/one-wire.ts";
import { driverContext } from "../../support/driver-context.ts";
import { breakFile, sysfs } from "../../support/sysfs.ts";

const SIGNAL = new AbortController().signal;
const ID = "28-00000a1b2c3d";

async function open(root: string, id = ID): Promise<PolledDriver> {
  const driver = oneWire.create(oneWire.config.parse({ id }), driverContext(root)) as PolledDriver;
  await driver.open();
  return driver;
}

async function read(answer: string) {
  await using tree = await sysfs();
  await tree.oneWire(ID, answer);
  return (await (await open(tree.path)).read(SIGNAL)).values.temperature;
}

/** CRC-8 of the 1-Wire bus as polynomial division over single bits, to be independent of the driver's. */
function crcOf(bytes: readonly number[]): number {
  const bits = bytes.flatMap((byte) => Array.from({ length: 8 }, (_, bit) => (byte >> bit) & 1));
  let register = 0; // bit 7 is the newest
  for (const bit of bits) {
    const feedback = (register & 1) ^ bit;
    register >>= 1;
    if (feedback === 1) register ^= 0b1000_1100;
  }
  return register;
}

const hex = (bytes: readonly number[]) => bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

/** What the kernel prints for a scratchpad: temperature from the first two bytes, in sixteenths, cut to whole milli-degrees. */
function answerTo(eight: readonly number[]): string {
  const bytes = [...eight, crcOf(eight)];
  const raw = new Int16Array([(bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8)])[0] ?? 0;
  return `${hex(bytes)} : crc=${hex([crcOf(eight)])} YES\n${hex(bytes)} t=${Math.trunc((raw * 1000) / 16)}\n`;
}

const scratchpad = (raw: number, sixth = 0x10) => [raw & 0xff, (raw >> 8) & 0xff, 0x4b, 0x46, 0x7f, 0xff, sixth, 0x10];

test("every temperature of the sensor's range is read as the kernel says it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: -55 * 16, max: 125 * 16 }).filter((raw) => raw !== 85 * 16),
      async (raw) => {
        expect(await read(answerTo(scratchpad(raw)))).toBe(Math.trunc((raw * 1000) / 16) / 1000);
      },
    ),
    { numRuns: 50 },
  );
});

describe("bad readings whose checksum is right are refused, and asked again", () => {
  test.each([
    ["all zero: a short or a brown-out", [0, 0, 0, 0, 0, 0, 0, 0], "all_zero"],
    ["85 degrees as it stands there before the first conversion", scratchpad(0x0550, 0x0c), "power_on_value"],
    ["127.937 degrees: the conversion failed", scratchpad(0x07ff, 0x01), "out_of_range"],
    ["below what the sensor can measure", scratchpad(-56 * 16), "out_of_range"],
  ])("%s", async (_title, bytes, code) => {
    await expect(read(answerTo(bytes))).rejects.toMatchObject({ code, retry: true });
  });
});

test("85 degrees of a sensor that has measured are kept, as suspect", async () => {
  expect(await read(answerTo(scratchpad(0x0550)))).toEqual({ value: 85, quality: "suspect", reason: "power_on_value" });
});

test("where the checksum is wrong, neither the stale bytes of the second line nor its temperature are taken", async () => {
  const stale = hex([...scratchpad(0x0146), crcOf(scratchpad(0x0146))]);
  await expect(read(`ff ff ff ff ff ff ff ff ff : crc=c9 NO\n${stale} t=-62\n`)).rejects.toMatchObject({ code: "bad_crc", retry: true });
});

test("any flipped bit is noticed, even where the kernel said YES", async () => {
  const good = [...scratchpad(0x0191), crcOf(scratchpad(0x0191))];
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 71 }), async (bit) => {
      const bytes = good.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      await expect(read(`${hex(bytes)} : crc=${hex(bytes.slice(8))} YES\n${hex(bytes)} t=25062\n`)).rejects.toMatchObject({
        code: "bad_crc",
      });
    }),
    { numRuns: 30 },
  );
});

test.each(["", "\n", "7a 01 4b\n", `${hex([...scratchpad(400), crcOf(scratchpad(400))])} : crc=00 YES\n`])(
  "the answer %j is refused, and asked again",
  async (answer) => {
    await expect(read(answer)).rejects.toMatchObject({ code: "bad_value", retry: true });
  },
);

describe("a sensor that is not there", () => {
  test("is missing, with the list of those that are", async () => {
    await using tree = await sysfs();
    await tree.oneWire(ID, answerTo(scratchpad(400)));
    await tree.write("sys/bus/w1/devices/w1_bus_master1/name", "w1_bus_master1\n");
    const fault = { code: "device_missing", retry: false, message: expect.stringContaining(`there is: ${ID}`) };
    await expect(open(tree.path, "28-0000deadbeef")).rejects.toMatchObject(fault);
  });

  test("on a machine without the bus, is told with the line that brings it", async () => {
    await using tree = await sysfs();
    await expect(open(tree.path)).rejects.toMatchObject({ code: "device_missing", hint: expect.stringContaining("dtoverlay=w1-gpio") });
  });

  test("reopens when it goes away, and is read again when it comes back", async () => {
    await using tree = await sysfs();
    const folder = await tree.oneWire(ID, answerTo(scratchpad(400)));
    const driver = await open(tree.path);
    await fs.rm(folder, { recursive: true });
    await expect(driver.read(SIGNAL)).rejects.toMatchObject({ code: "device_missing", retry: false });
    await fs.mkdir(folder);
    await fs.writeFile(`${folder}/w1_slave`, answerTo(scratchpad(401)));
    await driver.open();
    expect(await driver.read(SIGNAL)).toEqual({ values: { temperature: 25.062 } });
  });
});

test("a bus that was disturbed is asked again", async () => {
  await using tree = await sysfs();
  const folder = await tree.oneWire(ID, answerTo(scratchpad(400)));
  await breakFile(`${folder}/w1_slave`);
  await expect((await open(tree.path)).read(SIGNAL)).rejects.toMatchObject({ code: "device_busy", retry: true });
});

test("all sensors are on one bus, and an id is one of a temperature sensor", () => {
  const driver = oneWire.create({ id: ID }, driverContext()) as PolledDriver;
  expect(driver.bus).toBe("w1");
  for (const id of ["28-0316a2799bf", "28.0316a2799bff", "29-0316a2799bff", "28-0316A2799BFF", ""]) {
    expect(oneWire.config.safeParse({ id }).success).toBe(false);
  }
});
