import fs from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { PolledDriver } from "../../../agent/sensors/contract.ts";
import { KNOWN_CHIPS } from "../../../agent/sensors/hwmon/known-chips.ts";
import { hwmon } from "../../../agent/sensors/hwmon.ts";
import { driverContext } from "../../support/driver-context.ts";
import { nodeExporterTree } from "../../support/node-exporter-tree.ts";
import { breakFile, sysfs } from "../../support/sysfs.ts";

const SIGNAL = new AbortController().signal;

async function open(root: string, config: object): Promise<PolledDriver> {
  const driver = hwmon.create(hwmon.config.parse(config), driverContext(root)) as PolledDriver;
  await driver.open();
  return driver;
}

async function read(root: string, config: object) {
  return (await (await open(root, config)).read(SIGNAL)).values;
}

test("each type of input is read in its unit", async () => {
  await using tree = await sysfs();
  await tree.hwmon(0, "nct6775.656", {
    name: "nct6779\n",
    temp1_input: "-1500\n",
    in0_input: "792\n",
    curr1_input: "1250\n",
    power1_average: "2500000\n",
    energy1_input: "3600000000\n",
    humidity1_input: "45100\n",
    fan2_input: "1098\n",
    freq1_input: "214000000\n",
    in0_alarm: "1\n",
  });
  const inputs = {
    t: "temp1",
    v: "in0",
    i: "curr1",
    p: "power1",
    e: "energy1",
    h: "humidity1",
    f: "fan2",
    clock: "freq1",
    low: "in0_alarm",
  };
  const values = { t: -1.5, v: 0.792, i: 1.25, p: 2.5, e: 3_600, h: 45.1, f: 1_098, clock: 214e6, low: 1 };
  expect(await read(tree.path, { chip: "nct6779", inputs })).toEqual(values);
  const units = Object.fromEntries(hwmon.channels(hwmon.config.parse({ chip: "nct6779", inputs })).map(({ name, unit }) => [name, unit]));
  expect(units).toEqual({ t: "Cel", v: "V", i: "A", p: "W", e: "J", h: "%RH", f: "{rpm}", clock: "Hz", low: "1" });
});

test("an SHT3x needs no list of inputs", async () => {
  await using tree = await sysfs();
  await tree.hwmon(4, "1-0044", { name: "sht3x\n", temp1_input: "21670\n", humidity1_input: "43210\n" });
  expect(await read(tree.path, { chip: "sht3x" })).toEqual({ temperature: 21.67, humidity: 43.21 });
  expect((await open(tree.path, { chip: "sht3x", address: "1-0044" })).bus).toBe("i2c-1");
});

describe("which chip is meant", () => {
  test("two of one name are told apart by their place, whichever number they got", async () => {
    for (const [first, second] of [
      [0, 1],
      [1, 0],
    ] as const) {
      await using tree = await sysfs();
      await tree.hwmon(first, "coretemp.0", { name: "coretemp\n", temp1_input: "55000\n" });
      await tree.hwmon(second, "coretemp.1", { name: "coretemp\n", temp1_input: "59000\n" });
      const inputs = { package: "temp1" };
      expect(await read(tree.path, { chip: "coretemp", address: "coretemp.1", inputs })).toEqual({ package: 59 });
      expect(await read(tree.path, { address: "coretemp.0", inputs })).toEqual({ package: 55 });
      await expect(open(tree.path, { chip: "coretemp", inputs })).rejects.toMatchObject({
        code: "device_ambiguous",
        message: expect.stringContaining("coretemp at coretemp.0, coretemp at coretemp.1"),
      });
    }
  });

  test("the name may stand in the device's folder, or nowhere", async () => {
    await using tree = await sysfs();
    await tree.hwmon(0, "applesmc.768", { temp1_input: "40000\n" }, { name: "applesmc\n" });
    await tree.hwmon(1, "1-004c", { temp1_input: "41000\n" });
    expect(await read(tree.path, { chip: "applesmc", inputs: { t: "temp1" } })).toEqual({ t: 40 });
    expect(await read(tree.path, { address: "1-004c", inputs: { t: "temp1" } })).toEqual({ t: 41 });
    await expect(open(tree.path, { chip: "sht3x" })).rejects.toMatchObject({
      code: "device_missing",
      message: expect.stringContaining("applesmc at applesmc.768, without a name at 1-004c"),
    });
  });

  test("on a machine without chips, it is missing", async () => {
    await using tree = await sysfs();
    await expect(open(tree.path, { chip: "sht3x" })).rejects.toMatchObject({ code: "device_missing", retry: false });
  });
});

describe("labels", () => {
  const files = {
    name: "coretemp\n",
    temp1_input: "1000\n",
    temp1_label: "Package id 0\n",
    temp2_input: "2000\n",
    temp2_label: "Core 0\n",
    temp3_input: "3000\n",
    temp3_label: "Core 0\n",
  };

  test("name an input, wherever the kernel counts it", async () => {
    await using tree = await sysfs();
    await tree.hwmon(0, "coretemp.0", files);
    expect(await read(tree.path, { chip: "coretemp", inputs: { package: { type: "temp", label: "Package id 0" } } })).toEqual({
      package: 1,
    });
  });

  test("that two inputs share are refused, and so is one that is not there", async () => {
    await using tree = await sysfs();
    await tree.hwmon(0, "coretemp.0", files);
    const config = (type: string, label: string) => ({ chip: "coretemp", inputs: { x: { type, label } } });
    await expect(open(tree.path, config("temp", "Core 0"))).rejects.toMatchObject({
      code: "device_ambiguous",
      message: expect.stringContaining("temp2, temp3"),
    });
    await expect(open(tree.path, config("fan", "Core 0"))).rejects.toMatchObject({ code: "missing_attribute" });
    await expect(open(tree.path, { chip: "coretemp", inputs: { x: "temp9" } })).rejects.toMatchObject({ code: "missing_attribute" });
  });
});

describe("trouble", () => {
  test("the value of an input that its chip calls broken is bad", async () => {
    await using tree = await sysfs();
    const folder = await tree.hwmon(0, "1-0048", { name: "lm75\n", temp1_input: "-128000\n", temp1_fault: "1\n" });
    const driver = await open(tree.path, { chip: "lm75" });
    expect((await driver.read(SIGNAL)).values).toEqual({ temperature: { value: -128, quality: "bad", reason: "input_fault" } });
    await fs.writeFile(`${folder}/temp1_fault`, "0\n");
    await fs.writeFile(`${folder}/temp1_input`, "21000\n");
    expect((await driver.read(SIGNAL)).values).toEqual({ temperature: 21 });
  });

  test("an input that fails in passing costs the others nothing; where all fail, the reading is asked again", async () => {
    await using tree = await sysfs();
    const folder = await tree.hwmon(0, "1-0044", { name: "sht3x\n", temp1_input: "21000\n", humidity1_input: "40000\n" });
    const driver = await open(tree.path, { chip: "sht3x" });
    await breakFile(`${folder}/temp1_input`);
    expect((await driver.read(SIGNAL)).values).toEqual({ humidity: 40 });
    await breakFile(`${folder}/humidity1_input`);
    await expect(driver.read(SIGNAL)).rejects.toMatchObject({ code: "device_busy", retry: true });
  });

  test("a chip that goes away reopens the sensor", async () => {
    await using tree = await sysfs();
    const folder = await tree.hwmon(0, "1-0044", { name: "sht3x\n", temp1_input: "21000\n", humidity1_input: "40000\n" });
    const driver = await open(tree.path, { chip: "sht3x" });
    await fs.rm(folder, { recursive: true });
    await expect(driver.read(SIGNAL)).rejects.toMatchObject({ code: "device_missing", retry: false });
  });
});

test.each([
  {},
  { chip: "nct6779" },
  { address: "1-0044" },
  { inputs: { t: "temp1" } },
  { chip: "sht3x", inputs: { t: "temp" } },
  { chip: "sht3x", inputs: { t: "bogus1" } },
  { chip: "sht3x", inputs: { t: "../temp1" } },
  { chip: "sht3x", inputs: { t: { type: "bogus", label: "x" } } },
  { chip: "sht3x", number: 0 },
])("the config %j is refused", (config) => {
  expect(hwmon.config.safeParse(config).success).toBe(false);
});

test("every known chip has channels with units", () => {
  for (const chip of Object.keys(KNOWN_CHIPS)) expect(hwmon.channels(hwmon.config.parse({ chip })).length).toBeGreaterThan(0);
});

describe("real machines", () => {
  test.each([
    [{ chip: "coretemp", address: "coretemp.0", inputs: { package: { type: "temp", label: "Physical id 0" } } }, { package: 55 }],
    [{ chip: "coretemp", address: "coretemp.1", inputs: { package: { type: "temp", label: "Physical id 0" } } }, { package: 55 }],
    [
      { chip: "nct6779", inputs: { fan: "fan2", core: "in0" } },
      { fan: 1_098, core: 0.792 },
    ],
    [{ chip: "mt7996_phy0_1", inputs: { radio: "temp1" } }, { radio: 56 }],
    [
      { address: "hwmon4", inputs: { gpu: "temp1", clock: { type: "freq", label: "sclk" } } },
      { gpu: 55, clock: 214e6 },
    ],
  ])("%j", async (config, values) => {
    await using tree = await nodeExporterTree();
    expect(await read(tree.path, config)).toMatchObject(values);
  });

  test("two sockets of one name, and two inputs of one label, are refused", async () => {
    await using tree = await nodeExporterTree();
    await expect(open(tree.path, { chip: "coretemp", inputs: { t: "temp1" } })).rejects.toMatchObject({ code: "device_ambiguous" });
    const inputs = { t: { type: "temp", label: "foosensor" } };
    await expect(open(tree.path, { address: "hwmon4", inputs })).rejects.toMatchObject({ code: "device_ambiguous" });
  });
});
