import fs from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { loadAgentConfig } from "../../../agent/config/load.ts";
import type { PolledDriver } from "../../../agent/sensors/contract.ts";
import { KNOWN_CHIPS } from "../../../agent/sensors/iio/known-chips.ts";
import { iio } from "../../../agent/sensors/iio.ts";
import { driverContext } from "../../support/driver-context.ts";
import type { QuietLog } from "../../support/quiet-log.ts";
import { breakFile, sysfs } from "../../support/sysfs.ts";

const SIGNAL = new AbortController().signal;

const BME280 = { name: "bme280\n", in_temp_input: "23437\n", in_pressure_input: "97.696777734\n", in_humidityrelative_input: "45123\n" };

async function open(root: string, config: object): Promise<PolledDriver> {
  const driver = iio.create(iio.config.parse(config), driverContext(root)) as PolledDriver;
  await driver.open();
  return driver;
}

async function read(root: string, config: object) {
  return (await (await open(root, config)).read(SIGNAL)).values;
}

const offered = (config: object) => iio.channels(iio.config.parse(config));

test("a BME280 is read in degrees, hectopascal and percent, without a list of its channels", async () => {
  await using tree = await sysfs();
  await tree.iio(3, "1-0076", BME280);
  expect(await read(tree.path, { device: "bme280" })).toEqual({ temperature: 23.437, pressure: 976.968, humidity: 45.123 });
  expect(offered({ device: "bme280" })).toEqual([
    { name: "temperature", unit: "Cel", kind: "gauge" },
    { name: "pressure", unit: "hPa", kind: "gauge" },
    { name: "humidity", unit: "%RH", kind: "gauge" },
  ]);
});

describe("raw values", () => {
  test.each([
    ["offset and scale", { in_temp_raw: "7000\n", in_temp_offset: "-4368\n", in_temp_scale: "10.725\n" }, 28.228],
    ["scale alone", { in_temp_raw: "-160\n", in_temp_scale: "62.5\n" }, -10],
    ["neither", { in_temp_raw: "21500\n" }, 21.5],
    ["an input beside them, which is taken", { in_temp_raw: "1\n", in_temp_scale: "9\n", in_temp_input: "20000\n" }, 20],
  ])("with %s", async (_title, files, temperature) => {
    await using tree = await sysfs();
    await tree.iio(0, "1-0040", { name: "si7020\n", ...files });
    expect(await read(tree.path, { device: "si7020" })).toEqual({ temperature });
  });

  test("of an ADC have one scale for all inputs, and become volts without the noise of the multiplication", async () => {
    await using tree = await sysfs();
    const files = { name: "mcp3008\n", in_voltage0_raw: "412\n", in_voltage7_raw: "1023\n", in_voltage_scale: "3.222656250\n" };
    await tree.iio(0, "spi0.0", files);
    expect(await read(tree.path, { device: "mcp3008" })).toEqual({ voltage0: 1.327734, voltage7: 3.296777 });
    expect((await open(tree.path, { device: "mcp3008", address: "spi0.0" })).bus).toBe("spi0");
  });

  test("of a difference have a scale of their kind, one of their own goes before it", async () => {
    await using tree = await sysfs();
    const files = {
      name: "ads1015\n",
      "in_voltage0-voltage1_raw": "100\n",
      "in_voltage-voltage_scale": "3\n",
      in_voltage2_raw: "100\n",
      in_voltage2_scale: "2\n",
      in_voltage_scale: "7\n",
    };
    await tree.iio(0, "1-0048", files);
    const attributes = { shunt: "in_voltage0-voltage1", level: "in_voltage2_raw" };
    expect(await read(tree.path, { device: "ads1015", attributes })).toEqual({ shunt: 0.3, level: 0.2 });
  });

  test("of a gas in percent become parts per million", async () => {
    await using tree = await sysfs();
    await tree.iio(0, "1-0062", { name: "scd4x\n", in_concentration_co2_raw: "815\n", in_concentration_co2_scale: "0.0001\n" });
    expect(await read(tree.path, { device: "scd4x" })).toEqual({ co2: 815 });
    expect(offered({ device: "scd4x" })[0]).toEqual({ name: "co2", unit: "[ppm]", kind: "gauge" });
  });
});

test.each([
  ["a kernel that keeps to the ABI", "97.578\n", "70905\n"],
  ["a kernel whose driver says hectopascal and percent", "975.78\n", "70.905\n"],
])("a BME680 says the same under %s", async (_title, pressure, humidity) => {
  await using tree = await sysfs();
  await tree.iio(0, "1-0077", {
    name: "bme680\n",
    in_temp_input: "22860\n",
    in_pressure_input: pressure,
    in_humidityrelative_input: humidity,
    in_resistance_input: "93952\n",
  });
  expect(await read(tree.path, { device: "bme680" })).toEqual({
    temperature: 22.86,
    pressure: 975.78,
    humidity: 70.905,
    gas_resistance: 93_952,
  });
});

describe("which device is meant", () => {
  test("two of one name are told apart by their address, whichever number they got", async () => {
    for (const [first, second] of [
      [0, 1],
      [1, 0],
    ] as const) {
      await using tree = await sysfs();
      await tree.iio(first, "1-0076", { ...BME280, in_temp_input: "21000\n" });
      await tree.iio(second, "1-0077", { ...BME280, in_temp_input: "22000\n" });
      expect(await read(tree.path, { device: "bme280", address: "1-0076" })).toMatchObject({ temperature: 21 });
      expect(await read(tree.path, { device: "BME280", address: "1-0077" })).toMatchObject({ temperature: 22 });
      const there = "bme280 at 1-0076, bme280 at 1-0077";
      await expect(open(tree.path, { device: "bme280" })).rejects.toMatchObject({
        code: "device_ambiguous",
        message: expect.stringContaining(there),
      });
      await expect(open(tree.path, { device: "bme280", address: "1-0075" })).rejects.toMatchObject({
        code: "device_missing",
        message: expect.stringContaining(there),
      });
    }
  });

  test("a device that takes the number of one that left is not mistaken for it", async () => {
    await using tree = await sysfs();
    const gone = await tree.iio(0, "1-0076", { ...BME280, in_temp_input: "21000\n" });
    const driver = await open(tree.path, { device: "bme280", address: "1-0076" });
    await fs.rm(gone, { recursive: true });
    await fs.rm(tree.join("sys/bus/iio/devices/iio:device0"));
    await tree.iio(0, "1-0077", { ...BME280, in_temp_input: "99000\n" });
    await expect(driver.read(SIGNAL)).rejects.toMatchObject({ code: "device_missing", retry: false });
  });

  test.each(["dht11", "dht11@4", "humidity-sensor"])(
    "a DHT sensor is found as %s, by the name of its node or of its chip",
    async (device) => {
      await using tree = await sysfs();
      const name = device === "humidity-sensor" ? device : "dht11@4";
      await tree.iio(0, name, { name: `${name}\n`, in_temp_input: "21500\n", in_humidityrelative_input: "57100\n" });
      await tree.write(`sys/devices/platform/${name}/of_node/compatible`, "maxim,other\0dht11\0");
      const attributes = device === "humidity-sensor" ? { attributes: { temperature: "in_temp", humidity: "in_humidityrelative" } } : {};
      expect(await read(tree.path, { device, ...attributes })).toEqual({ temperature: 21.5, humidity: 57.1 });
      expect(await read(tree.path, { device: "dht11" })).toEqual({ temperature: 21.5, humidity: 57.1 });
    },
  );

  test("what the kernel calls it goes before what the device tree calls it too", async () => {
    await using tree = await sysfs();
    await tree.iio(0, "1-0076", BME280);
    await tree.write("sys/devices/platform/soc/fe804000.i2c/i2c-1/1-0076/of_node/compatible", "bosch,bme280\0bosch,bmp280\0");
    expect(await read(tree.path, { device: "bmp280" })).toMatchObject({ temperature: 23.437 });
    await tree.iio(1, "1-0077", { name: "bmp280\n", in_temp_input: "20000\n", in_pressure_input: "97\n" });
    expect(await read(tree.path, { device: "bmp280" })).toMatchObject({ temperature: 20 });
  });

  test("a machine without the device says what is there, and what to do", async () => {
    await using tree = await sysfs();
    await expect(open(tree.path, { device: "bme280" })).rejects.toMatchObject({
      code: "device_missing",
      retry: false,
      hint: expect.stringContaining("scan"),
    });
  });

  test("devices at one I2C bus are read one after the other", () => {
    const bus = (config: object) => iio.create(iio.config.parse(config), driverContext()).bus;
    expect([bus({ device: "bme280", address: "1-0076" }), bus({ device: "bh1750", address: "1-0023" })]).toEqual(["i2c-1", "i2c-1"]);
    expect(bus({ device: "dht11" })).toBe("iio:under-test");
  });
});

describe("trouble", () => {
  test("a channel that fails alone costs the others nothing, and is logged once it stays silent", async () => {
    await using tree = await sysfs();
    const folder = await tree.iio(0, "1-0077", BME280);
    const context = driverContext(tree.path);
    const driver = iio.create(iio.config.parse({ device: "bme280" }), context) as PolledDriver;
    await driver.open();
    await breakFile(`${folder}/in_temp_input`);
    const logged = () => (context.log as QuietLog).entries.map(({ level, fields }) => [level, (fields as { channel: string }).channel]);
    for (let count = 0; count < 25; count++) expect(Object.keys((await driver.read(SIGNAL)).values)).toEqual(["pressure", "humidity"]);
    expect(logged()).toEqual([["warn", "temperature"]]);
    await fs.rm(`${folder}/in_temp_input`);
    await fs.writeFile(`${folder}/in_temp_input`, "20000\n");
    expect((await driver.read(SIGNAL)).values).toMatchObject({ temperature: 20 });
    expect(logged()).toEqual([
      ["warn", "temperature"],
      ["info", "temperature"],
    ]);
  });

  test("where every channel fails in passing, the reading is asked again at the next turn", async () => {
    await using tree = await sysfs();
    const folder = await tree.iio(0, "dht11@4", { name: "dht11\n", in_temp_input: "1\n", in_humidityrelative_input: "1\n" });
    await breakFile(`${folder}/in_temp_input`);
    await breakFile(`${folder}/in_humidityrelative_input`);
    await expect(read(tree.path, { device: "dht11" })).rejects.toMatchObject({ code: "device_busy", retry: true });
  });

  test.each(["", "\n", "n/a\n", "21 C\n", "nan\n"])("the content %j is refused, and asked again", async (text) => {
    await using tree = await sysfs();
    await tree.iio(0, "1-0048", { name: "tmp117\n", in_temp_input: text });
    await expect(read(tree.path, { device: "tmp117" })).rejects.toMatchObject({ code: "bad_value", retry: true });
  });

  test("an attribute that the config names and the device lacks is refused with those it has", async () => {
    await using tree = await sysfs();
    await tree.iio(0, "1-0076", BME280);
    const attributes = { light: "in_illuminance" };
    const fault = {
      code: "missing_attribute",
      message: expect.stringContaining("in_humidityrelative_input, in_pressure_input, in_temp_input"),
    };
    await expect(open(tree.path, { device: "bme280", attributes })).rejects.toMatchObject(fault);
    await tree.iio(1, "1-0023", { name: "bh1750\n" });
    await expect(open(tree.path, { device: "bh1750" })).rejects.toMatchObject({ code: "missing_attribute" });
  });
});

describe("a config", () => {
  test("of a chip that is not known says how to name its channels, before anything runs", async () => {
    await using tree = await sysfs();
    const text = "agent: a\ncollector: mqtt://127.0.0.1:1\nsensors: [{ name: s, driver: iio, every: 1s, device: xyz9 }]\n";
    await tree.write("agent.yaml", text);
    await expect(loadAgentConfig(tree.join("agent.yaml"), {})).rejects.toMatchObject({
      code: "bad_config",
      message: expect.stringContaining("attributes: expected the channels of xyz9"),
    });
  });

  test.each([
    {},
    { device: "" },
    { device: "bme280", bus: 1 },
    { device: "x", attributes: { "Bad Name": "in_temp" } },
    { device: "x", attributes: { t: "out_voltage0" } },
    { device: "x", attributes: { t: "../../etc/passwd" } },
  ])("%j is refused", (config) => {
    expect(iio.config.safeParse(config).success).toBe(false);
  });

  test("knows a unit for every channel of every known chip", () => {
    for (const device of Object.keys(KNOWN_CHIPS)) {
      for (const { name, unit } of offered({ device })) expect([device, name, unit]).not.toContain("1");
    }
  });
});
