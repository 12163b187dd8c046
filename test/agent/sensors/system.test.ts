import fs from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { PolledDriver } from "../../../agent/sensors/contract.ts";
import { system } from "../../../agent/sensors/system.ts";
import { driverContext } from "../../support/driver-context.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";

const SIGNAL = new AbortController().signal;

const PROC = {
  loadavg: "0.52 0.58 0.59 1/467 12345\n",
  meminfo: "MemTotal:        4000000 kB\nMemFree:          200000 kB\nMemAvailable:    3000000 kB\n",
  uptime: "12345.67 45000.00\n",
  stat: "cpu  100 20 30 800 50 5 5 0 0 0\ncpu0 100 20 30 800 50 5 5 0 0 0\nintr 1 2\n",
};

async function machine(files: Partial<Record<keyof typeof PROC, string | undefined>> = {}): Promise<TempDir> {
  const dir = await tempDir();
  await fs.mkdir(dir.join("proc"));
  for (const [name, text] of Object.entries({ ...PROC, ...files }))
    if (text !== undefined) await fs.writeFile(dir.join("proc", name), text);
  return dir;
}

async function open(root: string, config: object = {}): Promise<PolledDriver> {
  const driver = system.create(system.config.parse(config), driverContext(root)) as PolledDriver;
  await driver.open();
  return driver;
}

test("load, memory and uptime are read as the kernel writes them; the processor's share needs a second look", async () => {
  await using dir = await machine();
  const driver = await open(dir.path);
  const { values } = await driver.read(SIGNAL);
  expect(values).toEqual({ load1: 0.52, memory_used: 25, uptime: 12345.67, disk_used: expect.any(Number) });
});

test("the processor's share is that of the time between two reads", async () => {
  await using dir = await machine();
  const driver = await open(dir.path);
  await driver.read(SIGNAL);
  await fs.writeFile(dir.join("proc/stat"), "cpu  110 20 40 840 50 10 10 15 0 0\n"); // 45 of 85 ticks busy
  expect((await driver.read(SIGNAL)).values.cpu_busy).toBe(52.94);
  expect((await driver.read(SIGNAL)).values).not.toHaveProperty("cpu_busy"); // no time has passed
});

test("the disk's share is between 0 and 100", async () => {
  await using dir = await machine();
  const { disk_used } = (await (await open(dir.path)).read(SIGNAL)).values;
  expect(disk_used).toBeGreaterThanOrEqual(0);
  expect(disk_used).toBeLessThanOrEqual(100);
});

test("this machine's own sensors can be read", async () => {
  const driver = await open("/");
  const { values } = await driver.read(SIGNAL);
  expect(Object.keys(values).sort()).toEqual(["disk_used", "load1", "memory_used", "uptime"]);
  expect(values.memory_used).toBeGreaterThan(0);
});

test.each([
  ["loadavg", "0.52\n"],
  ["meminfo", "MemTotal:        4000000 kB\n"],
  ["meminfo", ""],
  ["uptime", "soon\n"],
  ["stat", "cpu  100 20\n"],
] as const)("a %s cut short to %j is a fault, not a guess", async (name, text) => {
  await using dir = await machine({ [name]: text });
  const driver = await open(dir.path);
  await expect(driver.read(SIGNAL)).rejects.toMatchObject({ code: "bad_value", retry: true });
});

test("a missing file names itself", async () => {
  await using dir = await machine({ loadavg: undefined });
  const driver = await open(dir.path);
  await expect(driver.read(SIGNAL)).rejects.toMatchObject({ code: "device_missing", message: expect.stringContaining("proc/loadavg") });
});

test("a missing disk path names itself, a relative one is refused", async () => {
  await using dir = await machine();
  const driver = await open(dir.path, { disk: "/mnt/usb" });
  await expect(driver.read(SIGNAL)).rejects.toMatchObject({ code: "device_missing", message: expect.stringContaining("mnt/usb") });
  expect(system.config.safeParse({ disk: "usb" }).success).toBe(false);
});

describe("a Raspberry Pi's flags", () => {
  const FLAGS = { under_voltage: 0, throttled: 0, too_hot: 0, under_voltage_seen: 0, throttled_seen: 0 };

  test.each([
    ["sys/devices/platform/soc/soc:firmware", "0\n", {}],
    ["sys/devices/platform/soc/soc:firmware", "50005\n", { under_voltage: 1, throttled: 1, under_voltage_seen: 1, throttled_seen: 1 }],
    ["sys/devices/platform/soc@107c000000/soc@107c000000:firmware", "80008\n", { too_hot: 1 }],
    ["sys/devices/platform/soc/soc:firmware", "50000\n", { under_voltage_seen: 1, throttled_seen: 1 }],
  ])("in %s, %j", async (folder, text, raised) => {
    await using dir = await machine();
    await fs.mkdir(dir.join(folder), { recursive: true });
    await fs.writeFile(dir.join(folder, "get_throttled"), text);
    const { values } = await (await open(dir.path, { power_flags: "sysfs" })).read(SIGNAL);
    expect(values).toMatchObject({ ...FLAGS, ...raised });
  });

  test("are missing on another machine, and say what to do", async () => {
    await using dir = await machine();
    const fault = { code: "device_missing", hint: expect.stringContaining("vcgencmd") };
    await expect((await open(dir.path, { power_flags: "sysfs" })).read(SIGNAL)).rejects.toMatchObject(fault);
  });

  test("are offered only where they are asked for", () => {
    const names = (config: object) => system.channels(system.config.parse(config)).map(({ name }) => name);
    expect(names({})).not.toContain("under_voltage");
    expect(names({ power_flags: "vcgencmd" })).toEqual(expect.arrayContaining(Object.keys(FLAGS)));
  });
});
