import fs from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { PolledDriver } from "../../../agent/sensors/contract.ts";
import { thermal } from "../../../agent/sensors/thermal.ts";
import { driverContext } from "../../support/driver-context.ts";
import { tempDir } from "../../support/temp-dir.ts";

const SIGNAL = new AbortController().signal;

interface Zone {
  readonly type: string;
  readonly temp: string;
}

async function machine(zones: Readonly<Record<string, Zone>>) {
  const dir = await tempDir();
  for (const [number, { type, temp }] of Object.entries(zones)) {
    const folder = dir.join("sys/class/thermal", `thermal_zone${number}`);
    await fs.mkdir(folder, { recursive: true });
    await fs.writeFile(`${folder}/type`, `${type}\n`);
    await fs.writeFile(`${folder}/temp`, temp);
  }
  await fs.mkdir(dir.join("sys/class/thermal/cooling_device0"), { recursive: true });
  return dir;
}

async function read(root: string, config: object) {
  const driver = thermal.create(thermal.config.parse(config), driverContext(root)) as PolledDriver;
  await driver.open();
  return driver.read(SIGNAL);
}

const PI: Readonly<Record<string, Zone>> = {
  0: { type: "cpu-thermal", temp: "48312\n" },
  1: { type: "gpu-thermal", temp: "-1500\n" },
  10: { type: "nvme", temp: "30000\n" },
};

test.each([
  [{ zone: "cpu-thermal" }, 48.312],
  [{ zone: "gpu-thermal" }, -1.5],
  [{ zone: 1 }, -1.5],
  [{ zone: 10 }, 30],
])("%j is read as degrees", async (config, temperature) => {
  await using dir = await machine(PI);
  expect(await read(dir.path, config)).toEqual({ values: { temperature } });
});

test("the only zone there is needs no name", async () => {
  await using dir = await machine({ 0: { type: "cpu-thermal", temp: "48312\n" } });
  expect(await read(dir.path, {})).toEqual({ values: { temperature: 48.312 } });
});

describe("a zone that is not to be told from others is refused with a list of what is there", () => {
  test.each([
    [{ zone: "soc-thermal" }, "device_missing"],
    [{ zone: 2 }, "device_missing"],
    [{}, "device_ambiguous"],
  ])("%j", async (config, code) => {
    await using dir = await machine(PI);
    await expect(read(dir.path, config)).rejects.toMatchObject({
      code,
      retry: false,
      message: expect.stringContaining("0 = cpu-thermal, 1 = gpu-thermal, 10 = nvme"),
    });
  });

  test("two zones of one name", async () => {
    await using dir = await machine({ 0: { type: "acpitz", temp: "1\n" }, 1: { type: "acpitz", temp: "2\n" } });
    await expect(read(dir.path, { zone: "acpitz" })).rejects.toMatchObject({ code: "device_ambiguous" });
    expect(await read(dir.path, { zone: 1 })).toEqual({ values: { temperature: 0.002 } });
  });
});

test("a zone that does not tell its type can be read by its number, and spoils no other", async () => {
  await using dir = await machine(PI);
  await fs.rm(dir.join("sys/class/thermal/thermal_zone0/type"));
  expect(await read(dir.path, { zone: 0 })).toEqual({ values: { temperature: 48.312 } });
  expect(await read(dir.path, { zone: "gpu-thermal" })).toEqual({ values: { temperature: -1.5 } });
  await expect(read(dir.path, { zone: "cpu-thermal" })).rejects.toMatchObject({ message: expect.stringContaining("0 = unknown") });
});

test("a machine without zones says so", async () => {
  await using dir = await tempDir();
  await expect(read(dir.path, {})).rejects.toMatchObject({ code: "device_missing", hint: expect.stringContaining("virtual machine") });
  await using empty = await machine({});
  await expect(read(empty.path, {})).rejects.toMatchObject({ code: "device_missing" });
});

test.each(["", "\n", "N/A\n", "48.3\n", "48312 x"])("the content %j is refused, and asked again", async (temp) => {
  await using dir = await machine({ 0: { type: "cpu-thermal", temp } });
  await expect(read(dir.path, {})).rejects.toMatchObject({ code: "bad_value", retry: true });
});

test("a chip that answers with an I/O error is asked again", async () => {
  await using dir = await machine({ 0: { type: "cpu-thermal", temp: "1\n" } });
  const file = dir.join("sys/class/thermal/thermal_zone0/temp");
  await fs.rm(file);
  await fs.symlink("/proc/self/mem", file); // its first page is never mapped: reading gives EIO
  await expect(read(dir.path, {})).rejects.toMatchObject({ code: "device_busy", retry: true });
});

test("a zone that goes away reopens the sensor", async () => {
  await using dir = await machine(PI);
  const driver = thermal.create({ zone: 1 }, driverContext(dir.path)) as PolledDriver;
  await driver.open();
  await fs.rm(dir.join("sys/class/thermal/thermal_zone1"), { recursive: true });
  await expect(driver.read(SIGNAL)).rejects.toMatchObject({ code: "device_missing", retry: false });
});
